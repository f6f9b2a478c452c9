//! One query that names its program to Postgres, beside the same query without a program to name.

use harborline_identity::ProgramScope;
use harborline_store::{MIGRATIONS, Store};
use harborline_testkit::{Database, counselor, owner, some_program};
use sqlx::PgPool;

use super::timing::{self, median};
use crate::report::{Report, Row};

const COUNT: &str = "select count(*) from answered_request";
const INSERT: &str = "insert into answered_request values ($1, 'caller', 'Method', gen_random_uuid(), '', '')";
/// What the store does not do: a statement of its own for the name.
const NAME: &str = "select set_config('harborline.program', $1, true)";

pub(super) async fn measure(report: &mut Report, quick: bool) -> anyhow::Result<()> {
    let (rounds, acts) = if quick { (3, 50) } else { (31, 300) };
    let queries = Queries::prepare().await?;
    let (mut bare_reads, mut reads) = (Vec::new(), Vec::new());
    let (mut bare, mut by_statement, mut with_begin) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        bare_reads.push(timing::round(1, acts, async || queries.bare_read().await).await?);
        reads.push(timing::round(1, acts, async || queries.read().await).await?);
        bare.push(timing::round(1, acts, async || queries.bare_transaction().await).await?);
        by_statement.push(timing::round(1, acts, async || queries.named_by_statement().await).await?);
        with_begin.push(timing::round(1, acts, async || queries.named_with_begin().await).await?);
    }
    let bare = median(bare);
    for (name, times, floor) in [
        ("read, named with BEGIN", reads, median(bare_reads)),
        ("transaction, named by a statement", by_statement, bare),
        ("transaction, named with BEGIN", with_begin, bare),
    ] {
        let row = Row::of(format!("program/{name}"), median(times), "us");
        report.add(row.against(floor, None, None, false))?;
    }
    Ok(())
}

/// The query in each way.
struct Queries {
    store: Store,
    scope: ProgramScope,
    /// As if there were no programs: no policy binds the owner, and the pool asks whether its connection lives.
    owner: PgPool,
    /// As the role that serves, whom the policy binds, by a pool that asks the same.
    serving: PgPool,
}

impl Queries {
    async fn prepare() -> anyhow::Result<Self> {
        let Database { store, url } = Database::fresh(&MIGRATIONS).await;
        let scope = counselor(some_program(), "counselor").scope()?;
        let mut tx = store.begin(&scope).await?;
        sqlx::query(INSERT).bind(scope.program()).execute(tx.conn()).await?;
        tx.commit().await?;
        Ok(Self { owner: owner(&store), serving: PgPool::connect(&url).await?, store, scope })
    }

    async fn bare_read(&self) -> anyhow::Result<()> {
        sqlx::query(COUNT).fetch_one(&self.owner).await?;
        Ok(())
    }

    async fn read(&self) -> anyhow::Result<()> {
        sqlx::query(COUNT).fetch_one(self.store.reader(&self.scope)).await?;
        Ok(())
    }

    async fn bare_transaction(&self) -> anyhow::Result<()> {
        let mut tx = self.owner.begin().await?;
        sqlx::query(COUNT).fetch_one(&mut *tx).await?;
        Ok(tx.commit().await?)
    }

    async fn named_by_statement(&self) -> anyhow::Result<()> {
        let mut tx = self.serving.begin().await?;
        sqlx::query(NAME).bind(self.scope.program().to_string()).execute(&mut *tx).await?;
        sqlx::query(COUNT).fetch_one(&mut *tx).await?;
        Ok(tx.commit().await?)
    }

    async fn named_with_begin(&self) -> anyhow::Result<()> {
        let mut tx = self.store.begin(&self.scope).await?;
        sqlx::query(COUNT).fetch_one(tx.conn()).await?;
        Ok(tx.commit().await?)
    }
}
