//! What cannot be undercut: a bare call, and the smallest transactions that could record an assignment.

use std::time::{Duration, Instant};

use anyhow::Context;
use tonic::transport::server::TcpIncoming;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::database::Database;

/// The floors for one number of callers.
pub(crate) struct Floors {
    pub(crate) echo_per_second: f64,
    pub(crate) smallest_per_second: f64,
    pub(crate) reserve_per_second: f64,
}

/// Two insertions in one statement.
const SMALLEST: &str = "with taken as (insert into bench_assignment (slot, epoch, contact_id)
  values ((random() * 1e9)::int, (random() * 1e9)::int, gen_random_uuid()) on conflict do nothing)
insert into bench_outbox (body) values ('assigned');";

/// The best stateless reservation that was found: one statement, and one that gives it back.
const RESERVE: &str = "with best as (select slot from bench_slot where state = 0 and caps & 1 = 1
  order by idle_since limit 1 for update skip locked)
update bench_slot set state = 1 from best where bench_slot.slot = best.slot returning bench_slot.slot as taken \\gset
update bench_slot set state = 0, idle_since = clock_timestamp() where slot = :taken;";

pub(crate) async fn measure(database: &Database, callers: usize, size: usize, quick: bool) -> anyhow::Result<Floors> {
    let length = Duration::from_secs(if quick { 2 } else { 5 });
    database.run("postgres", &tables(size)).await?;
    let clients = callers.min(32);
    let smallest_per_second = pgbench(database, SMALLEST, clients, length).await?;
    let reserve_per_second = pgbench(database, RESERVE, clients, length).await?;
    Ok(Floors { echo_per_second: echo(callers, length).await?, smallest_per_second, reserve_per_second })
}

/// Fresh tables: one slot a counselor, of whom one in eleven is eligible.
fn tables(size: usize) -> String {
    format!(
        "drop table if exists bench_assignment, bench_outbox, bench_slot;
         create table bench_assignment (slot int, epoch int, contact_id uuid, primary key (slot, epoch));
         create table bench_outbox (id bigserial primary key, body text);
         create table bench_slot (slot int primary key, state int not null default 0, caps int not null,
                                  idle_since timestamptz not null default clock_timestamp());
         insert into bench_slot (slot, caps) select n, case when n % 11 = 0 then 1 else 2 end
         from generate_series(1, {size}) as n;
         create index bench_slot_free on bench_slot (idle_since) where state = 0;
         analyze bench_slot;"
    )
}

async fn pgbench(database: &Database, script: &str, clients: usize, length: Duration) -> anyhow::Result<f64> {
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), script)?;
    let beside = database.binaries.join("pgbench");
    let program = if beside.exists() { beside } else { "pgbench".into() };
    let ran = tokio::process::Command::new(program)
        .args(["-n", "-M", "prepared", "-j", "2", "-c", &clients.to_string()])
        .args(["-T", &length.as_secs().to_string(), "-f"])
        .arg(file.path())
        .arg(database.server.dsn("postgres"))
        .output()
        .await
        .context("pgbench runs")?;
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    let tps = said.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    tps.with_context(|| format!("pgbench says no rate: {said} {}", String::from_utf8_lossy(&ran.stderr)))
}

/// Unary calls that do nothing, through the same stack of client and server.
async fn echo(callers: usize, length: Duration) -> anyhow::Result<f64> {
    let (_, service) = tonic_health::server::health_reporter();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let serving = tokio::spawn(tonic::transport::Server::builder().add_service(service).serve_with_incoming(incoming));
    let client = HealthClient::new(tonic::transport::Channel::from_shared(address)?.connect().await?);
    let (begun, until) = (Instant::now(), Instant::now() + length);
    let calls = (0..callers).map(|_| {
        let mut client = client.clone();
        async move {
            let mut count = 0_u64;
            while Instant::now() < until {
                client.check(HealthCheckRequest::default()).await?;
                count += 1;
            }
            Ok::<_, tonic::Status>(count)
        }
    });
    let count: u64 = futures::future::try_join_all(calls).await?.iter().sum();
    serving.abort();
    Ok(count as f64 / begun.elapsed().as_secs_f64())
}
