//! The connections of a service to its Postgres, by the program that they were last used for.
//!
//! Row-level security shows the rows of the program that a session names, and naming it costs a message. So a connection
//! that was used waits under its program, and the next use for that program finds it there: a read is one message, and
//! so is the begin of a transaction. Only a connection whose last message was answered waits ([`Held`]); all others are
//! closed. A new one is named first.
//!
//! A session reads; only a transaction that says so writes ([`Mode::Write`]).
//!
//! A pooler that shares sessions, and a sharded Postgres, take no setting of a session. There each transaction names its
//! program, and a read is a transaction ([`ProgramNaming::Transaction`]).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use harborline_config::ProgramNaming;
use harborline_types::ProgramId;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgQueryResult, PgRow};
use sqlx::{AssertSqlSafe, Either, Error, PgConnection, PgPool, SqlSafeStr, SqlStr};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::instrument::WithSubscriber;
use tracing::subscriber::NoSubscriber;

use crate::held::{Held, State};

/// A connection that is older is replaced by a new one: Postgres gives back what it has cached for it.
const OLDEST: Duration = Duration::from_secs(30 * 60);

/// What a transaction may do.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mode {
    Write,
    Read,
    /// Every query sees the rows of one instant.
    Snapshot,
}

/// What a message is answered with.
pub(crate) type Steps = Vec<Either<PgQueryResult, PgRow>>;

/// The connections of a service. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Connections(Arc<Shared>);

pub(crate) struct Shared {
    /// It only makes them: with patience, while the database is away.
    pool: PgPool,
    naming: ProgramNaming,
    most: u32,
    /// One for each use; the longest waiting comes first.
    uses: Arc<Semaphore>,
    /// One for each connection.
    places: Arc<Semaphore>,
    /// The connections that wait, the longest waiting first.
    waiting: Mutex<Vec<Connection>>,
}

pub(crate) struct Connection {
    pub(crate) inner: PgConnection,
    program: ProgramId,
    since: Instant,
    _place: OwnedSemaphorePermit,
}

/// What a use begins with.
enum Found {
    Named(Connection),
    /// It names another program.
    Other(Connection),
    /// There may be one more.
    Place(OwnedSemaphorePermit),
}

impl Connections {
    /// Connections of a pool that nobody else takes any from.
    pub(crate) fn of(pool: PgPool, naming: ProgramNaming) -> Self {
        let most = pool.options().get_max_connections();
        let [uses, places] = [(); 2].map(|()| Arc::new(Semaphore::new(most as usize)));
        Self(Arc::new(Shared { pool, naming, most, uses, places, waiting: Mutex::default() }))
    }

    /// Begins a transaction for one program. `first` is SQL that goes with the begin in one message; answers how many
    /// rows it touched.
    pub(crate) async fn begin(&self, program: ProgramId, mode: Mode, first: &str) -> Result<(Held, u64), Error> {
        let begin = match mode {
            Mode::Write => "begin read write",
            Mode::Read => "begin read only",
            Mode::Snapshot => "begin isolation level repeatable read, read only",
        };
        let name = match self.0.naming {
            ProgramNaming::Session => String::new(),
            // A program's id is hexadecimal digits and hyphens: safe to write out.
            ProgramNaming::Transaction => format!("; set local harborline.program = '{}'", program.0),
        };
        let statement = AssertSqlSafe(format!("{begin}{name}; {first}")).into_sql_str();
        let (held, steps) = self.send(program, State::InTransaction, statement, None).await?;
        let touched = steps.into_iter().filter_map(Either::left).map(|done| done.rows_affected()).sum();
        Ok((held, touched))
    }

    /// Reads for one program with one statement.
    pub(crate) async fn read(
        &self,
        program: ProgramId,
        sql: SqlStr,
        arguments: Option<PgArguments>,
    ) -> Result<Steps, Error> {
        match self.0.naming {
            ProgramNaming::Session => Ok(self.send(program, State::Asked, sql, arguments).await?.1),
            ProgramNaming::Transaction => {
                let (mut held, _) = self.begin(program, Mode::Read, "").await?;
                held.send(State::InTransaction, sql, arguments).await
            }
        }
    }

