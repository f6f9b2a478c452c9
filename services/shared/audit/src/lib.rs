//! Records of accesses that nobody can change unnoticed (P9).
//!
//! The store writes one row for one act; here these rows are sealed into a chain per program, whose end is signed about
//! every second ([`Sealer`]), and verified by anybody who has the public key ([`verify`]). The role that serves can add
//! rows and no more. An attacker who can do more (the owner, a superuser, somebody with the disk) can be found out:
//!
//! - what was sealed cannot be edited, deleted, reordered, spliced or cut off without a break at a position;
//! - an attacker who rewrites the whole chain lacks the key for its checkpoints;
//! - a chain that was cut off with its checkpoints is shown by the checkpoints in the log, which was written elsewhere.
//!
//! A stream is one act, on record before its first message with what it concerned then; what it shows later and is more
//! than that (a disclosure) is put on record by its handler, act by act (`Tx::put_on_record`).
//!
//! What it costs, measured through intake's RPCs (medians of three runs, unoptimized, eight callers at once, a Postgres
//! that does not wait for its disk): OpenContact takes 1.02 ms without and 1.06 ms with its row, GetContact 0.12 ms and
//! 0.21 ms. A row is 220 bytes, 303 with its one index; sealing adds a link and a row for each subject. With a disk that
//! must be waited for, reads that wait together wait once. The rows `audit` of `cargo run -p harborline-bench -- layers
//! --json FILE` are of a mutation and a read that do nothing else, with their row and without it.
//!
//! What this cannot show: an act that the process itself never recorded, what happened between two seals, and a cut within
//! the minute since the last copy of a checkpoint in the log.
//!
//! Not chosen: one chain link with each act, which would make every writer of a program wait for the one before; a ledger
//! service beside Postgres, since the row must commit with the act.
//!
//! Records are kept for six years at least (45 CFR 164.316(b)(2)(i)); nothing purges them.

pub mod chain;
mod checkpoint;
mod copies;
mod list;
mod read;
mod records;
mod rpc;
mod seal;
mod verify;

pub use checkpoint::{Checkpoint, KeyError, NoCheckpoint, PublicKey, SigningKey};
pub use list::{Place, accesses};
pub use read::{Verdict, checkpoints, programs, verify};
pub use records::RecordsPort;
pub use rpc::{AccessRecords, recorded_tokens};
pub use seal::Sealer;
pub use verify::{Break, Kind, Link, Verifier, Whole};
