//! Participants. What is known about one lies sealed in one record; what somebody is found by is asked by keyed hashes.

use harborline_identity::ProgramScope;
use harborline_keys::{ProgramKeys, Sealed};
use harborline_store::{OnConstraint, StoreError, Tx};
use harborline_types::{ParticipantId, Person, PersonId};
use sqlx::{Executor, FromRow, Postgres};

use super::participant_row::{ParticipantRow, hash, open_whereabouts, seal, seal_whereabouts};
use crate::domain::participant::{LookUp, Participant, ParticipantStatus, Summary, Whereabouts};
use crate::domain::verification::PhraseHash;
use crate::error::IntakeError;

/// The label of the hash that makes a number one participant's.
pub(super) const DEDICATED_NUMBER: &str = "participant.dedicated_number";

/// One participant of the program.
pub(crate) async fn participant_find(
    reader: impl Executor<'_, Database = Postgres>,
    keys: &ProgramKeys,
    scope: &ProgramScope,
    id: ParticipantId,
) -> Result<Option<Participant>, StoreError> {
    let row: Option<ParticipantRow> =
        sqlx::query_as("select * from participant where program_id = $1 and participant_id = $2")
            .bind(scope.program())
            .bind(id)
            .fetch_optional(reader)
            .await?;
    row.map(|row| row.open(keys)).transpose()
}

#[derive(FromRow)]
struct WithWhereabouts {
    #[sqlx(flatten)]
    row: ParticipantRow,
    whereabouts: Option<Sealed>,
}

/// One participant, and where the person was last known to be.
pub(crate) async fn participant_find_with_whereabouts(
    reader: impl Executor<'_, Database = Postgres>,
    keys: &ProgramKeys,
    scope: &ProgramScope,
    id: ParticipantId,
) -> Result<Option<(Participant, Option<Whereabouts>)>, StoreError> {
    let row: Option<WithWhereabouts> =
        sqlx::query_as("select * from participant where program_id = $1 and participant_id = $2")
            .bind(scope.program())
            .bind(id)
            .fetch_optional(reader)
            .await?;
    let Some(WithWhereabouts { row, whereabouts }) = row else { return Ok(None) };
    let whereabouts = whereabouts.map(|sealed| open_whereabouts(keys, id, &sealed)).transpose()?;
    Ok(Some((row.open(keys)?, whereabouts)))
}

/// A participant who is loaded for a change: nobody else changes them until the transaction ends.
pub(crate) struct LockedParticipant {
    pub(crate) participant: Participant,
    pub(crate) whereabouts: Option<Whereabouts>,
    pub(crate) phrase: PhraseHash,
}

/// Loads and locks a participant. When `clinician` is to be another one than now, the program is locked first, so that no
/// contact goes to the one before meanwhile.
pub(crate) async fn participant_for_update(
    tx: &mut Tx,
    scope: &ProgramScope,
    id: ParticipantId,
    clinician: Option<&Person>,
) -> Result<LockedParticipant, IntakeError> {
    let keys = tx.keys().await?;
    let row: Option<WithWhereabouts> = sqlx::query_as(
        "with held as materialized (
             select program_id from program
             where program_id = $1 and $3::text is not null and exists (
                 select from participant where program_id = $1 and participant_id = $2
                 and (responsible_clinician_id, responsible_clinician_name) is distinct from ($3, $4))
             for no key update
         )
         select participant.* from participant, (select count(*) from held) as held
         where program_id = $1 and participant_id = $2 and held.count >= 0
         for no key update of participant",
    )
    .bind(scope.program())
    .bind(id)
    .bind(clinician.map(|clinician| &clinician.id))
    .bind(clinician.map(|clinician| &clinician.name))
    .fetch_optional(tx.conn())
    .await
    .map_err(StoreError::from)?;
    let WithWhereabouts { row, whereabouts } = row.ok_or(IntakeError::ParticipantNotFound(id))?;
    let whereabouts = whereabouts.map(|sealed| open_whereabouts(&keys, id, &sealed)).transpose()?;
    let (participant, phrase) = row.open_whole(&keys)?;
    Ok(LockedParticipant { participant, whereabouts, phrase })
}

