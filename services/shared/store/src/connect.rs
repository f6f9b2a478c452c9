//! The pool.

use std::str::FromStr;
use std::sync::Arc;

use harborline_config::DatabaseSettings;
use harborline_identity::ProgramScope;
use secrecy::ExposeSecret;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Executor, PgPool, Postgres};
use tokio::sync::Notify;

use crate::hints::Hints;
use crate::{HintKey, StoreError, Tx, Watch};

/// How long a transaction may sit idle before Postgres ends it; no stream holds one.
const IDLE_IN_TRANSACTION_MS: &str = "10000";

/// One service's Postgres. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pool: PgPool,
    hints: Hints,
    duties_owed: Arc<Notify>,
}

impl Store {
    /// Prepares the pool without waiting for the database: a service starts, and says that it is not ready, while its
    /// database is down.
    ///
    /// # Errors
    /// When the settings' URL is not one of Postgres.
    pub fn open(settings: &DatabaseSettings, service: &str) -> Result<Self, StoreError> {
        let statement_timeout = settings.statement_timeout().as_millis().to_string();
        let options = PgConnectOptions::from_str(settings.url.expose_secret())?
            .application_name(&format!("harborline-{service}"))
            .options([
                ("statement_timeout", statement_timeout.as_str()),
                ("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION_MS),
            ]);
        let pool = PgPoolOptions::new()
            .max_connections(settings.max_connections)
            .acquire_timeout(settings.acquire_timeout())
            .connect_lazy_with(options);
        Ok(Self::of_pool(pool))
    }

    /// Uses a pool that exists.
    pub fn of_pool(pool: PgPool) -> Self {
        Self { hints: Hints::listen(pool.clone()), pool, duties_owed: Arc::new(Notify::new()) }
    }

    /// Reads outside a transaction. The scope is what the caller may touch: bind its program in every query.
    pub fn reader(&self, _scope: &ProgramScope) -> impl Executor<'_, Database = Postgres> + Copy {
        &self.pool
    }

    /// The pool, for work that spans programs: duties, the matcher, migrations.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Begins a transaction.
    ///
    /// The BEGIN runs in a task of its own, which a caller that goes away does not cancel: sqlx hands a connection whose
    /// BEGIN was cancelled back to the pool with the transaction open, and the next user's work would be part of it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        let pool = self.pool.clone();
        let begun = tokio::spawn(async move { pool.begin().await }).await;
        let begun = begun.map_err(|_| StoreError::Unavailable("the process is stopping".to_owned()))?;
        Ok(Tx::new(begun?, self.duties_owed.clone()))
    }

    /// Is woken in this process when a transaction that owes a duty has committed.
    pub fn duties_owed(&self) -> Arc<Notify> {
        self.duties_owed.clone()
    }

    /// Watches for changes of one thing, by any replica.
    pub fn watch(&self, key: impl Into<HintKey>) -> Watch {
        self.hints.watch(key.into())
    }

    /// Whether the database answers and its schema is there.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ready(&self) -> Result<(), StoreError> {
        sqlx::query("select 1 from answered_request limit 1").execute(&self.pool).await?;
        Ok(())
    }

    /// Purges answers older than a week; returns how many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn purge_answers(&self) -> Result<u64, StoreError> {
        let purged = sqlx::query("delete from answered_request where answered_at < now() - interval '7 days'")
            .execute(&self.pool)
            .await?;
        Ok(purged.rows_affected())
    }

    /// Closes the pool, waiting for what is in use.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}
