//! One service's Postgres: the pool, transactions that tell others what changed, and calls that may be repeated.
//!
//! The way of a mutation: [`Store::begin_once`] claims the caller's request id, the RPC reads and writes through the
//! transaction, owes duties, names what changed ([`Tx::hint`]), and [`OnceTx::commit_answering`] commits the answer with
//! the effect. Dropping the transaction undoes everything. Row locks at READ COMMITTED and calls that may be repeated
//! make retries inside the server unnecessary: a deadlock or a lost connection is `UNAVAILABLE`.

mod connect;
mod error;
mod hints;
mod migrations;
mod once;
mod page;
mod tx;

pub use connect::Store;
pub use error::{OnConstraint, StoreError};
pub use hints::{HintKey, Watch};
pub use migrations::{MIGRATIONS, migrator};
pub use once::{Once, OnceTx};
pub use page::PageToken;
pub use tx::Tx;