/// Whether somebody is the counselor in an open contact of the participant; none when there is no such participant.
pub(crate) async fn participant_is_answered_by(
    reader: impl Executor<'_, Database = Postgres>,
    scope: &ProgramScope,
    id: ParticipantId,
    person: &PersonId,
) -> Result<Option<bool>, StoreError> {
    let answered = sqlx::query_scalar(
        "select exists (select 1 from contact c where c.program_id = $1 and c.participant_id = $2
                            and c.state = 'answered'
                            and (c.counselor_id = $3 or exists (
                                select from joined where joined.program_id = $1
                                and joined.contact_id = c.contact_id and joined.person_id = $3)))
         from participant where program_id = $1 and participant_id = $2",
    )
    .bind(scope.program())
    .bind(id)
    .bind(person)
    .fetch_optional(reader)
    .await?;
    Ok(answered)
}

/// Enrolls a participant.
pub(crate) async fn participant_insert(
    tx: &mut Tx,
    scope: &ProgramScope,
    participant: &Participant,
    phrase: &PhraseHash,
) -> Result<(), IntakeError> {
    let (keys, details) = (tx.keys().await?, &participant.details);
    sqlx::query(
        "with enrolled as (
             insert into participant (program_id, participant_id, record, dedicated_number_hash, language, jurisdiction,
                 responsible_clinician_id, responsible_clinician_name, status, status_since, revision, enrolled_at,
                 updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         )
         insert into participant_look_up (program_id, participant_id, hash) select $1, $2, hash from unnest($14::bytea[]) hash",
    )
    .bind(scope.program())
    .bind(participant.id)
    .bind(seal(&keys, participant, phrase)?)
    .bind(keys.look_up(DEDICATED_NUMBER, &details.dedicated_number).as_slice())
    .bind(&details.language)
    .bind(&details.jurisdiction)
    .bind(&details.responsible_clinician.id)
    .bind(&details.responsible_clinician.name)
    .bind(participant.status)
    .bind(participant.status_since)
    .bind(participant.revision)
    .bind(participant.enrolled_at)
    .bind(participant.updated_at)
    .bind(hashes(&keys, &details.look_ups()))
    .execute(tx.conn())
    .await
    .on_constraint("participant_dedicated_number", || IntakeError::DedicatedNumberTaken)?;
    Ok(())
}

/// Writes what can change of a participant, and what they are found by.
pub(crate) async fn participant_save(
    tx: &mut Tx,
    scope: &ProgramScope,
    participant: &Participant,
    phrase: &PhraseHash,
) -> Result<(), IntakeError> {
    let (keys, details) = (tx.keys().await?, &participant.details);
    sqlx::query(
        "with saved as (
             update participant set record = $3, dedicated_number_hash = $4, language = $5, jurisdiction = $6,
                 responsible_clinician_id = $7, responsible_clinician_name = $8, status = $9, status_since = $10,
                 revision = $11, updated_at = $12
             where program_id = $1 and participant_id = $2
         ),
         forgotten as (
             delete from participant_look_up
             where program_id = $1 and participant_id = $2 and hash <> all($13::bytea[])
         )
         insert into participant_look_up (program_id, participant_id, hash) select $1, $2, hash from unnest($13::bytea[]) hash
         on conflict on constraint participant_look_up_key do nothing",
    )
    .bind(scope.program())
    .bind(participant.id)
    .bind(seal(&keys, participant, phrase)?)
    .bind(keys.look_up(DEDICATED_NUMBER, &details.dedicated_number).as_slice())
    .bind(&details.language)
    .bind(&details.jurisdiction)
    .bind(&details.responsible_clinician.id)
    .bind(&details.responsible_clinician.name)
    .bind(participant.status)
    .bind(participant.status_since)
    .bind(participant.revision)
    .bind(participant.updated_at)
    .bind(hashes(&keys, &details.look_ups()))
    .execute(tx.conn())
    .await
    .on_constraint("participant_dedicated_number", || IntakeError::DedicatedNumberTaken)?;
    Ok(())
}

