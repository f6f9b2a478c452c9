//! What cannot be undercut: the smallest transactions that could record an assignment, by pgbench on the same Postgres.

use std::time::Duration;

use anyhow::Context;

use crate::database::Database;
use crate::pgbench::{self, Floor};

/// Two insertions in one statement.
const SMALLEST: &str = "with taken as (insert into bench_assignment (slot, epoch, contact_id)
  values ((random() * 1e9)::int, (random() * 1e9)::int, gen_random_uuid()) on conflict do nothing)
insert into bench_outbox (body) values ('assigned');";

/// The best stateless reservation that was found: one statement, and one that gives it back. Each wants one of the
/// [`KINDS`] by chance, so that all counselors take their turns, and the one who is idle longest among the eligible is
/// some ten rows away. Who finds nobody gives nothing back: pgbench counts that as failed, and leaves it out of the rate.
/// It was one in ten thousand where 32 clients want one of 100 counselors, nine of each kind, and none among more.
const RESERVE: &str = "\\set kind random(0, 10)
with best as (select slot from bench_slot where state = 0 and caps & (1 << :kind) <> 0
  order by idle_since limit 1 for update skip locked),
got as (update bench_slot set state = 1 from best where bench_slot.slot = best.slot returning bench_slot.slot)
select coalesce(max(slot), -1) as taken from got \\gset
\\if :taken < 0
do 'begin raise serialization_failure; end';
\\endif
update bench_slot set state = 0, idle_since = clock_timestamp() where slot = :taken;";

/// How [`RESERVE`] begins where pgbench lists its commands.
const RESERVING: &str = "with best as";

/// Counselors are of so many kinds, one bit each: 9 % are eligible for whoever wants one of a kind.
const KINDS: usize = 11;

/// The smallest transaction, at so many clients.
pub(crate) async fn smallest(database: &Database, clients: usize, length: Duration) -> anyhow::Result<Floor> {
    database.run("postgres", &tables(1)).await?;
    Floor::said(&pgbench::run(database, SMALLEST, clients, length).await?)
}

/// One `FOR UPDATE SKIP LOCKED` reservation and its release, at 32 clients: more are slower.
pub(crate) async fn reserve(database: &Database, counselors: usize, length: Duration) -> anyhow::Result<Floor> {
    database.run("postgres", &tables(counselors)).await?;
    Floor::said(&pgbench::run(database, RESERVE, 32, length).await?)
}

/// How long the statement that reserves takes at one client, without the one that gives back.
pub(crate) async fn reserving(database: &Database, counselors: usize, length: Duration) -> anyhow::Result<Duration> {
    database.run("postgres", &tables(counselors)).await?;
    let said = pgbench::run(database, RESERVE, 1, length).await?;
    let command = said.lines().find(|line| line.contains(RESERVING));
    let millis: Option<f64> = command.and_then(|line| line.split_whitespace().next()?.parse().ok());
    Ok(Duration::from_secs_f64(millis.with_context(|| format!("pgbench lists no reservation: {said}"))? / 1e3))
}

/// Fresh tables: one slot a counselor, of each kind as many.
fn tables(counselors: usize) -> String {
    format!(
        "drop table if exists bench_assignment, bench_outbox, bench_slot;
         create table bench_assignment (slot int, epoch int, contact_id uuid, primary key (slot, epoch));
         create table bench_outbox (id bigserial primary key, body text);
         create table bench_slot (slot int primary key, state int not null default 0, caps int not null,
                                  idle_since timestamptz not null default clock_timestamp());
         insert into bench_slot (slot, caps) select n, 1 << (n % {KINDS}) from generate_series(1, {counselors}) as n;
         create index bench_slot_free on bench_slot (idle_since) where state = 0;
         analyze bench_slot;"
    )
}
