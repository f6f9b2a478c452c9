//! The law of the house: who may depend on whom, what the domain may name, how long a file may grow, and what no file
//! may give away. It is read from the manifests and the files themselves, so it holds for what will be written next.
//!
//! [`skeleton`] is the law inside a service, [`reached`] the one that every file is compiled.
//!
//! Files count when git knows them or would take them in: build output and installed tools are not ours.

mod reached;
mod skeleton;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

/// At this many lines it is time to look for the seam.
const LONGEST_FILE: usize = 400;

/// What the domain must not know: how a request arrives, how it is encoded, and where state is kept.
const FOREIGN_TO_THE_DOMAIN: [&str; 3] = ["tonic", "prost", "sqlx"];

/// Folders of somebody's machine, and hosts of package registries (which are a setting of whoever builds). Written in
/// two halves, since this file is among those that are searched.
const GIVEN_AWAY: [&str; 8] = [
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("crates", ".io"),
    concat!("pypi", ".org"),
    concat!("python", "hosted"),
    concat!("registry", ".npmjs"),
    concat!("static.rust-", "lang"),
];

/// Where a crate stands in the house.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Room {
    Contracts,
    Shared,
    Service,
    Binary,
    Tests,
}

impl Room {
    fn of(manifest: &Path) -> Option<Self> {
        let mut folders = manifest.parent()?.iter().map(|folder| folder.to_str().unwrap_or_default());
        match (folders.next()?, folders.next(), folders.next()) {
            ("proto", None, None) => Some(Self::Contracts),
            ("services", Some("shared"), Some(_)) => Some(Self::Shared),
            ("services", Some("harborline"), None) => Some(Self::Binary),
            ("services", Some(_), None) => Some(Self::Service),
            ("tests", None, None) | ("tests", Some("bench"), None) => Some(Self::Tests),
            _ => None,
        }
    }

