//! The right to decide for a pool: one holder at a time, fenced.

use std::time::Duration;

use harborline_identity::ProgramScope;
use harborline_store::{Bound, Store, StoreError};
use harborline_types::Timestamp;
use uuid::Uuid;

use super::lease_hint;

/// A lease that this replica holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    pub(super) holder: Uuid,
    pub(super) fence: i64,
    /// When this replica took it. Real time.
    pub(crate) since: Timestamp,
}

impl Held {
    /// Grows with each holder.
    pub(crate) fn fence(self) -> i64 {
        self.fence
    }
}

/// The replica that leads a pool.
pub(crate) enum Leadership {
    /// This replica.
    Ours(Held),
    /// Another replica, for at least this long; none when the last holder has just given the lease back.
    Theirs(Option<Uuid>, Duration),
}

/// Takes the lease when no replica has it.
pub(crate) async fn lease_acquire(
    store: &Store,
    scope: &ProgramScope,
    holder: Uuid,
    length: Duration,
) -> Result<Leadership, StoreError> {
    let mut tx = store.begin(scope).await?;
    let taken: Option<(i64, Timestamp)> = sqlx::query_as(
        "insert into matcher_lease (program_id, holder, fence, since, until)
         values ($1, $2, 1, clock_timestamp(), clock_timestamp() + make_interval(secs => $3))
         on conflict on constraint matcher_lease_key do update
         set holder = excluded.holder, fence = matcher_lease.fence + 1, since = excluded.since,
             until = excluded.until
         where matcher_lease.until < clock_timestamp()
         returning fence, since",
    )
    .bind(scope.program())
    .bind(holder)
    .bind(length.as_secs_f64())
    .fetch_optional(tx.conn())
    .await?;
    if let Some((fence, since)) = taken {
        tx.commit().await?;
        return Ok(Leadership::Ours(Held { holder, fence, since }));
    }
    let theirs: Option<(Uuid, f64)> = sqlx::query_as(
        "select holder, extract(epoch from until - clock_timestamp())::float8 from matcher_lease where program_id = $1",
    )
    .bind(scope.program())
    .fetch_optional(tx.conn())
    .await?;
    let (holder, left) = theirs.map_or((None, 0.0), |(holder, left)| (Some(holder).filter(|_| left > 0.0), left));
    Ok(Leadership::Theirs(holder, Duration::from_secs_f64(left.clamp(0.005, length.as_secs_f64()))))
}

/// Renews the lease, and answers the database's clock; none when the lease is lost. A lease that ran out is lost even
/// if no replica took it: a matcher that was cut off from the database must not count the silence of others as theirs.
pub(crate) async fn lease_renew(
    bound: &mut Bound,
    scope: &ProgramScope,
    held: Held,
    length: Duration,
) -> Result<Option<Timestamp>, StoreError> {
    let renewed = sqlx::query_scalar(
        "update matcher_lease set until = clock_timestamp() + make_interval(secs => $4)
         where program_id = $1 and holder = $2 and fence = $3 and until >= clock_timestamp()
         returning clock_timestamp()",
    )
    .bind(scope.program())
    .bind(held.holder)
    .bind(held.fence)
    .bind(length.as_secs_f64())
    .fetch_optional(bound.conn())
    .await?;
    Ok(renewed)
}

/// Gives the lease back, so that another replica need not wait for its end.
pub(crate) async fn lease_give_back(store: &Store, scope: &ProgramScope, held: Held) -> Result<(), StoreError> {
    let mut tx = store.begin(scope).await?;
    sqlx::query("update matcher_lease set until = '-infinity' where program_id = $1 and holder = $2 and fence = $3")
        .bind(scope.program())
        .bind(held.holder)
        .bind(held.fence)
        .execute(tx.conn())
        .await?;
    tx.hint(lease_hint(scope.program()));
    tx.commit().await
}
