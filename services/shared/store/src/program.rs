//! Binding work to one program: row-level security shows and takes that program's rows only.
//!
//! What it costs: rows `program` of `cargo run -p harborline-bench -- layers --json FILE`.

use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use harborline_types::ProgramId;
use sqlx::postgres::{PgQueryResult, PgRow, PgStatement, PgTypeInfo};
use sqlx::{Describe, Either, Error, Execute, Executor, Postgres, SqlStr};

use crate::connections::{Connections, Steps};

/// Runs each query for one program, by itself. It cannot write.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'s> {
    pub(crate) connections: &'s Connections,
    pub(crate) program: ProgramId,
}

impl std::fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("program", &self.program).finish_non_exhaustive()
    }
}

impl Reader<'_> {
    async fn steps<'q>(self, mut query: impl Execute<'q, Postgres>) -> Result<Steps, Error> {
        let arguments = query.take_arguments().map_err(Error::Encode)?;
        self.connections.read(self.program, query.sql(), arguments).await
    }
}

impl<'s> Executor<'s> for Reader<'s> {
    type Database = Postgres;

    /// Reads to the end before it gives the first row: no connection waits for who takes the rows.
    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<Either<PgQueryResult, PgRow>, Error>>
    where
        's: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let all = async move { Ok::<_, Error>(stream::iter(self.steps(query).await?.into_iter().map(Ok))) };
        stream::once(all).try_flatten().boxed()
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<PgRow>, Error>>
    where
        's: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        Box::pin(async move { Ok(self.steps(query).await?.into_iter().find_map(Either::right)) })
    }

    /// No statement is prepared for a reader: each of its queries may go by another connection.
    fn prepare_with<'e>(self, _: SqlStr, _: &'e [PgTypeInfo]) -> BoxFuture<'e, Result<PgStatement, Error>>
    where
        's: 'e,
    {
        Box::pin(async { Err(Error::InvalidArgument("a reader prepares nothing".to_owned())) })
    }

    fn describe<'e>(self, _: SqlStr) -> BoxFuture<'e, Result<Describe<Postgres>, Error>>
    where
        's: 'e,
    {
        Box::pin(async { Err(Error::InvalidArgument("a reader describes nothing".to_owned())) })
    }
}
