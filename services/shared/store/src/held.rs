//! A connection in use.

use std::sync::Arc;

use futures::TryStreamExt;
use sqlx::postgres::PgArguments;
use sqlx::{Error, Executor, PgConnection, SqlStr};
use tokio::sync::OwnedSemaphorePermit;

use crate::connections::{Connection, Shared, Steps, is_stale};

/// What a connection is in the middle of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Its last message was answered, and no transaction is open.
    Ready,
    /// A message outside a transaction was not answered.
    Asked,
    /// A transaction was perhaps begun.
    InTransaction,
}

/// A connection in use. Dropped, it waits for its next use; a transaction that is open is rolled back first, and in the
/// middle of a message it is closed. A caller that goes away may drop it at any moment.
pub(crate) struct Held {
    shared: Arc<Shared>,
    /// There until it is dropped.
    connection: Option<Connection>,
    state: State,
    used: Option<OwnedSemaphorePermit>,
}

impl Held {
    /// A connection with nothing begun.
    pub(crate) fn new(shared: Arc<Shared>, connection: Connection, used: OwnedSemaphorePermit) -> Self {
        Self { shared, connection: Some(connection), state: State::Ready, used: Some(used) }
    }

    pub(crate) fn connection(&mut self) -> &mut Connection {
        self.connection.as_mut().expect("a connection is there until it is dropped")
    }

    /// The connection, for statements of its transaction.
    pub(crate) fn conn(&mut self) -> &mut PgConnection {
        &mut self.connection().inner
    }

    /// Sends a message, and waits for its answer. `state` is what the connection is in until the answer, and where that
    /// is a transaction, after it.
    pub(crate) async fn send(
        &mut self,
        state: State,
        sql: SqlStr,
        arguments: Option<PgArguments>,
    ) -> Result<Steps, Error> {
        self.state = state;
        let steps = self.conn().fetch_many((sql, arguments)).try_collect().await;
        let is_answered = match &steps {
            Ok(_) => true,
            Err(error) => matches!(error, Error::Database(_)) && !is_stale(error),
        };
        if state == State::Asked && is_answered {
            self.state = State::Ready;
        }
        steps
    }

    /// Commits the transaction.
    pub(crate) async fn commit(mut self) -> Result<(), Error> {
        self.conn().execute("commit").await?;
        self.state = State::Ready;
        Ok(())
    }

    /// Closes the connection; the next may be used in its place.
    pub(crate) fn close(mut self) -> OwnedSemaphorePermit {
        self.connection = None;
        self.used.take().expect("it is used until it is dropped")
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        match (self.state, tokio::runtime::Handle::try_current()) {
            (State::Ready, _) => self.shared.keep(connection),
            (State::Asked, _) | (State::InTransaction, Err(_)) => {}
            (State::InTransaction, Ok(runtime)) => {
                let (shared, used) = (self.shared.clone(), self.used.take());
                runtime.spawn(async move {
                    if connection.inner.execute("rollback").await.is_ok() {
                        shared.keep(connection);
                    }
                    drop(used);
                });
            }
        }
    }
}