    /// Service on shared on contracts; the binary and the tests alone see everything.
    fn may_depend_on(self, other: Self) -> bool {
        match self {
            Self::Contracts => false,
            Self::Shared | Self::Service => matches!(other, Self::Shared | Self::Contracts),
            Self::Binary | Self::Tests => other != Self::Tests,
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the workspace is there")
}

/// What `cargo metadata` says, as far as the law asks.
#[derive(Deserialize)]
struct Workspace {
    packages: Vec<Package>,
    workspace_root: PathBuf,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    dependencies: Vec<Dependency>,
    targets: Vec<Target>,
}

/// What Cargo compiles by itself: a library, a binary, a file of tests, an example, a build script.
#[derive(Deserialize)]
struct Target {
    src_path: PathBuf,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
}

fn workspace() -> Workspace {
    let cargo = harborline_config::environment("CARGO").unwrap_or_else(|| "cargo".to_owned());
    let described = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--offline", "--no-deps"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(described.status.success(), "{}", String::from_utf8_lossy(&described.stderr));
    serde_json::from_slice(&described.stdout).expect("cargo describes the workspace")
}

/// Every file of the repository as text, by its path in it. What is not text is left out.
fn files() -> BTreeMap<PathBuf, String> {
    let root = root();
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(&root)
        .output()
        .expect("git lists the files");
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let paths = String::from_utf8(listed.stdout).expect("our file names are UTF-8");
    let paths = paths.split_terminator('\0').map(PathBuf::from);
    paths.filter_map(|path| Some((path.clone(), fs::read_to_string(root.join(&path)).ok()?))).collect()
}

/// Whether the line of Rust names the crate, or one of its family such as `tonic_types`.
fn names_crate(line: &str, name: &str) -> bool {
    let mut words = line.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    let is_code = !line.trim_start().starts_with("//");
    is_code && words.any(|word| word == name || word.strip_prefix(name).is_some_and(|rest| rest.starts_with('_')))
}

/// Whether the line gives something away. The lock file and the policy on sources must name the index, and Homebrew
/// keeps its Linux packages in a home folder that is the same on every machine.
fn gives_away(path: &Path, line: &str) -> bool {
    let index = concat!("https://github.com/rust-lang/", "crates", ".io-index");
    let names_sources = path == Path::new("Cargo.lock") || path == Path::new("deny.toml");
    let line = if names_sources { line.replace(index, "") } else { line.to_owned() };
    let line = line.replace(concat!("/ho", "me/linuxbrew/"), "");
    GIVEN_AWAY.iter().any(|given| line.contains(given))
}

#[test]
fn services_depend_on_shared_crates_and_contracts_and_never_on_each_other() {
    let workspace = workspace();
    let rooms: BTreeMap<&str, Room> = workspace
        .packages
        .iter()
        .map(|package| {
            let manifest = package.manifest_path.strip_prefix(&workspace.workspace_root).expect("inside the workspace");
            let room =
                Room::of(manifest).unwrap_or_else(|| panic!("{} stands in no room of the design", manifest.display()));
            (package.name.as_str(), room)
        })
        .collect();
    assert_eq!(rooms.values().filter(|room| **room == Room::Service).count(), 5, "there are five services: {rooms:?}");

    let mut unlawful = Vec::new();
    for package in &workspace.packages {
        for dependency in &package.dependencies {
            let from = rooms[package.name.as_str()];
            if let Some(&to) = rooms.get(dependency.name.as_str())
                && !from.may_depend_on(to)
            {
                unlawful.push(format!("{} ({from:?}) depends on {} ({to:?})", package.name, dependency.name));
            }
        }
    }
    assert!(unlawful.is_empty(), "{unlawful:#?}");
}

#[test]
fn the_domain_names_neither_transport_nor_encoding_nor_database() {
    let files = files();
    let in_domain = |path: &Path| {
        let folders: Vec<_> = path.iter().filter_map(|folder| folder.to_str()).collect();
        matches!(folders[..], ["services", _, "src", "domain", ..] | ["services", _, "src", "domain.rs"])
    };
    let domain: Vec<_> = files.iter().filter(|(path, _)| in_domain(path)).collect();
    assert!(!domain.is_empty(), "no service has a domain, so nothing was checked");

    let mut unlawful = Vec::new();
    for (path, text) in domain {
        for (number, line) in (1..).zip(text.lines()) {
            if FOREIGN_TO_THE_DOMAIN.iter().any(|name| names_crate(line, name)) {
                unlawful.push(format!("{}:{number}: {line}", path.display()));
            }
        }
    }
    assert!(unlawful.is_empty(), "{unlawful:#?}");
}

#[test]
fn no_file_of_the_services_and_contracts_outgrows_its_seams() {
    let files = files();
    let is_ours = |path: &Path| path.starts_with("services") || path.starts_with("proto");
    // A scenario is a list of people, not a piece of code with a seam.
    let is_data = |path: &Path| path.components().any(|part| part.as_os_str() == "scenarios");
    let ours = files.iter().filter(|(path, _)| is_ours(path) && !is_data(path));
    let lengths: BTreeMap<_, _> = ours.map(|(path, text)| (path, text.lines().count())).collect();
    assert!(lengths.len() > 100, "only {} files were found", lengths.len());
    let long: Vec<_> = lengths.into_iter().filter(|(_, lines)| *lines > LONGEST_FILE).collect();
    assert!(long.is_empty(), "longer than {LONGEST_FILE} lines: {long:?}");
}

#[test]
fn no_file_names_a_folder_of_a_machine_or_a_package_registry() {
    let mut given_away = Vec::new();
    for (path, text) in files() {
        for (number, line) in (1..).zip(text.lines()) {
            if gives_away(&path, line) {
                given_away.push(format!("{}:{number}: {}", path.display(), line.trim()));
            }
        }
    }
    assert!(given_away.is_empty(), "{given_away:#?}");
}

/// Where the links of a text of Markdown lead that lead to files, without the place in the file.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let ends = text.match_indices("](").filter_map(|(at, found)| text[at + found.len()..].split(')').next());
    let files =
        ends.filter(|link| !link.contains("://") && !link.starts_with('#') && !link.contains(char::is_whitespace));
    files.map(|link| link.split('#').next().unwrap_or_default())
}

#[test]
fn every_link_of_a_document_leads_to_a_file() {
    let (root, mut broken, mut found) = (root(), Vec::new(), 0);
    let files = files();
    for (path, text) in files.iter().filter(|(path, _)| path.extension().is_some_and(|ending| ending == "md")) {
        let folder = root.join(path.parent().expect("a file is in a folder"));
        for link in links(text) {
            found += 1;
            if !folder.join(link).exists() {
                broken.push(format!("{}: {link}", path.display()));
            }
        }
    }
    assert!(found > 50, "only {found} links were found");
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn a_link_is_found_with_its_place_in_the_file_taken_off() {
    let text = "[one](a/b.md#part), [two](https://example.org/), [three](#here) and [four](c.rs)";
    assert_eq!(links(text).collect::<Vec<_>>(), ["a/b.md", "c.rs"]);
}

#[test]
fn a_service_on_a_service_is_unlawful_and_a_service_on_a_shared_crate_is_not() {
    assert!(!Room::Service.may_depend_on(Room::Service));
    assert!(!Room::Shared.may_depend_on(Room::Service));
    assert!(!Room::Contracts.may_depend_on(Room::Shared));
    assert!(Room::Service.may_depend_on(Room::Shared) && Room::Shared.may_depend_on(Room::Contracts));
    assert!(Room::Binary.may_depend_on(Room::Service));
}

#[test]
fn a_crate_is_found_by_its_name_and_not_inside_other_words() {
    assert!(names_crate("use tonic::Status;", "tonic"));
    assert!(names_crate("use tonic_types::ErrorDetails;", "tonic"));
    assert!(!names_crate("// unlike tonic", "tonic"));
    assert!(!names_crate("let monotonic = clock.now();", "tonic"));
}

#[test]
fn what_gives_a_machine_away_is_found_and_the_index_is_named_in_its_two_places_only() {
    let index = concat!("source = \"registry+https://github.com/rust-lang/", "crates", ".io-index\"");
    assert!(!gives_away(Path::new("Cargo.lock"), index));
    assert!(gives_away(Path::new("Cargo.toml"), index));
    assert!(gives_away(Path::new("README.md"), concat!("cd /ro", "ot/project")));
    assert!(!gives_away(Path::new("README.md"), "cd project"));
}
