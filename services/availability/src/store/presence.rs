//! Who is on duty, and which replicas say so. All instants are real time.

use harborline_identity::ProgramScope;
use harborline_store::{Store, StoreError, Tx};
use harborline_types::PersonId;
use uuid::Uuid;

use super::{board_hint, counselor_hint, on_duty_hint, pools_hint};

/// A counselor on duty.
#[derive(sqlx::FromRow)]
pub(crate) struct Presence {
    pub(crate) session_id: Uuid,
    pub(crate) connected: bool,
    pub(crate) on_break: bool,
}

/// Begins a presence, or takes up the one that is there: an older Attend stream ends.
pub(crate) async fn presence_begin(
    tx: &mut Tx,
    scope: &ProgramScope,
    counselor: &PersonId,
    session: Uuid,
    replica: Uuid,
) -> Result<(), StoreError> {
    sqlx::query(
        "with here as (
             insert into replica (program_id, replica_id) values ($1, $4)
             on conflict on constraint replica_key do update set seen_at = now()
         ), begun as (
             insert into presence (program_id, counselor_id, session_id, replica_id) values ($1, $2, $3, $4)
             on conflict on constraint presence_key do update
             set session_id = excluded.session_id, replica_id = excluded.replica_id, disconnected_at = null
             returning on_break
         )
         insert into presence_event (program_id, counselor_id, state)
         select $1, $2, case when on_break then 'on_break' else 'here' end from begun",
    )
    .bind(scope.program())
    .bind(counselor)
    .bind(session)
    .bind(replica)
    .execute(tx.conn())
    .await?;
    tx.hint(counselor_hint(scope.program(), counselor));
    tx.hint(pools_hint());
    tx.hint(on_duty_hint(scope.program(), counselor));
    tx.hint(board_hint(scope.program()));
    Ok(())
}

/// Notes that an Attend stream broke, if it is the one that counts.
pub(crate) async fn presence_broken(
    tx: &mut Tx,
    scope: &ProgramScope,
    counselor: &PersonId,
    session: Uuid,
) -> Result<(), StoreError> {
    sqlx::query(
        "with broken as (
             update presence set disconnected_at = clock_timestamp()
             where program_id = $1 and counselor_id = $2 and session_id = $3 and disconnected_at is null
             returning disconnected_at
         )
         insert into presence_event (program_id, counselor_id, state, at)
         select $1, $2, 'reconnecting', disconnected_at from broken",
    )
    .bind(scope.program())
    .bind(counselor)
    .bind(session)
    .execute(tx.conn())
    .await?;
    tx.hint(on_duty_hint(scope.program(), counselor));
    tx.hint(board_hint(scope.program()));
    Ok(())
}

/// A counselor's presence, if on duty.
pub(crate) async fn presence_get(
    store: &Store,
    scope: &ProgramScope,
    counselor: &PersonId,
) -> Result<Option<Presence>, StoreError> {
    let presence = sqlx::query_as(
        "select session_id, disconnected_at is null as connected, on_break from presence
         where program_id = $1 and counselor_id = $2",
    )
    .bind(scope.program())
    .bind(counselor)
    .fetch_optional(store.reader(scope))
    .await?;
    Ok(presence)
}

/// Says that a replica is there, for every program whose Attend streams it holds.
pub(crate) async fn replica_beat(store: &Store, replica: Uuid) -> Result<(), StoreError> {
    sqlx::query("update replica set seen_at = clock_timestamp() where replica_id = $1")
        .bind(replica)
        .execute(store.across_programs())
        .await?;
    Ok(())
}

/// Forgets replicas of yesterday.
pub(crate) async fn replicas_forget(store: &Store) -> Result<(), StoreError> {
    sqlx::query("delete from replica where seen_at < now() - interval '1 day'")
        .execute(store.across_programs())
        .await?;
    Ok(())
}
