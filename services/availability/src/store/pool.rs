//! Pools: their response times, and which of them have work.

use std::time::Duration;

use harborline_identity::ProgramScope;
use harborline_store::{Store, StoreError, Tx};
use harborline_types::ProgramId;
use sqlx::PgConnection;

use crate::domain::ResponseTimes;

/// Creates or changes a pool.
pub(crate) async fn pool_put(tx: &mut Tx, scope: &ProgramScope, times: &ResponseTimes) -> Result<(), StoreError> {
    let millis = |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    sqlx::query(
        "insert into pool (program_id, urgent_offer_timeout_ms, offer_timeout_ms, widen_after_ms, page_after_ms,
                           backup_after_ms, presence_grace_ms)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict on constraint pool_key do update
         set urgent_offer_timeout_ms = excluded.urgent_offer_timeout_ms, offer_timeout_ms = excluded.offer_timeout_ms,
             widen_after_ms = excluded.widen_after_ms, page_after_ms = excluded.page_after_ms,
             backup_after_ms = excluded.backup_after_ms, presence_grace_ms = excluded.presence_grace_ms",
    )
    .bind(scope.program())
    .bind(millis(times.urgent_offer_timeout))
    .bind(millis(times.offer_timeout))
    .bind(times.widen_after.iter().copied().map(millis).collect::<Vec<_>>())
    .bind(millis(times.page_after))
    .bind(millis(times.backup_after))
    .bind(millis(times.presence_grace))
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A pool's own response times, if it has any.
pub(crate) async fn pool_times(
    connection: &mut PgConnection,
    scope: &ProgramScope,
) -> Result<Option<ResponseTimes>, StoreError> {
    let row: Option<(i64, i64, Vec<i64>, i64, i64, i64)> = sqlx::query_as(
        "select urgent_offer_timeout_ms, offer_timeout_ms, widen_after_ms, page_after_ms, backup_after_ms,
                presence_grace_ms
         from pool where program_id = $1",
    )
    .bind(scope.program())
    .fetch_optional(connection)
    .await?;
    let duration = |millis: i64| Duration::from_millis(millis.unsigned_abs());
    Ok(row.map(|(urgent, offer, widen, page, backup, grace)| ResponseTimes {
        urgent_offer_timeout: duration(urgent),
        offer_timeout: duration(offer),
        widen_after: widen.into_iter().map(duration).collect(),
        page_after: duration(page),
        backup_after: duration(backup),
        presence_grace: duration(grace),
    }))
}

/// The programs in which somebody waits or is on duty, or something is asked of the matcher.
pub(crate) async fn pools_at_work(store: &Store) -> Result<Vec<ProgramId>, StoreError> {
    let programs = sqlx::query_scalar(
        "select program_id from ticket where state in ('queued', 'offered', 'assigned') or offer_id is not null
         union
         select program_id from presence
         union
         select program_id from matcher_post",
    )
    .fetch_all(store.across_programs())
    .await?;
    Ok(programs)
}
