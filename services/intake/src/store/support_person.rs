//! Family members and other support persons. What is known of one lies sealed in one record; what somebody is found by is
//! asked by keyed hashes.

use harborline_identity::ProgramScope;
use harborline_keys::{Place, ProgramKeys, Sealed};
use harborline_store::{StoreError, Tx};
use harborline_types::{ParticipantId, PersonId, Phi, SupportPersonId, Timestamp};
use serde::{Deserialize, Serialize};
use sqlx::{Executor, FromRow, Postgres};

use super::participant_row::hash;
use crate::domain::participant::LookUp;
use crate::domain::support_person::{Details, SupportPerson};
use crate::domain::verification::PhraseHash;
use crate::error::IntakeError;

/// The label of the hash by which the holder of an access token is found.
const TOKEN_SUBJECT: &str = "support_person.token_subject";

/// So many of one participant are listed at most.
const MOST: i64 = 500;

#[derive(FromRow)]
struct PersonRow {
    support_person_id: SupportPersonId,
    participant_id: ParticipantId,
    record: Sealed,
    revision: i64,
    added_at: Timestamp,
    updated_at: Timestamp,
    ended_at: Option<Timestamp>,
}

/// What is sealed of a support person.
#[derive(Serialize, Deserialize)]
struct Record {
    details: Details,
    /// Salt and hash of the phrase; the phrase itself is never stored.
    phrase: Option<(Vec<u8>, Vec<u8>)>,
}

fn place(id: SupportPersonId) -> Place {
    Place::new("support_person", "record", id)
}

impl PersonRow {
    fn open(self, keys: &ProgramKeys) -> Result<SupportPerson, StoreError> {
        let record: Record = keys.open(&place(self.support_person_id), &self.record)?.into_exposed();
        Ok(SupportPerson {
            id: self.support_person_id,
            participant: self.participant_id,
            details: Phi::new(record.details),
            phrase: record.phrase.map(|(salt, hash)| PhraseHash { salt, hash }),
            revision: self.revision,
            added_at: self.added_at,
            updated_at: self.updated_at,
            ended_at: self.ended_at,
        })
    }
}

fn seal(keys: &ProgramKeys, person: &SupportPerson) -> Result<Sealed, StoreError> {
    let phrase = person.phrase.as_ref().map(|phrase| (phrase.salt.clone(), phrase.hash.clone()));
    Ok(keys.seal(&place(person.id), &Phi::new(Record { details: person.details.expose().clone(), phrase }))?)
}

fn hashes(keys: &ProgramKeys, look_ups: &[LookUp]) -> Vec<Vec<u8>> {
    look_ups.iter().map(|look_up| hash(keys, "support_person_look_up", look_up)).collect()
}

/// Of the bytes as they are: two subjects that look alike are two people's.
fn subject_hash(keys: &ProgramKeys, subject: &str) -> Option<Vec<u8>> {
    (!subject.is_empty()).then(|| keys.digest(TOKEN_SUBJECT, subject.as_bytes()).to_vec())
}

