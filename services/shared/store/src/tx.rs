//! A transaction that, once committed, wakes the tasks that wait for what it changed.

use std::sync::Arc;

use harborline_identity::Call;
use harborline_keys::ProgramKeys;
use harborline_status::ServiceError;
use harborline_types::ProgramId;
use sqlx::{PgConnection, Postgres, Transaction};
use tokio::sync::Notify;

use crate::StoreError;
use crate::access::{self, AccessRecord};
use crate::hints::HintKey;
use crate::keys::KeyRing;

/// A transaction. Dropped without commit, nothing has happened.
pub struct Tx {
    inner: Transaction<'static, Postgres>,
    duties_owed: Arc<Notify>,
    owes: bool,
    hints: Vec<HintKey>,
    program: ProgramId,
    keys: Arc<KeyRing>,
}

impl Tx {
    pub(crate) fn new(
        inner: Transaction<'static, Postgres>,
        duties_owed: Arc<Notify>,
        program: ProgramId,
        keys: Arc<KeyRing>,
    ) -> Self {
        Self { inner, duties_owed, owes: false, hints: Vec::new(), program, keys }
    }

    /// The keys of the transaction's program, as [`Store::keys`](crate::Store::keys).
    ///
    /// # Errors
    /// The same.
    pub async fn keys(&self) -> Result<Arc<ProgramKeys>, StoreError> {
        self.keys.keys(self.program).await
    }

    /// The connection, for store methods.
    pub fn conn(&mut self) -> &mut PgConnection {
        &mut self.inner
    }

    /// Notes that a duty was owed: the worker of this process is woken after the commit.
    pub fn wake_duties(&mut self) {
        self.owes = true;
    }

    /// Tells every replica's streams, after the commit, that this thing changed. A hint to read again, not a fact.
    pub fn hint(&mut self, key: impl Into<HintKey>) {
        let key = key.into();
        if !self.hints.contains(&key) {
            self.hints.push(key);
        }
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
        for key in std::mem::take(&mut self.hints) {
            let notify = sqlx::query("select pg_notify($1, $2)").bind(key.channel()).bind(key.as_str());
            notify.execute(&mut *self.inner).await?;
        }
        self.inner.commit().await?;
        if self.owes {
            self.duties_owed.notify_one();
        }
        Ok(())
    }
}
