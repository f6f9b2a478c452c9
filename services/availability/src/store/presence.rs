//! Presences of counselors, their Attend streams, and the heartbeats of replicas. All instants are real time.

use std::time::Duration;

use harborline_identity::ProgramScope;
use harborline_store::{Store, StoreError, Tx};
use harborline_types::PersonId;
use uuid::Uuid;

use super::{counselor_hint, on_duty_hint, pools_hint, wallboard_hint};

/// The most open Attend streams of one person.
pub(crate) const MOST_STREAMS: i64 = 8;

/// A counselor on duty.
#[derive(sqlx::FromRow)]
pub(crate) struct Presence {
    pub(crate) streams: Vec<Uuid>,
    pub(crate) connected: bool,
    pub(crate) on_break: bool,
    pub(crate) silent_count: i16,
}

/// Adds an Attend stream to the counselor's presence, which begins if there is none. Removes the counselor's streams at
/// replicas that have been silent for this long. False when there are too many streams even so: the caller must not
/// commit.
pub(crate) async fn presence_begin(
    tx: &mut Tx,
    scope: &ProgramScope,
    counselor: &PersonId,
    session: Uuid,
    replica: Uuid,
    silence: Duration,
) -> Result<bool, StoreError> {
    sqlx::query(
        "with here as (
             insert into replica (program_id, replica_id) values ($1, $4)
             on conflict on constraint replica_key do update set seen_at = now()
         ), begun as (
             insert into presence (program_id, counselor_id, session_id) values ($1, $2, $3)
             on conflict on constraint presence_key do update
             set session_id = excluded.session_id, disconnected_at = null
             returning on_break
         ), forgotten as (
             delete from attend_stream
             where program_id = $1 and counselor_id = $2 and replica_id <> $4 and not exists (
                 select from replica where replica.program_id = $1 and replica.replica_id = attend_stream.replica_id
                   and seen_at > clock_timestamp() - make_interval(secs => $5)
             )
         ), opened as (
             insert into attend_stream (program_id, counselor_id, session_id, replica_id) values ($1, $2, $3, $4)
         )
         insert into presence_event (program_id, counselor_id, state)
         select $1, $2, case when on_break then 'on_break' else 'here' end from begun",
    )
    .bind(scope.program())
    .bind(counselor)
    .bind(session)
    .bind(replica)
    .bind(silence.as_secs_f64())
    .execute(tx.conn())
    .await?;
    // A concurrent call for this counselor waits for the row of the presence, and then counts this stream.
    let streams: i64 =
        sqlx::query_scalar("select count(*) from attend_stream where program_id = $1 and counselor_id = $2")
            .bind(scope.program())
            .bind(counselor)
            .fetch_one(tx.conn())
            .await?;
    tx.hint(counselor_hint(scope.program(), counselor));
    tx.hint(pools_hint());
    tx.hint_with_commit(on_duty_hint(scope.program(), counselor)).await?;
    tx.hint(wallboard_hint(scope.program()));
    Ok(streams <= MOST_STREAMS)
}

/// Records that an Attend stream broke; the grace begins if it was the last one.
pub(crate) async fn presence_broken(
    tx: &mut Tx,
    scope: &ProgramScope,
    counselor: &PersonId,
    session: Uuid,
) -> Result<(), StoreError> {
    // Two streams that break at once do so one after the other, so that the second one sees that it was the last.
    sqlx::query("select from presence where program_id = $1 and counselor_id = $2 for update")
        .bind(scope.program())
        .bind(counselor)
        .execute(tx.conn())
        .await?;
    sqlx::query(
        "with broken as (
             delete from attend_stream where program_id = $1 and counselor_id = $2 and session_id = $3
         ), alone as (
             update presence set disconnected_at = clock_timestamp()
             where program_id = $1 and counselor_id = $2 and disconnected_at is null and not exists (
                 select from attend_stream
                 where attend_stream.program_id = $1 and attend_stream.counselor_id = $2
                   and attend_stream.session_id <> $3
             )
             returning disconnected_at
         )
         insert into presence_event (program_id, counselor_id, state, at)
         select $1, $2, 'reconnecting', disconnected_at from alone",
    )
    .bind(scope.program())
    .bind(counselor)
    .bind(session)
    .execute(tx.conn())
    .await?;
    tx.hint_with_commit(on_duty_hint(scope.program(), counselor)).await?;
    tx.hint(wallboard_hint(scope.program()));
    Ok(())
}

/// A counselor's presence, if on duty.
pub(crate) async fn presence_get(
    store: &Store,
    scope: &ProgramScope,
    counselor: &PersonId,
) -> Result<Option<Presence>, StoreError> {
    let presence = sqlx::query_as(
        "select disconnected_at is null as connected, on_break, silent_count,
                array(select attend_stream.session_id from attend_stream
                      where attend_stream.program_id = $1 and attend_stream.counselor_id = $2) as streams
         from presence where program_id = $1 and counselor_id = $2",
    )
    .bind(scope.program())
    .bind(counselor)
    .fetch_optional(store.reader(scope))
    .await?;
    Ok(presence)
}

/// Writes the heartbeat of a replica, in every program whose Attend streams it has.
pub(crate) async fn replica_beat(store: &Store, replica: Uuid) -> Result<(), StoreError> {
    sqlx::query("update replica set seen_at = clock_timestamp() where replica_id = $1")
        .bind(replica)
        .execute(store.across_programs())
        .await?;
    Ok(())
}

/// Removes replicas without a heartbeat for a day.
pub(crate) async fn replicas_forget(store: &Store) -> Result<(), StoreError> {
    sqlx::query("delete from replica where seen_at < now() - interval '1 day'")
        .execute(store.across_programs())
        .await?;
    Ok(())
}
