//! A real Postgres for development, the demo and tests: found on the machine or fetched, started, attached to, stopped.
//! Production gives a DSN and never comes here.
//!
//! Invariants:
//! - a data folder has one postmaster: starting takes a file lock, and a live postmaster is attached to, not replaced;
//! - a data folder is either whole or absent: it is initialized beside its place and renamed into it, and so is a
//!   fetched package;
//! - Postgres never runs as root: started by root, it gets the unprivileged user 65534 and its files belong to it;
//! - it listens on the loopback address only and asks for the password (SCRAM) that lies beside the data folder.
//!
//! Everything here blocks, for about a second when a cluster is new: call it at the start of a process or on a blocking
//! thread. Not chosen: a crate that downloads at build time (builds would need the network), Postgres compiled to wasm
//! (one backend only, so nothing that depends on concurrent sessions would be tested), containers (an engine on every
//! desk).

mod binaries;
mod cluster;
mod error;
mod fetch;
mod launch;
mod locate;
mod owner;
mod pidfile;
mod server;
mod watchdog;

pub use binaries::{Binaries, OLDEST_MAJOR, UnusableBinaries};
pub use error::{StartError, StopError};
pub use fetch::{FetchError, PACKAGE, PACKAGE_VERSION};
pub use locate::{LocateError, Locator, locate};
pub use server::{Server, StartOptions};

/// The superuser of every cluster that this crate initializes.
pub const SUPERUSER: &str = "harborline";
