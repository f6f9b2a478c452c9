//! What cannot be undercut: the smallest statement that writes a contact and the duty to route it, by pgbench on the same
//! Postgres.

use std::time::Duration;

use crate::database::Database;
use crate::pgbench::{self, Floor};

const TABLES: &str = "drop table if exists bench_contact, bench_duty;
    create table bench_contact (contact_id uuid primary key, state text not null, opened_at timestamptz not null);
    create table bench_duty (duty_id bigserial primary key, kind text not null, contact_id uuid not null);";

/// One statement, in a transaction of its own.
const OPEN: &str = "with opened as (insert into bench_contact (contact_id, state, opened_at)
  values (gen_random_uuid(), 'received', now()) returning contact_id)
insert into bench_duty (kind, contact_id) select 'route', contact_id from opened;";

/// How many a second, at so many clients.
pub(super) async fn rate(database: &Database, clients: usize, length: Duration) -> anyhow::Result<f64> {
    database.run("postgres", TABLES).await?;
    Ok(Floor::said(&pgbench::run(database, OPEN, clients, length).await?)?.per_second)
}

/// The median at one client, in microseconds.
pub(super) async fn median(database: &Database, length: Duration) -> anyhow::Result<f64> {
    database.run("postgres", TABLES).await?;
    pgbench::median(database, OPEN, length).await
}
