//! A connection that belongs to one program for as long as it lives.
//!
//! Its program is a setting of the session, so that a single statement is a whole transaction: one round trip, one
//! commit. It is for who decides alone and writes much, such as a matcher; the pool is for everybody else.

use std::sync::Arc;

use harborline_identity::ProgramScope;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection, Postgres, QueryBuilder, Transaction};
use tokio::sync::Notify;

use crate::connect::BY_KEY;
use crate::{HintKey, StoreError};

/// A connection of one program.
pub struct Bound {
    connection: PgConnection,
    duties_owed: Arc<Notify>,
}

impl Bound {
    pub(crate) async fn connect(
        options: PgConnectOptions,
        scope: &ProgramScope,
        duties_owed: Arc<Notify>,
    ) -> Result<Self, StoreError> {
        let program = scope.program().to_string();
        let options = options.options(BY_KEY).options([("harborline.program", program.as_str())]);
        Ok(Self { connection: options.connect().await?, duties_owed })
    }

    /// The connection, for store methods.
    pub fn conn(&mut self) -> &mut PgConnection {
        &mut self.connection
    }

    /// Begins to read: every query of it sees the rows of one instant. It cannot write; dropping it ends it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn snapshot(&mut self) -> Result<Transaction<'_, Postgres>, StoreError> {
        Ok(self.connection.begin_with("begin isolation level repeatable read, read only").await?)
    }

    /// Wakes the worker of this process: a statement that owes duties has committed.
    pub fn wake_duties(&self) {
        self.duties_owed.notify_one();
    }
}

/// Writes the part of a statement that hints after its commit; `from` is what it depends on, without which there is
/// nothing to hint. The part must be read by the rest of the statement to take effect.
pub fn hints_part(query: &mut QueryBuilder<Postgres>, from: &str, keys: &[HintKey]) {
    query.push("select pg_notify(channel, key) from ").push(from).push(", unnest(");
    query.push_bind(keys.iter().map(HintKey::channel).collect::<Vec<_>>()).push("::text[], ");
    query.push_bind(keys.iter().map(|key| key.as_str().to_owned()).collect::<Vec<_>>());
    query.push("::text[]) as hint (channel, key)");
}
