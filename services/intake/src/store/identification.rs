//! Who callers turned out to be, and the tries to be recognized by a phrase.

use harborline_identity::ProgramScope;
use harborline_store::{OnConstraint, StoreError, Tx};
use harborline_types::{CallerKind, ContactId, ParticipantId, Person, PersonId, Phi, SupportPersonId, Timestamp};
use sqlx::types::Uuid;
use sqlx::{Executor, FromRow, Postgres};

use super::participant::DEDICATED_NUMBER;
use super::participant_row::ParticipantRow;
use super::support_person::support_person_find;
use crate::domain::contact::Contact;
use crate::domain::identification::{Identification, IdentificationBasis, Identified, Tries};
use crate::domain::verification::PhraseHash;
use crate::error::IntakeError;

/// Whose phrase a caller says.
pub(crate) enum Claimed {
    Participant(ParticipantId),
    DedicatedNumber(Phi<String>),
    Nobody,
}

/// Whose phrase a caller says, with what is kept of it.
pub(crate) struct Said {
    pub(crate) participant: Option<ParticipantId>,
    pub(crate) support_person: Option<SupportPersonId>,
    pub(crate) phrase: Option<PhraseHash>,
}

/// Whom a caller claims to be: a participant, or a support person of theirs. Whether there is one or not, it is as many
/// messages.
pub(crate) async fn claimed_find(
    tx: &mut Tx,
    scope: &ProgramScope,
    claimed: &Claimed,
    support_person: Option<SupportPersonId>,
) -> Result<Said, StoreError> {
    let keys = tx.keys().await?;
    let (id, number) = match claimed {
        Claimed::Participant(id) => (Some(*id), None),
        Claimed::DedicatedNumber(number) => (None, Some(keys.look_up(DEDICATED_NUMBER, number).to_vec())),
        Claimed::Nobody => (None, None),
    };
    let row: Option<ParticipantRow> = sqlx::query_as(
        "select * from participant where program_id = $1 and (participant_id = $2 or dedicated_number_hash = $3)",
    )
    .bind(scope.program())
    .bind(id)
    .bind(number)
    .fetch_optional(tx.conn())
    .await?;
    let (participant, phrase) = row.map(|row| row.open_whole(&keys)).transpose()?.unzip();
    let participant = participant.map(|participant| participant.id);
    let Some(support_person) = support_person else { return Ok(Said { participant, support_person: None, phrase }) };
    let of = participant.unwrap_or(ParticipantId(Uuid::nil()));
    let person = support_person_find(tx.conn(), &keys, scope, of, support_person).await?;
    let person = person.filter(|person| person.ended_at.is_none());
    let support_person = person.as_ref().map(|person| person.id);
    Ok(Said { participant, support_person, phrase: person.and_then(|person| person.phrase) })
}

/// The tries made in a contact, which is locked, and with a participant's phrase after `since`.
pub(crate) async fn tries_count(
    tx: &mut Tx,
    scope: &ProgramScope,
    contact: ContactId,
    participant: Option<ParticipantId>,
    since: Timestamp,
) -> Result<Tries, StoreError> {
    let (of_contact, of_participant) = sqlx::query_as(
        "select (select count(*) from verification_try where program_id = $1 and contact_id = $2),
                (select count(*) from verification_try
                 where program_id = $1 and participant_id = $3 and tried_at > $4)",
    )
    .bind(scope.program())
    .bind(contact)
    .bind(participant)
    .bind(since)
    .fetch_one(tx.conn())
    .await?;
    Ok(Tries { of_contact, of_participant })
}

/// Notes a try in a contact, which is locked.
pub(crate) async fn try_insert(
    tx: &mut Tx,
    scope: &ProgramScope,
    contact: ContactId,
    said: &Said,
    is_right: bool,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into verification_try (program_id, contact_id, number, participant_id, support_person_id, is_right, tried_at)
         select $1, $2, count(*) + 1, $3, $4, $5, $6 from verification_try where program_id = $1 and contact_id = $2",
    )
    .bind(scope.program())
    .bind(contact)
    .bind(said.participant)
    .bind(said.support_person)
    .bind(is_right)
    .bind(at)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What an identification depends on.
