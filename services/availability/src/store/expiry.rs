//! Credentials that are about to end, and their announcements.

use harborline_identity::ProgramScope;
use harborline_store::{Store, StoreError, Tx};
use harborline_types::{PersonId, ShiftId, Timestamp};
use uuid::Uuid;

use super::counselor::CounselorRow;
use crate::domain::expiry::Expiring;
use crate::domain::{Counselor, Span};

/// The counselors with a credential that ends within a span.
pub(crate) async fn counselors_expiring(
    tx: &mut Tx,
    scope: &ProgramScope,
    within: Span,
) -> Result<Vec<Counselor>, StoreError> {
    let rows: Vec<CounselorRow> = sqlx::query_as(
        "select * from counselor
         where program_id = $1 and exists (
             select 1 from jsonb_array_elements(credentials) as credential
             where (credential ->> 'valid_until')::timestamptz > $2 and (credential ->> 'valid_until')::timestamptz <= $3
         )
         order by counselor_id",
    )
    .bind(scope.program())
    .bind(within.from)
    .bind(within.until)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Counselor::from).collect())
}

/// Whether any credential ends after an instant.
pub(crate) async fn credential_ends_after(
    tx: &mut Tx,
    scope: &ProgramScope,
    after: Timestamp,
) -> Result<bool, StoreError> {
    let any = sqlx::query_scalar(
        "select exists (
             select 1 from counselor, jsonb_array_elements(credentials) as credential
             where program_id = $1 and (credential ->> 'valid_until')::timestamptz > $2
         )",
    )
    .bind(scope.program())
    .bind(after)
    .fetch_one(tx.conn())
    .await?;
    Ok(any)
}

/// Records an announcement; false when it was on record already.
pub(crate) async fn credential_announcement_add(
    tx: &mut Tx,
    scope: &ProgramScope,
    id: Uuid,
    expiring: &Expiring,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let added = sqlx::query(
        "insert into credential_announcement (program_id, announcement_id, counselor_id, ends_at, shift_id,
                                              shift_starts_at, announced_at)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict on constraint credential_announcement_key do nothing",
    )
    .bind(scope.program())
    .bind(id)
    .bind(&expiring.counselor)
    .bind(expiring.ends_at)
    .bind(expiring.shift.map(|(shift_day, _)| shift_day.shift))
    .bind(expiring.shift.map(|(_, starts_at)| starts_at))
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(added.rows_affected() > 0)
}

/// The announcement of a credential that is about to end.
#[derive(sqlx::FromRow)]
pub(crate) struct CredentialAnnouncement {
    pub(crate) counselor_id: PersonId,
    pub(crate) ends_at: Timestamp,
    pub(crate) shift_id: Option<ShiftId>,
    pub(crate) shift_starts_at: Option<Timestamp>,
}

/// An announcement, if there is one of that id.
pub(crate) async fn credential_announcement_get(
    store: &Store,
    scope: &ProgramScope,
    id: Uuid,
) -> Result<Option<CredentialAnnouncement>, StoreError> {
    let row = sqlx::query_as("select * from credential_announcement where program_id = $1 and announcement_id = $2")
        .bind(scope.program())
        .bind(id)
        .fetch_optional(store.reader(scope))
        .await?;
    Ok(row)
}
