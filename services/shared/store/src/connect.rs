//! The pools.

use std::str::FromStr;
use std::sync::Arc;

use harborline_config::{DatabaseSettings, ProgramNaming};
use harborline_identity::ProgramScope;
use harborline_keys::ProgramKeys;
use harborline_types::ProgramId;
use secrecy::ExposeSecret;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Executor, PgPool, Postgres};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::connections::{Connections, Mode};
use crate::hints::Hints;
use crate::keys::{KeyRing, KeySource};
use crate::program::Reader;
use crate::{Bound, HintKey, StoreError, Tx, Watch, WatchBelow};

/// How long a transaction may sit idle before Postgres ends it; no stream holds one.
const IDLE_IN_TRANSACTION_MS: &str = "10000";

/// For connections that run few statements again and again, each of which begins at rows that it finds by a key: the one
/// plan that does so is right whatever the statistics say of a table that is young, or that is empty whenever it is
/// counted.
pub(crate) const BY_KEY: [(&str, &str); 4] = [
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
];

/// Connections for work that spans programs, with the one that listens for hints. It is little, and must not wait behind
/// the calls.
const SPANNING_CONNECTIONS: u32 = 5;

/// Prepared statements of a connection: more than any service has.
const STATEMENTS: usize = 500;

/// One service's Postgres. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    connections: Connections,
    spanning: PgPool,
    hints: Hints,
    duties_owed: Arc<Notify>,
    keys: Arc<KeyRing>,
}

impl Store {
    /// Prepares the pools of the service that the keys are for, without waiting for the database: a service starts,
    /// and says that it is not ready, while its database is down.
    ///
    /// # Errors
    /// When the settings' URL is not one of Postgres.
    pub fn open(settings: &DatabaseSettings, keys: KeySource) -> Result<Self, StoreError> {
        let pool = PgPoolOptions::new()
            .max_connections(settings.max_connections)
            .acquire_timeout(settings.acquire_timeout())
            .connect_lazy_with(options(settings, &keys.service)?);
        Ok(Self::with(pool, settings.program_naming, keys))
    }

    /// The same over the database of a pool, with as many connections of its own.
    pub fn of_pool(pool: &PgPool, keys: KeySource) -> Self {
        let own = pool.options().clone().connect_lazy_with((*pool.connect_options()).clone());
        Self::with(own, ProgramNaming::default(), keys)
    }

    fn with(pool: PgPool, naming: ProgramNaming, keys: KeySource) -> Self {
        let options = (*pool.connect_options()).clone().options(BY_KEY).options([("harborline.across_programs", "on")]);
        let spanning = PgPoolOptions::new()
            .max_connections(SPANNING_CONNECTIONS)
            .acquire_timeout(pool.options().get_acquire_timeout())
            .connect_lazy_with(options);
        Self {
            keys: KeyRing::new(keys, spanning.clone()),
            hints: Hints::listen(spanning.clone()),
            connections: Connections::of(pool, naming),
            spanning,
            duties_owed: Arc::new(Notify::new()),
        }
    }

