//! Pools: their response times and fatigue rules, and which of them have work.

use std::time::Duration;

use harborline_identity::ProgramScope;
use harborline_store::{Store, StoreError, Tx};
use harborline_types::ProgramId;
use sqlx::{AssertSqlSafe, Executor, Postgres};

use crate::domain::{Ageing, FatigueRules, ResponseTimes};

/// Creates or changes a pool.
pub(crate) async fn pool_put(
    tx: &mut Tx,
    scope: &ProgramScope,
    times: &ResponseTimes,
    fatigue: &FatigueRules,
) -> Result<(), StoreError> {
    let replace = "do update
         set urgent_offer_timeout_ms = excluded.urgent_offer_timeout_ms, offer_timeout_ms = excluded.offer_timeout_ms,
             widen_after_ms = excluded.widen_after_ms, page_after_ms = excluded.page_after_ms,
             backup_after_ms = excluded.backup_after_ms, presence_grace_ms = excluded.presence_grace_ms,
             urgent_in_a_row = excluded.urgent_in_a_row, recovery_ms = excluded.recovery_ms,
             longest_stretch_ms = excluded.longest_stretch_ms, age_after_ms = excluded.age_after_ms,
             emergency_offers = excluded.emergency_offers";
    pool_write(tx, scope, times, fatigue, replace).await
}

/// Inserts a pool's rules; `on_conflict` says what to do with those that are there.
async fn pool_write(
    tx: &mut Tx,
    scope: &ProgramScope,
    times: &ResponseTimes,
    fatigue: &FatigueRules,
    on_conflict: &'static str,
) -> Result<(), StoreError> {
    let millis = |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    sqlx::query(AssertSqlSafe(format!(
        "insert into pool (program_id, urgent_offer_timeout_ms, offer_timeout_ms, widen_after_ms, page_after_ms,
                           backup_after_ms, presence_grace_ms, urgent_in_a_row, recovery_ms, longest_stretch_ms,
                           age_after_ms, emergency_offers)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         on conflict on constraint pool_key {on_conflict}"
    )))
    .bind(scope.program())
    .bind(millis(times.urgent_offer_timeout))
    .bind(millis(times.offer_timeout))
    .bind(times.widen_after.iter().copied().map(millis).collect::<Vec<_>>())
    .bind(millis(times.page_after))
    .bind(millis(times.backup_after))
    .bind(millis(times.presence_grace))
    .bind(fatigue.urgent_in_a_row)
    .bind(millis(fatigue.recovery))
    .bind(millis(fatigue.longest_stretch))
    .bind(millis(times.ageing.wait()))
    .bind(times.emergency_offers)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Locks a pool's rules against other edits until the transaction ends. Inserts the configured ones if it has none, so
/// that there is a row to lock.
pub(crate) async fn pool_lock(
    tx: &mut Tx,
    scope: &ProgramScope,
    (times, fatigue): &(ResponseTimes, FatigueRules),
) -> Result<(), StoreError> {
    pool_write(tx, scope, times, fatigue, "do nothing").await?;
    sqlx::query("select 1 from pool where program_id = $1 for no key update")
        .bind(scope.program())
        .execute(tx.conn())
        .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct PoolRow {
    urgent_offer_timeout_ms: i64,
    offer_timeout_ms: i64,
    widen_after_ms: Vec<i64>,
    page_after_ms: i64,
    backup_after_ms: i64,
    presence_grace_ms: i64,
    urgent_in_a_row: Option<i16>,
    recovery_ms: Option<i64>,
    longest_stretch_ms: Option<i64>,
    age_after_ms: i64,
    emergency_offers: Option<i16>,
}

/// A pool's own rules, if it has any; `configured` has those that the row leaves out.
pub(crate) async fn pool_rules(
    reader: impl Executor<'_, Database = Postgres>,
    scope: &ProgramScope,
    configured: &(ResponseTimes, FatigueRules),
) -> Result<Option<(ResponseTimes, FatigueRules)>, StoreError> {
    let row: Option<PoolRow> =
        sqlx::query_as("select * from pool where program_id = $1").bind(scope.program()).fetch_optional(reader).await?;
    let duration = |millis: i64| Duration::from_millis(millis.unsigned_abs());
    Ok(row.map(|row| {
        let response = ResponseTimes {
            urgent_offer_timeout: duration(row.urgent_offer_timeout_ms),
            offer_timeout: duration(row.offer_timeout_ms),
            widen_after: row.widen_after_ms.into_iter().map(duration).collect(),
            page_after: duration(row.page_after_ms),
            backup_after: duration(row.backup_after_ms),
            presence_grace: duration(row.presence_grace_ms),
            ageing: Ageing::after(duration(row.age_after_ms)),
            emergency_offers: row.emergency_offers.unwrap_or(configured.0.emergency_offers),
        };
        let configured = &configured.1;
        let fatigue = FatigueRules {
            urgent_in_a_row: row.urgent_in_a_row.unwrap_or(configured.urgent_in_a_row),
            recovery: row.recovery_ms.map_or(configured.recovery, duration),
            longest_stretch: row.longest_stretch_ms.map_or(configured.longest_stretch, duration),
        };
        (response, fatigue)
    }))
}

/// The programs that need a matcher: those with an open ticket, a counselor on duty, or a posted call.
pub(crate) async fn pools_at_work(store: &Store) -> Result<Vec<ProgramId>, StoreError> {
    let programs = sqlx::query_scalar(
        "select program_id from ticket where is_open
         union
         select program_id from presence
         union
         select program_id from matcher_post",
    )
    .fetch_all(store.across_programs())
    .await?;
    Ok(programs)
}
