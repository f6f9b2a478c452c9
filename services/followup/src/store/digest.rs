//! Next-session digests.

use harborline_identity::ProgramScope;
use harborline_keys::{Place, ProgramKeys, Sealed};
use harborline_store::{Store, StoreError, Tx};
use harborline_types::{Acuity, ContactId, ParticipantId, Phi, Timestamp};

use crate::domain::attempt::AttemptState;
use crate::domain::digest::{Entry, EntryKind};

/// Unread entries that one answer holds at most; acknowledging them shows the next.
const MOST_ENTRIES: i64 = 500;

/// An entry with its place in the digest.
pub(crate) struct Placed {
    pub(crate) sequence: i64,
    pub(crate) entry: Entry,
}

#[derive(sqlx::FromRow)]
struct Row {
    sequence: i64,
    kind: EntryKind,
    at: Timestamp,
    contact_id: ContactId,
    acuity: Acuity,
    reasons: Sealed,
    attempt_state: Option<AttemptState>,
}

/// Where an entry's reasons are sealed for.
fn place(participant: ParticipantId, sequence: i64) -> Place {
    Place::new("digest_entry", "reasons", format_args!("{participant}/{sequence}"))
}

impl Row {
    fn open(self, keys: &ProgramKeys, participant: ParticipantId) -> Result<Placed, StoreError> {
        let row = self;
        let reasons = keys.open(&place(participant, row.sequence), &row.reasons)?.into_exposed();
        let entry = Entry {
            kind: row.kind,
            at: row.at,
            contact: row.contact_id,
            acuity: row.acuity,
            reasons,
            attempt_state: row.attempt_state,
        };
        Ok(Placed { sequence: row.sequence, entry })
    }
}

/// Appends an entry to a participant's digest.
pub(crate) async fn digest_append(
    tx: &mut Tx,
    scope: &ProgramScope,
    participant: ParticipantId,
    entry: &Entry,
) -> Result<(), StoreError> {
    let sequence: i64 = sqlx::query_scalar(
        "insert into session_digest (program_id, participant_id, last_sequence) values ($1, $2, 1)
         on conflict on constraint session_digest_key do update
         set last_sequence = session_digest.last_sequence + 1
         returning last_sequence",
    )
    .bind(scope.program())
    .bind(participant)
    .fetch_one(tx.conn())
    .await?;
    let reasons = Phi::new(entry.reasons.clone());
    let reasons = tx.keys().await?.seal(&place(participant, sequence), &reasons)?;
    sqlx::query(
        "insert into digest_entry (program_id, participant_id, sequence, kind, at, contact_id, acuity, reasons,
                                   attempt_state)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(scope.program())
    .bind(participant)
    .bind(sequence)
    .bind(entry.kind)
    .bind(entry.at)
    .bind(entry.contact)
    .bind(entry.acuity)
    .bind(reasons)
    .bind(entry.attempt_state)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Takes what a participant's digest says of a contact out of it, which is another one's: the care team has not read it, or
/// has, and then it stays.
pub(crate) async fn digest_forget(
    tx: &mut Tx,
    scope: &ProgramScope,
    participant: ParticipantId,
    contact: ContactId,
) -> Result<(), StoreError> {
    sqlx::query(
        "delete from digest_entry where program_id = $1 and participant_id = $2 and contact_id = $3
             and sequence > (select acknowledged from session_digest where program_id = $1 and participant_id = $2)",
    )
    .bind(scope.program())
    .bind(participant)
    .bind(contact)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What the care team has not acknowledged, oldest first.
pub(crate) async fn digest_unread(
    store: &Store,
    scope: &ProgramScope,
    participant: ParticipantId,
) -> Result<Vec<Placed>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "select sequence, kind, at, contact_id, acuity, reasons, attempt_state
         from digest_entry entry join session_digest digest using (program_id, participant_id)
         where program_id = $1 and participant_id = $2 and sequence > digest.acknowledged
         order by sequence limit $3",
    )
    .bind(scope.program())
    .bind(participant)
    .bind(MOST_ENTRIES)
    .fetch_all(store.reader(scope))
    .await?;
    let keys = store.keys(scope).await?;
    rows.into_iter().map(|row| row.open(&keys, participant)).collect()
}

/// Acknowledges up to an entry; what was acknowledged further stays so. False when there is no such entry.
pub(crate) async fn digest_acknowledge(
    tx: &mut Tx,
    scope: &ProgramScope,
    participant: ParticipantId,
    up_to: i64,
) -> Result<bool, StoreError> {
    let acknowledged = sqlx::query(
        "update session_digest set acknowledged = greatest(acknowledged, $3)
         where program_id = $1 and participant_id = $2 and last_sequence >= $3",
    )
    .bind(scope.program())
    .bind(participant)
    .bind(up_to)
    .execute(tx.conn())
    .await?;
    Ok(acknowledged.rows_affected() == 1)
}
