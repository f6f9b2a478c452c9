//! Records of accesses that nobody can change unnoticed (P9).
//!
//! The store writes one row for one act; here these rows are sealed into a chain per program, whose end is signed about
//! every second ([`Sealer`]), and verified by anybody who has the public key ([`verify`]). The role that serves can add
//! rows and no more. Whoever can do more (the owner, a superuser, somebody with the disk) can be found out:
//!
//! - what was sealed cannot be edited, deleted, reordered, spliced or cut off without a break at a position;
//! - whoever rewrites the whole chain lacks the key for its checkpoints;
//! - whoever cuts off the end with its checkpoints is shown by the checkpoints in the log, which was written elsewhere.
//!
//! What this cannot show: an act that the process itself never recorded, and what happened between two seals.
//!
//! Not chosen: one chain link with each act, which would make every writer of a program wait for the one before; a ledger
//! service beside Postgres, since the row must commit with the act.
//!
//! Records are kept for six years at least (45 CFR 164.316(b)(2)(i)); nothing purges them.

pub mod chain;
mod checkpoint;
mod list;
mod read;
mod rpc;
mod seal;
mod verify;

pub use checkpoint::{Checkpoint, KeyError, NoCheckpoint, PublicKey, SigningKey};
pub use list::{Place, accesses};
pub use read::{Verdict, checkpoints, programs, verify};
pub use rpc::AccessRecords;
pub use seal::Sealer;
pub use verify::{Break, Kind, Link, Verifier, Whole};