    /// Reads the scope's program, outside a transaction of the caller's: each query is one message. It cannot write.
    pub fn reader(&self, scope: &ProgramScope) -> impl Executor<'_, Database = Postgres> + Copy {
        Reader { connections: &self.connections, program: scope.program() }
    }

    /// The keys of the scope's program, which seal and open its health information: at once when they are known. They are
    /// made at the program's first use, and stay known while the key provider is away.
    ///
    /// # Errors
    /// `RECORDS_DESTROYED` when the program's key was destroyed; when they are not known and the provider does not
    /// answer.
    pub async fn keys(&self, scope: &ProgramScope) -> Result<Arc<ProgramKeys>, StoreError> {
        self.keys.keys(scope.program()).await
    }

    pub(crate) fn ring(&self) -> &Arc<KeyRing> {
        &self.keys
    }

    /// For work that spans programs: what is due, which pools have work, what is to be purged. Only tables whose policy
    /// says so show their rows to it; all others show none.
    pub fn across_programs(&self) -> &PgPool {
        &self.spanning
    }

    /// Begins a transaction for the scope's program: another program's rows are not there for it, whatever its queries
    /// forget.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn begin(&self, scope: &ProgramScope) -> Result<Tx, StoreError> {
        Ok(self.begin_with(scope.program(), Mode::Write, "").await?.0)
    }

    /// The same with SQL that goes with the begin in one message; answers how many rows it touched, too.
    pub(crate) async fn begin_with(
        &self,
        program: ProgramId,
        mode: Mode,
        first: &str,
    ) -> Result<(Tx, u64), StoreError> {
        let (held, touched) = self.connections.begin(program, mode, first).await?;
        Ok((Tx::new(held, self.clone(), program), touched))
    }

    /// Wakes, after a commit, who waits for what it changed.
    pub(crate) fn committed(&self, hints: Vec<HintKey>, owes: bool) {
        if !hints.is_empty() {
            self.hints.post(hints);
        }
        if owes {
            self.duties_owed.notify_one();
        }
    }

    /// Begins to read for the scope's program: every query of it sees the rows of one instant. What was committed in some
    /// order is seen in that order. It cannot write; dropping it ends it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn snapshot(&self, scope: &ProgramScope) -> Result<Tx, StoreError> {
        Ok(self.begin_with(scope.program(), Mode::Snapshot, "").await?.0)
    }

    /// Is woken in this process when a transaction that owes a duty has committed.
    pub fn duties_owed(&self) -> Arc<Notify> {
        self.duties_owed.clone()
    }

    /// Watches for changes of one thing, by any replica.
    pub fn watch(&self, key: impl Into<HintKey>) -> Watch {
        self.hints.watch(key.into())
    }

    /// Watches for changes of everything whose key begins with this one and a slash.
    pub fn watch_below(&self, key: impl Into<HintKey>) -> WatchBelow {
        self.hints.watch_below(key.into())
    }

    /// Hears what is for this replica alone, beside what is for everybody.
    pub fn hear_as(&self, replica: Uuid) {
        self.hints.hear_as(replica);
    }

    /// Sends hints that no commit depends on: at once, and without a trace in the database.
    ///
    /// # Errors
    /// When the database does not answer; then perhaps none was sent.
    pub async fn send(&self, hints: Vec<HintKey>) -> Result<(), StoreError> {
        self.hints.send(hints).await
    }

    /// A connection of its own for one program, outside the pool, for who writes single statements again and again.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn bind(&self, scope: &ProgramScope) -> Result<Bound, StoreError> {
        Bound::connect(self.connections.options(), scope, self.duties_owed.clone()).await
    }

    /// Whether the database answers, has its schema, and binds this process to one program at a time; and whether keys
    /// are known, or to be had.
    ///
    /// # Errors
    /// When it does not. A role that owns the tables, or that may bypass row-level security, must not serve.
    pub async fn ready(&self) -> Result<(), StoreError> {
        let bound: bool =
            sqlx::query_scalar("select row_security_active('answered_request')").fetch_one(&self.spanning).await?;
        if !bound {
            return Err(StoreError::Fault("row-level security does not bind the role".to_owned()));
        }
        self.keys.ready().await
    }

    /// Purges answers older than a week; returns how many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn purge_answers(&self) -> Result<u64, StoreError> {
        let purged = sqlx::query("delete from answered_request where answered_at < now() - interval '7 days'")
            .execute(&self.spanning)
            .await?;
        Ok(purged.rows_affected())
    }

    /// Whether it was closed.
    pub fn is_closed(&self) -> bool {
        self.connections.is_closed()
    }

    /// Closes the pools, waiting for what is in use.
    pub async fn close(&self) {
        futures::join!(self.connections.close(), self.spanning.close());
    }
}

/// Brings a schema up to date, as the role that owns it: not the one that serves.
///
/// # Errors
/// When the database does not answer or a migration fails.
pub async fn migrate(settings: &DatabaseSettings, service: &str, schema: &Migrator) -> Result<(), MigrateError> {
    let pool = PgPoolOptions::new().max_connections(1).connect_with(options(settings, service)?).await?;
    schema.run(&pool).await?;
    pool.close().await;
    Ok(())
}

fn options(settings: &DatabaseSettings, service: &str) -> Result<PgConnectOptions, sqlx::Error> {
    let statement_timeout = settings.statement_timeout().as_millis().to_string();
    let options = PgConnectOptions::from_str(settings.url.expose_secret())?;
    let options = options.application_name(&format!("harborline-{service}")).statement_cache_capacity(STATEMENTS);
    Ok(options.options([
        ("statement_timeout", statement_timeout.as_str()),
        ("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION_MS),
        // Our statements are short: compiling one takes longer than any of them runs.
        ("jit", "off"),
    ]))
}
