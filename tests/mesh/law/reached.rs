//! Every file of Rust is compiled: it is the root of one of Cargo's targets, or a `mod` line leads to it. A file of tests
//! without its line would never run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{files, workspace};

/// The modules that a file declares by lines of their own, each with the path that an attribute before it gives.
fn declared(text: &str) -> Vec<(&str, Option<&str>)> {
    let (mut declared, mut path) = (Vec::new(), None);
    for line in text.lines().map(str::trim) {
        if let Some(given) = line.strip_prefix("#[path = \"").and_then(|rest| rest.strip_suffix("\"]")) {
            path = Some(given);
        } else if let Some(name) = line.strip_suffix(';').and_then(module) {
            declared.push((name, path.take()));
        } else if !line.starts_with("#[") {
            path = None;
        }
    }
    declared
}

/// The name in `mod name` and `pub(crate) mod name`.
fn module(line: &str) -> Option<&str> {
    let (before, name) = line.rsplit_once(' ')?;
    let is_public = |before: &str| before == "pub mod" || (before.starts_with("pub(") && before.ends_with(") mod"));
    (before == "mod" || is_public(before)).then_some(name)
}

/// Where the modules of a file may be: inside its folder for a root and for `mod.rs`, else in the folder of its name.
fn candidates(file: &Path, is_root: bool, text: &str) -> Vec<PathBuf> {
    let folder = file.parent().expect("a file is in a folder");
    let has_own = is_root || file.ends_with("mod.rs");
    let inside = if has_own { folder.to_owned() } else { file.with_extension("") };
    let of = |(name, path): (&str, Option<&str>)| match path {
        Some(path) => vec![folder.join(path)],
        None => vec![inside.join(format!("{name}.rs")), inside.join(name).join("mod.rs")],
    };
    declared(text).into_iter().flat_map(of).collect()
}

/// The files to which `mod` lines lead from the roots, which are among them.
fn reached(roots: &BTreeSet<PathBuf>, files: &BTreeMap<PathBuf, String>) -> BTreeSet<PathBuf> {
    let (mut reached, mut open) = (BTreeSet::new(), roots.iter().cloned().collect::<Vec<_>>());
    while let Some(file) = open.pop() {
        if let Some(text) = files.get(&file) {
            open.extend(candidates(&file, roots.contains(&file), text));
            reached.insert(file);
        }
    }
    reached
}

#[test]
fn every_file_of_rust_is_compiled() {
    let workspace = workspace();
    let targets = workspace.packages.iter().flat_map(|package| &package.targets);
    let inside =
        |path: &PathBuf| path.strip_prefix(&workspace.workspace_root).expect("inside the workspace").to_owned();
    let roots: BTreeSet<PathBuf> = targets.map(|target| inside(&target.src_path)).collect();
    let mut files = files();
    files.retain(|path, _| path.extension().is_some_and(|ending| ending == "rs"));
    let reached = reached(&roots, &files);
    let forgotten: Vec<_> = files.keys().filter(|path| !reached.contains(*path)).collect();
    assert!(forgotten.is_empty(), "no `mod` line leads to {forgotten:#?}");
}

#[test]
fn a_file_without_its_mod_line_is_not_reached() {
    let files = [
        ("a/tests/a/main.rs", "#[path = \"odd_tests.rs\"]\nmod odd;\nmod fixture;\n// mod forgotten;\n"),
        ("a/tests/a/odd_tests.rs", ""),
        ("a/tests/a/fixture.rs", "pub(crate) mod people;\nfn uses(model: Model) -> Mod;\n"),
        ("a/tests/a/fixture/people.rs", ""),
        ("a/tests/a/people.rs", ""),
        ("a/tests/a/forgotten.rs", ""),
    ];
    let files: BTreeMap<_, _> = files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect();
    let reached = reached(&BTreeSet::from([PathBuf::from("a/tests/a/main.rs")]), &files);
    let forgotten: Vec<_> = files.keys().filter(|path| !reached.contains(*path)).collect();
    assert_eq!(forgotten, [Path::new("a/tests/a/forgotten.rs"), Path::new("a/tests/a/people.rs")]);
}
