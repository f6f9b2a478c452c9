//! Why a server did not start or did not stop, with what helps.

use std::{io, path::PathBuf};

use crate::launch::{FREE_PORTS, START_LIMIT};

/// Why Postgres could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A file or program could not be used.
    #[error("{doing} {} failed", path.display())]
    Io {
        /// What was attempted.
        doing: &'static str,
        /// With which file or program.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The data folder holds something else than a cluster.
    #[error("{} is neither empty nor a Postgres data folder", data_dir.display())]
    NotACluster {
        /// The data folder.
        data_dir: PathBuf,
    },
    /// The data folder was initialized by another major version.
    #[error(
        "{} belongs to Postgres {cluster} and the programs found are of Postgres {binaries}: set HARBORLINE_PG_BIN to \
         the folder of a Postgres {cluster}, or remove the folder if its data may go",
        data_dir.display()
    )]
    OtherVersion {
        /// The data folder.
        data_dir: PathBuf,
        /// The major version that initialized it.
        cluster: String,
        /// The major version of the programs.
        binaries: u32,
    },
    /// The password that lies beside the data folder cannot be read.
    #[error("the password in {} cannot be read", path.display())]
    NoPassword {
        /// The password file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// `initdb` failed.
    #[error("initdb failed:\n{output}")]
    Initdb {
        /// The last lines that it printed.
        output: String,
    },
    /// Postgres ended before it accepted connections.
    #[error("Postgres ended while starting; the last lines of {}:\n{tail}", log.display())]
    Ended {
        /// The log file.
        log: PathBuf,
        /// Its last lines.
        tail: String,
    },
    /// Postgres, or the one that ran before, did not come to the awaited state in time.
    #[error("Postgres was not ready after {} s; the last lines of {}:\n{tail}", START_LIMIT.as_secs(), log.display())]
    TooSlow {
        /// The log file.
        log: PathBuf,
        /// Its last lines.
        tail: String,
    },
    /// No port in the range could be bound.
    #[error("no free port between {} and {}", FREE_PORTS.start, FREE_PORTS.end)]
    NoFreePort,
}

/// Why Postgres could not be stopped.
#[derive(Debug, thiserror::Error)]
pub enum StopError {
    /// The signal could not be sent.
    #[error("the signal to Postgres (process {pid}) failed")]
    Signal {
        /// The postmaster's process id.
        pid: u32,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// Neither a fast nor an immediate shutdown ended it.
    #[error("Postgres (process {pid}) outlived a fast and an immediate shutdown")]
    StillRunning {
        /// The postmaster's process id.
        pid: u32,
    },
}
