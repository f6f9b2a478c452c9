//! Duties: the one way that work crosses services.
//!
//! A duty is an obligation that commits with the state that causes it ([`Tx::owe`](harborline_store::Tx::owe)). A [`Worker`] in each replica runs what
//! is due: it is woken in the process that committed the duty ([`Owing`]: or handed it), so the normal case is immediate,
//! and claims what a dead replica left when its lease is over. A handler is an ordinary async function that reads the state its subject names,
//! calls neighbors with request ids derived from the subject, and may be run again from the start at any moment.
//!
//! Duties are isolated: one that keeps failing backs off and holds nobody else up. A failure that time may heal (a
//! neighbor is down) is retried for ever; any other is parked after [`PARK_AFTER`] attempts, with an error log and a
//! gauge, for somebody to look.
//!
//! Not chosen: a job crate (a second schema and a second sqlx in each of five databases), a message broker (a second
//! place that can lose something), callbacks after commit (lost with the process).

mod claim;
mod finish;
mod handler;
mod handover;
mod worker;

pub use handler::{Done, DutyError, DutyRun};
pub use handover::{Handover, Owing};
pub use harborline_store::Owed;
pub use worker::Worker;

use sqlx::migrate::Migrator;

/// The schema of duties.
pub static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Attempts after which a duty that fails for a lasting reason is parked.
pub const PARK_AFTER: i32 = 10;
