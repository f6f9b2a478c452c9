//! One service's Postgres: the pool, transactions that tell others what changed, and calls that may be repeated.
//!
//! The way of a mutation: [`Store::begin_once`] claims the caller's request id, the RPC reads and writes through the
//! transaction, owes duties ([`Tx::owe`]), names what changed ([`Tx::hint`]), and [`OnceTx::commit_answering`] writes the
//! duties, the row of the record and the answer with one statement, and commits them with the effect. Dropping the transaction undoes everything. Row locks at READ COMMITTED and calls that may be repeated
//! make retries inside the server unnecessary: a deadlock or a lost connection is `UNAVAILABLE`.
//!
//! One program never sees another's rows: [`Store::begin`] and [`Store::reader`] name the scope's program to Postgres,
//! whose row-level security binds the role that serves. A query that forgets its program finds nothing. What spans
//! programs says so ([`Store::across_programs`]) and reaches the tables whose policy lets it, and no other. A new table
//! calls `keep_programs_apart` in the migration that makes it.
//!
//! Not chosen: `force row level security` on one role that migrates and serves; a migration would not see the rows that
//! it must change, and the owner of a table can switch its policies off.

mod access;
mod access_writer;
mod answer_book;
mod bound;
mod connect;
mod connections;
mod error;
mod etag;
mod held;
mod hints;
mod keys;
mod migrations;
mod once;
mod owed;
mod page;
mod program;
mod relay;
mod tx;

pub use access::ActsOnRecord;
pub use access_writer::AccessWriter;
pub use answer_book::{AnswerBook, Answered, OnceKey};
pub use bound::{Bound, hints_part};
pub use connect::{Store, migrate};
pub use error::{OnConstraint, StoreError};
pub use etag::{check_etag, etag};
pub use hints::{HintKey, Watch, WatchBelow, carried};
pub use keys::{KeyRotated, KeySource, KeyStatus};
pub use migrations::{MIGRATIONS, migrator};
pub use once::{Once, OnceTx};
pub use owed::{OWED_AGAIN, Owed};
pub use page::{PageToken, PageTokens};
pub use tx::Tx;
