//! A transaction that, once committed, wakes the tasks that wait for what it changed.

use std::fmt;
use std::sync::Arc;

use harborline_identity::Call;
use harborline_keys::ProgramKeys;
use harborline_status::ServiceError;
use harborline_types::ProgramId;
use sqlx::{PgConnection, Postgres, QueryBuilder};
use tracing::Instrument;

use crate::access::{self, AccessRecord};
use crate::held::Held;
use crate::hints::HintKey;
use crate::owed::{DutyChanges, Owed};
use crate::{Store, StoreError};

/// A transaction. Dropped without commit, nothing has happened.
pub struct Tx {
    held: Box<Held>,
    store: Store,
    program: ProgramId,
    duties: DutyChanges,
    hints: Vec<HintKey>,
}

impl Tx {
    pub(crate) fn new(held: Held, store: Store, program: ProgramId) -> Self {
        Self { held: Box::new(held), store, program, duties: DutyChanges::default(), hints: Vec::new() }
    }

    /// The keys of the transaction's program, as [`Store::keys`](crate::Store::keys).
    ///
    /// # Errors
    /// The same.
    pub async fn keys(&self) -> Result<Arc<ProgramKeys>, StoreError> {
        self.store.ring().keys(self.program).await
    }

    /// The connection, for store methods.
    pub fn conn(&mut self) -> &mut PgConnection {
        self.held.conn()
    }

    /// Takes on a duty, from the commit on. Owing what is owed already brings it forward and makes sure that it runs once more
    /// from its start, even if a replica is running it now.
    pub fn owe(&mut self, duty: Owed) {
        self.duties.owe(duty);
    }

    /// Takes back a duty that the state no longer asks for. Nothing happens when it is done already.
    pub fn cancel(&mut self, kind: impl Into<&'static str>, subject: impl fmt::Display) {
        self.duties.cancel(kind.into(), subject.to_string());
    }

    /// Tells every replica's streams, after the commit, that this thing changed. A hint to read again, not a fact: it is
    /// for who looks again by themselves, since a process that ends at the wrong moment does not send it.
    pub fn hint(&mut self, key: impl Into<HintKey>) {
        let key = key.into();
        if !self.hints.contains(&key) {
            self.hints.push(key);
        }
    }

    /// The same with the commit, for who does not look again by themselves ([`WatchBelow`](crate::WatchBelow)).
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn hint_with_commit(&mut self, key: impl Into<HintKey>) -> Result<(), StoreError> {
        let key = key.into();
        let notify = sqlx::query("select pg_notify($1, $2)").bind(key.channel()).bind(key.as_str());
        notify.execute(self.conn()).await?;
        Ok(())
    }

    /// Puts a further act of a call on record, with this transaction: each disclosure of a stream, for example. A call's
    /// own act needs this not.
    ///
    /// # Errors
    /// `CALLER_NOT_ALLOWED` when the call names no program; when the database does not answer.
    pub async fn put_on_record(&mut self, call: &Call) -> Result<(), ServiceError> {
        let Some(record) = AccessRecord::of(call, &call.scope()?) else { return Ok(()) };
        access::insert(self.conn(), &[record]).await?;
        Ok(())
    }

    /// Commits, then wakes.
    ///
    /// # Errors
    /// When the database does not answer; whether the commit happened is then unknown, and the call may be repeated.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        if !self.duties.is_empty() {
            let mut query = self.last_statement();
            query.push(" select");
            query.build().execute(self.conn()).await?;
        }
        self.commit_only().await
    }

    /// The begin of the last statement: what becomes of the duties.
    pub(crate) fn last_statement(&self) -> QueryBuilder<Postgres> {
        let mut query = QueryBuilder::new("with nothing as (select)");
        self.duties.parts(&mut query, self.program);
        query
    }

    /// Commits after the last statement, then wakes: in a task of its own, since a caller that goes away while the commit is
    /// answered would leave the streams and the worker asleep that wait for it.
    pub(crate) async fn commit_only(self) -> Result<(), StoreError> {
        let Self { held, store, duties, hints, .. } = self;
        let committing = async move {
            held.commit().await?;
            store.committed(hints, duties.owes());
            Ok(())
        };
        let committed = tokio::spawn(committing.in_current_span()).await;
        committed.unwrap_or_else(|_| Err(StoreError::Unavailable("the commit was not answered".to_owned())))
    }
}