    /// Takes a connection and sends a first message. A connection may have ended while it waited: then once more, with
    /// another. Nothing was done by the first: it read, or its transaction did not commit.
    async fn send(
        &self,
        program: ProgramId,
        state: State,
        sql: SqlStr,
        arguments: Option<PgArguments>,
    ) -> Result<(Held, Steps), Error> {
        let mut held = self.take(program).await?;
        let answer = match held.send(state, sql.clone(), arguments.clone()).await {
            Err(error) if is_stale(&error) => {
                held = self.again(held.close(), program).await?;
                held.send(state, sql, arguments).await?
            }
            answer => answer?,
        };
        Ok((held, answer))
    }

    /// A connection that names the program.
    async fn take(&self, program: ProgramId) -> Result<Held, Error> {
        let wait = self.0.pool.options().get_acquire_timeout();
        let used = tokio::time::timeout(wait, self.0.uses.clone().acquire_owned()).await;
        let used = used.map_err(|_| Error::PoolTimedOut)?.map_err(|_| Error::PoolClosed)?;
        match self.found(program).await? {
            Found::Named(connection) => Ok(Held::new(self.0.clone(), connection, used)),
            Found::Other(connection) => match self.named(Held::new(self.0.clone(), connection, used), program).await {
                Err((error, used)) if is_stale(&error) => self.again(used, program).await,
                named => named.map_err(|(error, _)| error),
            },
            Found::Place(place) => self.open(program, place, used).await,
        }
    }

    async fn found(&self, program: ProgramId) -> Result<Found, Error> {
        {
            let mut waiting = self.0.waiting();
            if let Some(at) = waiting.iter().rposition(|waiting| waiting.program == program) {
                return Ok(Found::Named(waiting.remove(at)));
            }
            if !waiting.is_empty() && self.0.places.available_permits() == 0 {
                return Ok(Found::Other(waiting.remove(0)));
            }
        }
        let place = self.0.places.clone().acquire_owned().await;
        place.map(Found::Place).map_err(|_| Error::PoolClosed)
    }

    /// A new connection in place of one that had ended, as have perhaps all that wait.
    async fn again(&self, used: OwnedSemaphorePermit, program: ProgramId) -> Result<Held, Error> {
        self.0.waiting().clear();
        let place = self.0.places.clone().acquire_owned().await.map_err(|_| Error::PoolClosed)?;
        self.open(program, place, used).await
    }

    async fn open(
        &self,
        program: ProgramId,
        place: OwnedSemaphorePermit,
        used: OwnedSemaphorePermit,
    ) -> Result<Held, Error> {
        let inner = self.0.pool.acquire().await?.detach();
        let connection = Connection { inner, program, since: Instant::now(), _place: place };
        self.named(Held::new(self.0.clone(), connection, used), program).await.map_err(|(error, _)| error)
    }

    /// Names the program, which belongs to no call: it is told of in no call's span. A connection of which that failed is
    /// closed, and another may be used in its place.
    async fn named(&self, mut held: Held, program: ProgramId) -> Result<Held, (Error, OwnedSemaphorePermit)> {
        if self.0.naming == ProgramNaming::Session {
            let name = format!("set harborline.program = '{}'; set default_transaction_read_only = on", program.0);
            let naming = held.send(State::Asked, AssertSqlSafe(name).into_sql_str(), None);
            if let Err(error) = naming.with_subscriber(NoSubscriber::default()).await {
                return Err((error, held.close()));
            }
        }
        held.connection().program = program;
        Ok(held)
    }

    /// How a connection is made.
    pub(crate) fn options(&self) -> PgConnectOptions {
        (*self.0.pool.connect_options()).clone()
    }

    /// Whether it was closed.
    pub(crate) fn is_closed(&self) -> bool {
        self.0.pool.is_closed()
    }

    /// Closes the connections, waiting for those in use.
    pub(crate) async fn close(&self) {
        self.0.pool.close().await;
        self.0.waiting().clear();
        let _ = self.0.uses.acquire_many(self.0.most).await;
        self.0.uses.close();
    }
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a connection wait for its next use. Its last message was answered, and no transaction is open.
    pub(crate) fn keep(&self, connection: Connection) {
        let mut waiting = self.waiting();
        if !self.pool.is_closed() && connection.since.elapsed() < OLDEST {
            waiting.push(connection);
        }
    }
}

/// Whether a connection had ended, by its server or on the way.
pub(crate) fn is_stale(error: &Error) -> bool {
    match error {
        Error::Io(_) => true,
        Error::Database(database) => database.code().is_some_and(|code| code.starts_with("57P")),
        _ => false,
    }
}
