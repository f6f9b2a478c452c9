//! One skeleton for the five services: the same file for the same thing, and arrows that run downhill.

use std::path::{Path, PathBuf};

use heck::ToSnakeCase;
use prost::Message;
use prost_types::FileDescriptorSet;

use super::{files, names_crate};

/// The parts of a service, from the lowest to the highest. What is not among them is a machine that one service alone has
/// (matchers, wallboards), and stands beside `app`.
const PARTS: [&[&str]; 7] =
    [&["domain"], &["error", "ports", "settings"], &["store"], &["wire"], &["app"], &["duties", "rpc"], &["role"]];

fn height(part: &str) -> usize {
    let of = |part: &str| PARTS.iter().position(|parts| parts.contains(&part));
    of(part).or_else(|| of("app")).unwrap_or_default()
}

/// Whether code of one part of a service may name another: what lies below it, and machines one another.
fn may_name(from: &str, to: &str) -> bool {
    let are_machines = [from, to].iter().all(|part| height(part) == height("app"));
    from == to || are_machines || height(to) < height(from)
}

/// The parts of its own crate that a file of Rust names, as in `crate::store` and in `use crate::{app, store::row}`.
fn named_parts(text: &str) -> Vec<String> {
    let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let word = |text: &str| {
        text.trim_start().chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
    };
    let mut named: Vec<String> = Vec::new();
    for (_, rest) in code.match_indices("crate::").map(|(at, found)| (at, &code[at + found.len()..])) {
        match rest.strip_prefix('{') {
            None => named.push(word(rest)),
            Some(list) => named.extend(items(list).into_iter().map(word)),
        }
    }
    named
}

/// What a list in braces holds, up to its end: `app, store::{row, column}}` has two items.
fn items(list: &str) -> Vec<&str> {
    let (mut depth, mut begins, mut items) = (0, 0, Vec::new());
    for (at, letter) in list.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                items.push(&list[begins..at]);
                begins = at + 1;
                if letter == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    items
}

#[test]
fn inside_a_service_the_arrows_run_downhill() {
    let mut unlawful = Vec::new();
    for (service, path, text) in sources() {
        let part = part_of(&path);
        for named in named_parts(&text).into_iter().filter(|named| !may_name(&part, named)) {
            unlawful.push(format!("{service}: {} names {named}", path.display()));
        }
    }
    assert!(unlawful.is_empty(), "{unlawful:#?}");
}

#[test]
fn ports_speak_the_domains_words_and_name_no_contract() {
    let sources = sources();
    let ports: Vec<_> = sources.iter().filter(|(_, path, _)| part_of(path) == "ports").collect();
    assert_eq!(ports.len(), SERVICES.len());
    let named = ports.iter().flat_map(|(service, _, text)| text.lines().map(move |line| (service, line)));
    let unlawful: Vec<_> =
        named.filter(|(_, line)| names_crate(line, "harborline_proto") || names_crate(line, "prost")).collect();
    assert!(unlawful.is_empty(), "{unlawful:#?}");
}

/// Where a file inside `src` stands.
fn part_of(path: &Path) -> String {
    let part = path.iter().next().and_then(|part| part.to_str()).unwrap_or_default();
    part.trim_end_matches(".rs").to_owned()
}

/// The files of the five services, each by its service and its path inside `src`. The crate's own file names all parts.
fn sources() -> Vec<(String, PathBuf, String)> {
    let in_src = |(path, text): (PathBuf, String)| {
        let service = path.iter().nth(1)?.to_str()?.to_owned();
        let inside = path.strip_prefix(Path::new("services").join(&service).join("src")).ok()?.to_owned();
        let is_one = !["shared", "harborline"].contains(&service.as_str()) && inside != Path::new("lib.rs");
        is_one.then_some((service, inside, text))
    };
    let sources: Vec<_> = files().into_iter().filter_map(in_src).collect();
    assert!(sources.len() > 300, "only {} files were found", sources.len());
    sources
}

#[test]
fn five_services_have_one_skeleton() {
    let files = files();
    let has = |path: &str| files.keys().any(|file| file.starts_with(path));
    let mut missing = Vec::new();
    for service in SERVICES {
        let of_each = SKELETON.iter().map(|path| format!("services/{service}/{path}"));
        let tests = ["main.rs", "fixture.rs"].map(|file| format!("services/{service}/tests/{service}/{file}"));
        missing.extend(of_each.chain(tests).filter(|path| !has(path)));
    }
    for (package, proto_service, methods) in contracts() {
        let Some(service) = served_by(&package) else { continue };
        let folder =
            format!("services/{service}/src/rpc/{}", proto_service.trim_end_matches("Service").to_snake_case());
        missing.extend(
            methods.iter().map(|method| format!("{folder}/{}.rs", method.to_snake_case())).filter(|path| !has(path)),
        );
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

const SERVICES: [&str; 5] = ["intake", "triage", "availability", "referral", "followup"];

/// What each service has, in the same place.
const SKELETON: [&str; 15] = [
    "README.md",
    "defaults.toml",
    "migrations",
    "src/lib.rs",
    "src/role.rs",
    "src/app.rs",
    "src/rpc/mod.rs",
    "src/wire/mod.rs",
    "src/domain/mod.rs",
    "src/domain/task.rs",
    "src/store/mod.rs",
    "src/duties/mod.rs",
    "src/ports.rs",
    "src/settings.rs",
    "src/error.rs",
];

/// Which service answers the calls of a package; none for what all of them answer.
fn served_by(package: &str) -> Option<&str> {
    match package.split('.').nth(1)? {
        "partner" => Some("referral"),
        "common" => None,
        service => Some(service),
    }
}

/// Every service of the contracts with its package and its methods.
fn contracts() -> Vec<(String, String, Vec<String>)> {
    let set = FileDescriptorSet::decode(harborline_proto::DESCRIPTORS).expect("the contracts decode");
    let ours = set.file.into_iter().filter(|file| file.package().starts_with("harborline."));
    let services = ours.flat_map(|file| {
        let package = file.package().to_owned();
        file.service.into_iter().map(move |service| (package.clone(), service))
    });
    services
        .map(|(package, service)| {
            let methods = service.method.iter().map(|method| method.name().to_owned()).collect();
            (package, service.name().to_owned(), methods)
        })
        .collect()
}

#[test]
fn a_store_that_names_a_duty_is_unlawful_and_a_duty_that_names_a_store_is_not() {
    assert!(!may_name("store", "duties") && !may_name("domain", "store") && !may_name("rpc", "duties"));
    assert!(!may_name("wire", "app") && !may_name("matcher", "rpc"));
    assert!(may_name("duties", "store") && may_name("matcher", "app") && may_name("app", "matcher"));
    let text = "// crate::not_this\nuse crate::{app, store::{row, column}, wire};\nuse crate::domain::task;";
    assert_eq!(named_parts(text), ["app", "store", "wire", "domain"]);
}
