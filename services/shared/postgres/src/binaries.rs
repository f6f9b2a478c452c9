//! One installation of Postgres: a folder that holds `postgres` and `initdb`, and the version they report.

use std::{
    io,
    path::{Path, PathBuf},
    process::Command,
};

/// The oldest major version that the SQL of this project is valid on.
pub const OLDEST_MAJOR: u32 = 15;

/// The programs of one Postgres installation, known to run and to be new enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    folder: PathBuf,
    version: Version,
}

/// A version of Postgres, ordered oldest first. Pre-releases count as their `.0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version {
    pub(crate) major: u32,
    pub(crate) minor: u32,
}

/// Why a folder cannot be used as an installation of Postgres.
#[derive(Debug, thiserror::Error)]
pub enum UnusableBinaries {
    /// One of the two programs is not in the folder.
    #[error("{} has no `{program}`", folder.display())]
    Missing {
        /// The folder that was looked at.
        folder: PathBuf,
        /// The program that is missing.
        program: &'static str,
    },
    /// `postgres --version` could not be run, or failed.
    #[error("{} does not run", program.display())]
    DoesNotRun {
        /// The program that was tried.
        program: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// `postgres --version` answered something that is not a version.
    #[error("{} reports no version that can be read: {answer:?}", program.display())]
    UnknownVersion {
        /// The program that was tried.
        program: PathBuf,
        /// What it printed.
        answer: String,
    },
    /// The installation is older than [`OLDEST_MAJOR`].
    #[error("{} holds Postgres {major}, and {OLDEST_MAJOR} is the oldest that will do", folder.display())]
    TooOld {
        /// The folder that was looked at.
        folder: PathBuf,
        /// Its major version.
        major: u32,
    },
}

impl Binaries {
    /// Looks into `folder` and asks its `postgres` for the version.
    pub fn probe(folder: &Path) -> Result<Self, UnusableBinaries> {
        for program in ["postgres", "initdb"] {
            if !folder.join(program).is_file() {
                return Err(UnusableBinaries::Missing { folder: folder.to_owned(), program });
            }
        }
        let program = folder.join("postgres");
        let output = Command::new(&program)
            .arg("--version")
            .output()
            .map_err(|source| UnusableBinaries::DoesNotRun { program: program.clone(), source })?;
        let answer = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let version = Version::parse(&answer).ok_or(UnusableBinaries::UnknownVersion { program, answer })?;
        if version.major < OLDEST_MAJOR {
            return Err(UnusableBinaries::TooOld { folder: folder.to_owned(), major: version.major });
        }
        Ok(Self { folder: folder.to_owned(), version })
    }

    /// The folder that holds the programs.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The major version, for example 15.
    pub fn major(&self) -> u32 {
        self.version.major
    }

    pub(crate) fn version(&self) -> Version {
        self.version
    }

    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

impl Version {
    /// Reads the answer of `postgres --version`, for example `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
    fn parse(answer: &str) -> Option<Self> {
        let (_, rest) = answer.split_once("(PostgreSQL)")?;
        let number = rest.split_whitespace().next()?;
        let digits = number.find(|character: char| !character.is_ascii_digit()).unwrap_or(number.len());
        let major = number[..digits].parse().ok()?;
        let minor = number[digits..].strip_prefix('.').and_then(|minor| minor.parse().ok()).unwrap_or(0);
        Some(Self { major, minor })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_what_distributions_print() {
        let debian = Version::parse("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)");
        assert_eq!(debian, Some(Version { major: 15, minor: 18 }));
        assert_eq!(Version::parse("postgres (PostgreSQL) 18beta1"), Some(Version { major: 18, minor: 0 }));
        assert_eq!(Version::parse("postgres (PostgreSQL) 19devel"), Some(Version { major: 19, minor: 0 }));
        assert_eq!(Version::parse("bash: no such program"), None);
    }

    #[test]
    fn a_folder_without_initdb_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("postgres"), "").unwrap();
        let refused = Binaries::probe(folder.path()).unwrap_err();
        assert!(matches!(refused, UnusableBinaries::Missing { program: "initdb", .. }), "{refused}");
    }
}
