//! The rows behind duties: claiming, finishing, backing off, parking. All of it spans programs: a worker takes
//! whatever is due.

use std::collections::HashSet;
use std::time::Duration;

use harborline_store::{Store, StoreError};
use harborline_types::{DutyId, ProgramId, Timestamp};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

/// A duty that this worker holds until its lease is over.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct Claimed {
    pub(crate) program_id: ProgramId,
    pub(crate) duty_id: DutyId,
    pub(crate) kind: String,
    pub(crate) subject: String,
    /// None when it was due at once.
    pub(crate) due_at: Option<Timestamp>,
    pub(crate) attempt: i32,
    pub(crate) generation: i32,
    pub(crate) traceparent: Option<String>,
}

/// So many of what is due the longest are looked at for a claim: those that a surge of one program, or of one kind, does not
/// fill are claimed in turn with the others.
const IN_VIEW: i64 = 1024;

/// Claims up to `most` duties that are due: the first of each program and kind before the second of any.
pub(crate) async fn claim(
    store: &Store,
    holder: Uuid,
    kinds: &[&str],
    now: Timestamp,
    lease: Duration,
    most: usize,
) -> Result<Vec<Claimed>, StoreError> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let claimed = sqlx::query_as(
        // Found by where they are: a plan by their keys would read all of a backlog that the statistics do not know of.
        "with due as materialized (
             select ctid as place, program_id, kind, due_at from duty
             where parked_at is null and kind = any($1) and due_at <= $2 and retry_at <= now()
               and (lease_until is null or lease_until < now())
             order by due_at limit $6
         ),
         in_turn as (
             select place, due_at, row_number() over (partition by program_id, kind order by due_at) as turn from due
         ),
         next as materialized (
             select place from in_turn order by turn, due_at limit $3
         )
         update duty set lease_until = now() + make_interval(secs => $4), lease_holder = $5, attempt = attempt + 1
         where ctid = any(array(
             select held.place from next cross join lateral (
                 select ctid as place from duty
                 where ctid = next.place and parked_at is null and due_at <= $2 and retry_at <= now()
                   and (lease_until is null or lease_until < now())
                 for update skip locked
             ) as held
         ))
         returning program_id, duty_id, kind, subject,
                   case when isfinite(due_at) then due_at end as due_at, attempt, generation, traceparent",
    )
    .bind(kinds)
    .bind(now)
    .bind(most)
    .bind(lease.as_secs_f64())
    .bind(holder)
    .bind(IN_VIEW.max(most))
    .fetch_all(store.across_programs())
    .await?;
    Ok(claimed)
}

/// When the next duty needs a worker: the earliest due instant in the future of the domain's clock, and the real
/// seconds until the earliest retry or lease end.
pub(crate) async fn next(
    store: &Store,
    kinds: &[&str],
    now: Timestamp,
) -> Result<(Option<Timestamp>, Option<f64>), StoreError> {
    let next = sqlx::query_as(
        "select (select due_at from duty where parked_at is null and kind = any($1) and due_at > $2
                 order by due_at limit 1),
                (select extract(epoch from min(greatest(retry_at, coalesce(lease_until, retry_at))) - now())::float8
                 from duty where parked_at is null and kind = any($1) and due_at <= $2)",
    )
    .bind(kinds)
    .bind(now)
    .fetch_one(store.across_programs())
    .await?;
    Ok(next)
}

/// Ends duties, and gives back those that were owed again meanwhile. Answers which somebody else holds locked, who is
/// perhaps owing them again: a statement that holds one row and waits for another may end in a deadlock. For one alone it
/// waits.
pub(crate) async fn finish(store: &Store, holder: Uuid, duties: &[Claimed]) -> Result<HashSet<DutyId>, StoreError> {
    let wait = if duties.len() == 1 { "" } else { "skip locked" };
    let statement = format!(
        "with ended as (
             select * from unnest($2::uuid[], $3::uuid[], $4::int4[]) as ended (program_id, duty_id, generation)
         ),
         found as (
             select ended.duty_id, held.* from ended
             cross join lateral (
                 select duty.ctid as place, duty.generation = ended.generation as is_done from duty
                 where duty.program_id = ended.program_id and duty.duty_id = ended.duty_id and lease_holder = $1
                 for update {wait}
             ) as held
         ),
         done as (
             delete from duty where ctid = any(array(select place from found where is_done))
         ),
         again as (
             update duty set lease_until = null, lease_holder = null, attempt = 0
             where ctid = any(array(select place from found where not is_done))
         )
         select ended.duty_id from ended
         where duty_id not in (select duty_id from found) and exists (
             select from duty
             where duty.program_id = ended.program_id and duty.duty_id = ended.duty_id and lease_holder = $1
         )"
    );
    let locked: Vec<DutyId> = sqlx::query_scalar(AssertSqlSafe(statement))
        .bind(holder)
        .bind(duties.iter().map(|duty| duty.program_id).collect::<Vec<_>>())
        .bind(duties.iter().map(|duty| duty.duty_id).collect::<Vec<_>>())
        .bind(duties.iter().map(|duty| duty.generation).collect::<Vec<_>>())
        .fetch_all(store.across_programs())
        .await?;
    Ok(locked.into_iter().collect())
}

/// Puts a duty off to a later instant of the domain's clock, unless it was owed again meanwhile.
pub(crate) async fn put_off(store: &Store, holder: Uuid, duty: &Claimed, due_at: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "update duty set lease_until = null, lease_holder = null, attempt = 0,
                         due_at = case when generation = $4 then $5 else due_at end
         where program_id = $1 and duty_id = $2 and lease_holder = $3",
    )
    .bind(duty.program_id)
    .bind(duty.duty_id)
    .bind(holder)
    .bind(duty.generation)
    .bind(due_at)
    .execute(store.across_programs())
    .await?;
    Ok(())
}

/// Gives a duty back to be tried after a while, or parks it.
pub(crate) async fn give_back(
    store: &Store,
    holder: Uuid,
    duty: &Claimed,
    reason: &str,
    retry_in: Duration,
    park: bool,
) -> Result<(), StoreError> {
    sqlx::query(
        "update duty set lease_until = null, lease_holder = null, last_reason = $4,
                         retry_at = now() + make_interval(secs => $5),
                         parked_at = case when $6 and generation = $7 then now() end
         where program_id = $1 and duty_id = $2 and lease_holder = $3",
    )
    .bind(duty.program_id)
    .bind(duty.duty_id)
    .bind(holder)
    .bind(reason)
    .bind(retry_in.as_secs_f64())
    .bind(park)
    .bind(duty.generation)
    .execute(store.across_programs())
    .await?;
    Ok(())
}

/// How many duties of each kind are open, the parked ones included.
pub(crate) async fn backlog(store: &Store) -> Result<Vec<(String, u64)>, StoreError> {
    let rows: Vec<(String, i64)> =
        sqlx::query_as("select kind, count(*) from duty group by kind").fetch_all(store.across_programs()).await?;
    Ok(rows.into_iter().map(|(kind, count)| (kind, count.unsigned_abs())).collect())
}