/// Writes a support person whose participant is locked, and what they are found by: nothing, once they are none any more.
pub(crate) async fn support_person_save(
    tx: &mut Tx,
    scope: &ProgramScope,
    person: &SupportPerson,
) -> Result<(), StoreError> {
    let (keys, details) = (tx.keys().await?, person.details.expose());
    let look_ups = if person.ended_at.is_some() { Vec::new() } else { details.look_ups() };
    sqlx::query(
        "with saved as (
             insert into support_person (program_id, support_person_id, participant_id, record, person_hash, revision,
                 added_at, updated_at, ended_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             on conflict on constraint support_person_key do update set record = excluded.record,
                 person_hash = excluded.person_hash, revision = excluded.revision, updated_at = excluded.updated_at,
                 ended_at = excluded.ended_at
         ),
         forgotten as (
             delete from support_person_look_up
             where program_id = $1 and support_person_id = $2 and hash <> all($10::bytea[])
         )
         insert into support_person_look_up (program_id, support_person_id, hash)
         select $1, $2, hash from unnest($10::bytea[]) hash
         on conflict on constraint support_person_look_up_key do nothing",
    )
    .bind(scope.program())
    .bind(person.id)
    .bind(person.participant)
    .bind(seal(&keys, person)?)
    .bind(subject_hash(&keys, &details.token_subject))
    .bind(person.revision)
    .bind(person.added_at)
    .bind(person.updated_at)
    .bind(person.ended_at)
    .bind(hashes(&keys, &look_ups))
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// One support person of a participant; of another's, none.
pub(crate) async fn support_person_find(
    reader: impl Executor<'_, Database = Postgres>,
    keys: &ProgramKeys,
    scope: &ProgramScope,
    participant: ParticipantId,
    id: SupportPersonId,
) -> Result<Option<SupportPerson>, StoreError> {
    let row: Option<PersonRow> = sqlx::query_as(
        "select * from support_person where program_id = $1 and support_person_id = $2 and participant_id = $3",
    )
    .bind(scope.program())
    .bind(id)
    .bind(participant)
    .fetch_optional(reader)
    .await?;
    row.map(|row| row.open(keys)).transpose()
}

/// The same for a change, whose participant is locked.
pub(crate) async fn support_person_for_update(
    tx: &mut Tx,
    scope: &ProgramScope,
    participant: ParticipantId,
    id: SupportPersonId,
) -> Result<SupportPerson, IntakeError> {
    let keys = tx.keys().await?;
    let person = support_person_find(tx.conn(), &keys, scope, participant, id).await?;
    person.ok_or(IntakeError::SupportPersonNotFound(id))
}

/// A participant's support persons, the first one first.
pub(crate) async fn support_person_list(
    reader: impl Executor<'_, Database = Postgres>,
    keys: &ProgramKeys,
    scope: &ProgramScope,
    participant: ParticipantId,
    with_ended: bool,
) -> Result<Vec<SupportPerson>, StoreError> {
    let rows: Vec<PersonRow> = sqlx::query_as(
        "select * from support_person where program_id = $1 and participant_id = $2 and ($3 or ended_at is null)
         order by support_person_id limit $4",
    )
    .bind(scope.program())
    .bind(participant)
    .bind(with_ended)
    .bind(MOST)
    .fetch_all(reader)
    .await?;
    rows.into_iter().map(|row| row.open(keys)).collect()
}

/// The support persons who have all of these, in the order in which they were put on record.
pub(crate) async fn support_person_look_up(
    reader: impl Executor<'_, Database = Postgres>,
    keys: &ProgramKeys,
    scope: &ProgramScope,
    look_ups: &[LookUp],
    most: i64,
) -> Result<Vec<SupportPerson>, StoreError> {
    let rows: Vec<PersonRow> = sqlx::query_as(
        "select support_person.* from (
             select support_person_id from support_person_look_up where program_id = $1 and hash = any($2)
             group by support_person_id having count(*) = cardinality($2)
             order by support_person_id limit $3
         ) as found
         join support_person
             on support_person.program_id = $1 and support_person.support_person_id = found.support_person_id
         order by support_person.support_person_id",
    )
    .bind(scope.program())
    .bind(hashes(keys, look_ups))
    .bind(most)
    .fetch_all(reader)
    .await?;
    rows.into_iter().map(|row| row.open(keys)).collect()
}

/// The support persons to whom an access token is bound, by whom each supports.
pub(crate) async fn support_persons_of_token(
    reader: impl Executor<'_, Database = Postgres>,
    keys: &ProgramKeys,
    scope: &ProgramScope,
    holder: &PersonId,
) -> Result<Vec<(SupportPersonId, ParticipantId)>, StoreError> {
    let persons = sqlx::query_as(
        "select support_person_id, participant_id from support_person
         where program_id = $1 and person_hash = $2 and ended_at is null order by support_person_id",
    )
    .bind(scope.program())
    .bind(subject_hash(keys, holder.as_str()))
    .fetch_all(reader)
    .await?;
    Ok(persons)
}
