//! Who is on duty, and which replicas say so. All instants are real time.

use harborline_identity::ProgramScope;
use harborline_store::{Store, StoreError, Tx};
use harborline_types::PersonId;
use uuid::Uuid;

use super::{counselor_hint, pool_hint, pools_hint};
use crate::domain::matcher::Silence;

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
         )
         insert into presence (program_id, counselor_id, session_id, replica_id) values ($1, $2, $3, $4)
         on conflict on constraint presence_key do update
         set session_id = excluded.session_id, replica_id = excluded.replica_id, disconnected_at = null",
    )
    .bind(scope.program())
    .bind(counselor)
    .bind(session)
    .bind(replica)
    .execute(tx.conn())
    .await?;
    tx.hint(counselor_hint(scope.program(), counselor));
    tx.hint(pools_hint());
    tx.hint(pool_hint(scope.program()));
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
        "update presence set disconnected_at = clock_timestamp()
         where program_id = $1 and counselor_id = $2 and session_id = $3 and disconnected_at is null",
    )
    .bind(scope.program())
    .bind(counselor)
    .bind(session)
    .execute(tx.conn())
    .await?;
    tx.hint(pool_hint(scope.program()));
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

/// Notes that a counselor answered an offer.
pub(crate) async fn presence_heard(tx: &mut Tx, scope: &ProgramScope, counselor: &PersonId) -> Result<(), StoreError> {
    sqlx::query(
        "update presence set silent_count = 0 where program_id = $1 and counselor_id = $2 and silent_count > 0",
    )
    .bind(scope.program())
    .bind(counselor)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Begins or ends a break.
pub(crate) async fn presence_break_set(
    tx: &mut Tx,
    scope: &ProgramScope,
    counselor: &PersonId,
    on_break: bool,
) -> Result<(), StoreError> {
    sqlx::query("update presence set on_break = $3, silent_count = 0 where program_id = $1 and counselor_id = $2")
        .bind(scope.program())
        .bind(counselor)
        .bind(on_break)
        .execute(tx.conn())
        .await?;
    tx.hint(counselor_hint(scope.program(), counselor));
    tx.hint(pool_hint(scope.program()));
    Ok(())
}

/// Goes off duty: no new offers.
pub(crate) async fn presence_leave(tx: &mut Tx, scope: &ProgramScope, counselor: &PersonId) -> Result<(), StoreError> {
    sqlx::query("update presence set leaving = true where program_id = $1 and counselor_id = $2")
        .bind(scope.program())
        .bind(counselor)
        .execute(tx.conn())
        .await?;
    tx.hint(pool_hint(scope.program()));
    Ok(())
}

/// Ends presences whose session is still this one and whose stream is broken or leaving; answers whose did end.
pub(crate) async fn presence_end(
    tx: &mut Tx,
    scope: &ProgramScope,
    ended: &[(PersonId, Uuid)],
) -> Result<Vec<PersonId>, StoreError> {
    let (counselors, sessions): (Vec<_>, Vec<_>) = ended.iter().cloned().unzip();
    let gone: Vec<PersonId> = sqlx::query_scalar(
        "delete from presence
         using unnest($2::text[], $3::uuid[]) as ended (counselor_id, session_id)
         where program_id = $1 and presence.counselor_id = ended.counselor_id
           and presence.session_id = ended.session_id
         returning presence.counselor_id",
    )
    .bind(scope.program())
    .bind(counselors)
    .bind(sessions)
    .fetch_all(tx.conn())
    .await?;
    for counselor in &gone {
        tx.hint(counselor_hint(scope.program(), counselor));
    }
    Ok(gone)
}

/// Notes who let offers run out, and who is on break for it.
pub(crate) async fn presence_silence(
    tx: &mut Tx,
    scope: &ProgramScope,
    silences: &[Silence],
) -> Result<(), StoreError> {
    for silence in silences {
        sqlx::query(
            "update presence set silent_count = $3, on_break = on_break or $4
             where program_id = $1 and counselor_id = $2",
        )
        .bind(scope.program())
        .bind(&silence.counselor)
        .bind(silence.count)
        .bind(silence.on_break)
        .execute(tx.conn())
        .await?;
    }
    Ok(())
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
