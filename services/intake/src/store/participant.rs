//! Participants. What is known about one lies sealed in one record; who has a number is asked by its keyed hash.

use harborline_identity::ProgramScope;
use harborline_keys::{Place, ProgramKeys, Sealed};
use harborline_store::{OnConstraint, StoreError, Tx};
use harborline_types::{ParticipantId, Person, PersonId, Phi, Timestamp};
use serde::{Deserialize, Serialize};
use sqlx::{Executor, FromRow, Postgres};

use crate::domain::care::{CareBrief, Participant, SafetyPlan};
use crate::domain::verification::PhraseHash;
use crate::error::IntakeError;

#[derive(FromRow)]
struct ParticipantRow {
    participant_id: ParticipantId,
    record: Sealed,
    language: String,
    jurisdiction: Option<String>,
    responsible_clinician_id: PersonId,
    responsible_clinician_name: String,
    updated_at: Timestamp,
}

/// What is sealed of a participant.
#[derive(Serialize, Deserialize)]
struct Record {
    name: String,
    dedicated_number: String,
    /// SHA-256 of salt and phrase; the phrase itself is never stored.
    verification_salt: Vec<u8>,
    verification_hash: Vec<u8>,
    goals: Vec<String>,
    challenges: Vec<String>,
    program_rules: Vec<String>,
    warning_signs: Vec<String>,
    own_coping: Vec<String>,
    people_and_places: Vec<String>,
    people_to_ask: Vec<String>,
    professionals: Vec<String>,
    safer_environment: Vec<String>,
}

impl Record {
    fn of(participant: &Participant, phrase: &PhraseHash) -> Self {
        let brief = participant.care_brief.expose().clone();
        Self {
            name: participant.name.expose().clone(),
            dedicated_number: participant.dedicated_number.expose().clone(),
            verification_salt: phrase.salt.clone(),
            verification_hash: phrase.hash.clone(),
            goals: brief.goals,
            challenges: brief.challenges,
            program_rules: brief.program_rules,
            warning_signs: brief.safety_plan.warning_signs,
            own_coping: brief.safety_plan.own_coping,
            people_and_places: brief.safety_plan.people_and_places,
            people_to_ask: brief.safety_plan.people_to_ask,
            professionals: brief.safety_plan.professionals,
            safer_environment: brief.safety_plan.safer_environment,
        }
    }

    fn care_brief(self) -> CareBrief {
        CareBrief {
            goals: self.goals,
            challenges: self.challenges,
            program_rules: self.program_rules,
            safety_plan: SafetyPlan {
                warning_signs: self.warning_signs,
                own_coping: self.own_coping,
                people_and_places: self.people_and_places,
                people_to_ask: self.people_to_ask,
                professionals: self.professionals,
                safer_environment: self.safer_environment,
            },
        }
    }
}

/// Where a participant's record is sealed for.
fn place(id: ParticipantId) -> Place {
    Place::new("participant", "record", id)
}

impl ParticipantRow {
    fn open(self, keys: &ProgramKeys) -> Result<Participant, StoreError> {
        let mut record: Record = keys.open(&place(self.participant_id), &self.record)?.into_exposed();
        Ok(Participant {
            id: self.participant_id,
            name: Phi::new(std::mem::take(&mut record.name)),
            dedicated_number: Phi::new(std::mem::take(&mut record.dedicated_number)),
            language: self.language,
            jurisdiction: self.jurisdiction,
            responsible_clinician: Person { id: self.responsible_clinician_id, name: self.responsible_clinician_name },
            care_brief: Phi::new(record.care_brief()),
            updated_at: self.updated_at,
        })
    }
}

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
    let keys = tx.keys().await?;
    let record = keys.seal(&place(participant.id), &Phi::new(Record::of(participant, phrase)));
    sqlx::query(
        "insert into participant (program_id, participant_id, record, dedicated_number_hash, language, jurisdiction,
             responsible_clinician_id, responsible_clinician_name, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(scope.program())
    .bind(participant.id)
    .bind(record.map_err(StoreError::from)?)
    .bind(keys.look_up("participant.dedicated_number", &participant.dedicated_number).as_slice())
    .bind(&participant.language)
    .bind(&participant.jurisdiction)
    .bind(&participant.responsible_clinician.id)
    .bind(&participant.responsible_clinician.name)
    .bind(participant.updated_at)
    .execute(tx.conn())
    .await
    .on_constraint("participant_dedicated_number", || IntakeError::DedicatedNumberTaken)?;
    Ok(())
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