fn hashes(keys: &ProgramKeys, look_ups: &[LookUp]) -> Vec<Vec<u8>> {
    look_ups.iter().map(|look_up| hash(keys, "participant_look_up", look_up)).collect()
}

/// Writes where a participant was last known to be. Answers false when there is no such participant.
pub(crate) async fn participant_save_whereabouts(
    tx: &mut Tx,
    scope: &ProgramScope,
    id: ParticipantId,
    whereabouts: &Whereabouts,
) -> Result<bool, StoreError> {
    let sealed = seal_whereabouts(&*tx.keys().await?, id, whereabouts)?;
    let saved = sqlx::query("update participant set whereabouts = $3 where program_id = $1 and participant_id = $2")
        .bind(scope.program())
        .bind(id)
        .bind(sealed)
        .execute(tx.conn())
        .await?;
    Ok(saved.rows_affected() == 1)
}

/// Which participants a page lists.
pub(crate) struct Listed<'a> {
    /// None: all.
    pub(crate) statuses: &'a [ParticipantStatus],
    pub(crate) clinician: Option<&'a PersonId>,
    pub(crate) after: Option<ParticipantId>,
    pub(crate) most: i64,
}

/// The program's participants, in the order in which they were enrolled.
pub(crate) async fn participant_list(
    reader: impl Executor<'_, Database = Postgres>,
    keys: &ProgramKeys,
    scope: &ProgramScope,
    listed: &Listed<'_>,
) -> Result<Vec<Summary>, StoreError> {
    let rows: Vec<ParticipantRow> = sqlx::query_as(
        "select * from participant
         where program_id = $1 and ($2::uuid is null or participant_id > $2)
           and (cardinality($3::text[]) = 0 or status = any($3))
           and ($4::text is null or responsible_clinician_id = $4)
         order by participant_id limit $5",
    )
    .bind(scope.program())
    .bind(listed.after)
    .bind(listed.statuses.iter().map(|status| status.as_str()).collect::<Vec<_>>())
    .bind(listed.clinician)
    .bind(listed.most)
    .fetch_all(reader)
    .await?;
    rows.into_iter().map(|row| row.summary(keys)).collect()
}

/// The participants who have all of these, in the order in which they were enrolled.
pub(crate) async fn participant_look_up(
    reader: impl Executor<'_, Database = Postgres>,
    keys: &ProgramKeys,
    scope: &ProgramScope,
    look_ups: &[LookUp],
    most: i64,
) -> Result<Vec<Summary>, StoreError> {
    let rows: Vec<ParticipantRow> = sqlx::query_as(
        "select participant.* from (
             select participant_id from participant_look_up where program_id = $1 and hash = any($2)
             group by participant_id having count(*) = cardinality($2)
             order by participant_id limit $3
         ) as found
         join participant on participant.program_id = $1 and participant.participant_id = found.participant_id
         order by participant.participant_id",
    )
    .bind(scope.program())
    .bind(hashes(keys, look_ups))
    .bind(most)
    .fetch_all(reader)
    .await?;
    rows.into_iter().map(|row| row.summary(keys)).collect()
}

/// Whether the program has this participant.
pub(crate) async fn participant_exists(
    executor: impl Executor<'_, Database = Postgres>,
    scope: &ProgramScope,
    id: ParticipantId,
) -> Result<bool, StoreError> {
    let exists = "select exists (select from participant where program_id = $1 and participant_id = $2)";
    Ok(sqlx::query_scalar(exists).bind(scope.program()).bind(id).fetch_one(executor).await?)
}

/// Whether there is such a participant, whose consents nobody else records or revokes until the transaction ends.
pub(crate) async fn participant_lock(tx: &mut Tx, scope: &ProgramScope, id: ParticipantId) -> Result<bool, StoreError> {
    let lock = "select 1 from participant where program_id = $1 and participant_id = $2 for no key update";
    let locked: Option<i32> = sqlx::query_scalar(lock).bind(scope.program()).bind(id).fetch_optional(tx.conn()).await?;
    Ok(locked.is_some())
}
