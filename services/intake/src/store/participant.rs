//! Participants.

use harborline_identity::ProgramScope;
use harborline_store::{OnConstraint, StoreError, Tx};
use harborline_types::{ParticipantId, Person, PersonId, Phi, Timestamp};
use sqlx::{Executor, FromRow, Postgres};

use crate::domain::care::{CareBrief, Participant, SafetyPlan};
use crate::domain::verification::PhraseHash;
use crate::error::IntakeError;

#[derive(FromRow)]
struct ParticipantRow {
    participant_id: ParticipantId,
    name: Phi<String>,
    dedicated_number: Phi<String>,
    language: String,
    jurisdiction: Option<String>,
    responsible_clinician_id: PersonId,
    responsible_clinician_name: String,
    goals: Vec<String>,
    challenges: Vec<String>,
    program_rules: Vec<String>,
    warning_signs: Vec<String>,
    own_coping: Vec<String>,
    people_and_places: Vec<String>,
    people_to_ask: Vec<String>,
    professionals: Vec<String>,
    safer_environment: Vec<String>,
    updated_at: Timestamp,
}

impl From<ParticipantRow> for Participant {
    fn from(row: ParticipantRow) -> Self {
        let safety_plan = SafetyPlan {
            warning_signs: row.warning_signs,
            own_coping: row.own_coping,
            people_and_places: row.people_and_places,
            people_to_ask: row.people_to_ask,
            professionals: row.professionals,
            safer_environment: row.safer_environment,
        };
        let care_brief =
            CareBrief { goals: row.goals, challenges: row.challenges, program_rules: row.program_rules, safety_plan };
        Self {
            id: row.participant_id,
            name: row.name,
            dedicated_number: row.dedicated_number,
            language: row.language,
            jurisdiction: row.jurisdiction,
            responsible_clinician: Person { id: row.responsible_clinician_id, name: row.responsible_clinician_name },
            care_brief: Phi::new(care_brief),
            updated_at: row.updated_at,
        }
    }
}

/// One participant of the program.
pub(crate) async fn participant_find(
    reader: impl Executor<'_, Database = Postgres>,
    scope: &ProgramScope,
    id: ParticipantId,
) -> Result<Option<Participant>, StoreError> {
    let row: Option<ParticipantRow> =
        sqlx::query_as("select * from participant where program_id = $1 and participant_id = $2")
            .bind(scope.program())
            .bind(id)
            .fetch_optional(reader)
            .await?;
    Ok(row.map(Participant::from))
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
                            and c.counselor_id = $3 and c.state = 'answered')
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
    let brief = participant.care_brief.expose();
    let plan = &brief.safety_plan;
    sqlx::query(
        "insert into participant (program_id, participant_id, name, dedicated_number, verification_salt,
             verification_hash, language, jurisdiction, responsible_clinician_id, responsible_clinician_name, goals,
             challenges, program_rules, warning_signs, own_coping, people_and_places, people_to_ask, professionals,
             safer_environment, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
    )
    .bind(scope.program())
    .bind(participant.id)
    .bind(participant.name.expose())
    .bind(participant.dedicated_number.expose())
    .bind(&phrase.salt)
    .bind(&phrase.hash)
    .bind(&participant.language)
    .bind(&participant.jurisdiction)
    .bind(&participant.responsible_clinician.id)
    .bind(&participant.responsible_clinician.name)
    .bind(&brief.goals)
    .bind(&brief.challenges)
    .bind(&brief.program_rules)
    .bind(&plan.warning_signs)
    .bind(&plan.own_coping)
    .bind(&plan.people_and_places)
    .bind(&plan.people_to_ask)
    .bind(&plan.professionals)
    .bind(&plan.safer_environment)
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
