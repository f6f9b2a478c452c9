//! Binding work to one program: row-level security shows and takes that program's rows only.
//!
//! The program is a setting that is local to a transaction, and it travels in the same message as BEGIN: no round trip
//! of its own. The BEGIN also finds out whether an idle connection still lives, so the pool need not ask first: an
//! acquired connection costs as many round trips as before there were programs to name.
//!
//! Rows `program` of `cargo run -p harborline-bench -- layers --json FILE` (medians on two busy cores, unoptimized): a
//! transaction of one query takes 222 us as against 226 us without a program and 386 us when a statement of its own names
//! it; a read takes 213 us as against 118 us, for BEGIN is dearer than a liveness test.

use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use harborline_types::ProgramId;
use sqlx::postgres::{PgQueryResult, PgRow, PgStatement, PgTypeInfo};
use sqlx::{AssertSqlSafe, Describe, Either, Error, Execute, Executor, PgPool, Postgres, SqlStr, Transaction};

/// What a transaction may do.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mode {
    Write,
    Read,
    /// Every query sees the rows of one instant.
    Snapshot,
}

/// Begins a transaction for one program.
///
/// The BEGIN runs in a task of its own, which a caller that goes away does not cancel: sqlx hands a connection whose
/// BEGIN was cancelled back to the pool with the transaction open, and the next user's work would be part of it.
pub(crate) async fn begin(
    pool: &PgPool,
    program: ProgramId,
    mode: Mode,
) -> Result<Transaction<'static, Postgres>, Error> {
    let pool = pool.clone();
    let begun = tokio::spawn(async move {
        for _ in 0..pool.num_idle() {
            match pool.begin_with(statement(program, mode)).await {
                Err(error) if is_stale(&error) => {}
                begun => return begun,
            }
        }
        pool.begin_with(statement(program, mode)).await
    });
    // A panic in there, or the end of the process.
    begun.await.map_err(|_| Error::WorkerCrashed)?
}

/// Two statements in one message. A program's id is hexadecimal digits and hyphens: safe to write out.
fn statement(program: ProgramId, mode: Mode) -> AssertSqlSafe<String> {
    let begin = match mode {
        Mode::Write => "begin",
        Mode::Read => "begin read only",
        Mode::Snapshot => "begin isolation level repeatable read, read only",
    };
    AssertSqlSafe(format!("{begin}; set local harborline.program = '{}'", program.0))
}

/// Whether a connection had ended while it lay idle, by its server or on the way.
fn is_stale(error: &Error) -> bool {
    match error {
        Error::Io(_) => true,
        Error::Database(database) => database.code().is_some_and(|code| code.starts_with("57P")),
        _ => false,
    }
}

/// Runs each query in a short transaction that can only read, for one program. The end of that transaction is sent
/// when the connection goes back to the pool: nobody waits for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'s> {
    pub(crate) pool: &'s PgPool,
    pub(crate) program: ProgramId,
}

impl Reader<'_> {
    async fn begin(self) -> Result<Transaction<'static, Postgres>, Error> {
        begin(self.pool, self.program, Mode::Read).await
    }
}

impl<'s> Executor<'s> for Reader<'s> {
    type Database = Postgres;

    /// Reads to the end before it gives the first row: no transaction waits for who takes the rows.
    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<Either<PgQueryResult, PgRow>, Error>>
    where
        's: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let all = async move {
            let mut tx = self.begin().await?;
            let steps: Vec<_> = tx.fetch_many(query).try_collect().await?;
            Ok::<_, Error>(stream::iter(steps.into_iter().map(Ok)))
        };
        stream::once(all).try_flatten().boxed()
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<PgRow>, Error>>
    where
        's: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        Box::pin(async move { self.begin().await?.fetch_optional(query).await })
    }

    fn prepare_with<'e>(self, sql: SqlStr, parameters: &'e [PgTypeInfo]) -> BoxFuture<'e, Result<PgStatement, Error>>
    where
        's: 'e,
    {
        Box::pin(async move { self.begin().await?.prepare_with(sql, parameters).await })
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Postgres>, Error>>
    where
        's: 'e,
    {
        Box::pin(async move { self.begin().await?.describe(sql).await })
    }
}