#[derive(FromRow)]
pub(crate) struct BeforeIdentification {
    /// The program has the participant.
    pub(crate) is_known: bool,
    /// The support person is the participant's; true where there is none.
    pub(crate) is_supported: bool,
    /// The caller said the phrase in the contact: the participant's or, as a support person, their own.
    pub(crate) is_verified: bool,
    /// The caller opened the contact with an access token of their own.
    pub(crate) is_by_token: bool,
    /// The last identification of the contact; 0 where there is none.
    pub(crate) sequence: i32,
}

/// What the identification of a contact, which is locked, as somebody depends on.
pub(crate) async fn before_identification(
    tx: &mut Tx,
    scope: &ProgramScope,
    contact: ContactId,
    who: Identified,
) -> Result<BeforeIdentification, StoreError> {
    let before = sqlx::query_as(
        "select exists (select from participant where program_id = $1 and participant_id = $3) as is_known,
                $4::uuid is null or exists (
                    select from support_person where program_id = $1 and support_person_id = $4
                    and participant_id = $3 and ended_at is null) as is_supported,
                exists (select from verification_try where program_id = $1 and contact_id = $2
                            and participant_id = $3 and support_person_id is not distinct from $4
                            and is_right) as is_verified,
                exists (select from contact where program_id = $1 and contact_id = $2
                            and opened_by is not null) as is_by_token,
                (select coalesce(max(sequence), 0) from identification
                 where program_id = $1 and contact_id = $2) as sequence",
    )
    .bind(scope.program())
    .bind(contact)
    .bind(who.participant)
    .bind(who.support_person)
    .fetch_one(tx.conn())
    .await?;
    Ok(before)
}

/// Writes an identification, and lets the contact and its chain be the participant's. A caller for whom somebody vouches has
/// one open inbound contact: this one, unless there is another.
pub(crate) async fn identification_insert(
    tx: &mut Tx,
    scope: &ProgramScope,
    contact: &Contact,
    identification: &Identification,
) -> Result<(), IntakeError> {
    let Identification { sequence, who, by, at } = identification;
    sqlx::query(
        "with identified as (
             insert into identification (program_id, contact_id, sequence, participant_id, caller, basis,
                 identified_by_id, identified_by_name, identified_at, support_person_id)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $12)
         )
         update contact set participant_id = $4, caller = $5,
             verified_caller = case when direction = 'outbound' or ended_at is not null or not exists (
                 select from contact as other
                 where other.program_id = $1 and other.verified_caller = $11 and other.direction = 'inbound'
                   and other.ended_at is null and other.contact_id <> contact.contact_id) then $11 end
         where program_id = $1 and (contact_id = $10 or origin_contact_id = $10)",
    )
    .bind(scope.program())
    .bind(contact.id)
    .bind(sequence)
    .bind(who.participant)
    .bind(who.caller)
    .bind(who.basis)
    .bind(&by.id)
    .bind(&by.name)
    .bind(at)
    .bind(contact.chain())
    .bind(who.verified_caller().as_ref().map(|caller| caller.as_str()))
    .bind(who.support_person)
    .execute(tx.conn())
    .await
    // The participant opens another contact at this moment: the next try finds it.
    .on_constraint("contact_open_of_caller", || IntakeError::AssignmentUnknown)?;
    Ok(())
}

#[derive(FromRow)]
struct IdentificationRow {
    sequence: i32,
    participant_id: ParticipantId,
    caller: CallerKind,
    basis: IdentificationBasis,
    identified_by_id: PersonId,
    identified_by_name: String,
    identified_at: Timestamp,
    support_person_id: Option<SupportPersonId>,
}

impl From<IdentificationRow> for Identification {
    fn from(row: IdentificationRow) -> Self {
        Self {
            sequence: row.sequence,
            who: Identified {
                participant: row.participant_id,
                caller: row.caller,
                basis: row.basis,
                support_person: row.support_person_id,
            },
            by: Person { id: row.identified_by_id, name: row.identified_by_name },
            at: row.identified_at,
        }
    }
}

/// How the caller of a contact was identified, the first one first.
pub(crate) async fn identification_list(
    reader: impl Executor<'_, Database = Postgres>,
    scope: &ProgramScope,
    contact: ContactId,
) -> Result<Vec<Identification>, StoreError> {
    let rows: Vec<IdentificationRow> =
        sqlx::query_as("select * from identification where program_id = $1 and contact_id = $2 order by sequence")
            .bind(scope.program())
            .bind(contact)
            .fetch_all(reader)
            .await?;
    Ok(rows.into_iter().map(Identification::from).collect())
}
