//! Contacts.

use harborline_identity::ProgramScope;
use harborline_store::{StoreError, Tx};
use harborline_types::{ContactId, ParticipantId, PersonId, Phi, PlanId};
use sqlx::{Executor, Postgres};

use super::contact_row::{ContactRow, FactsRow, answers};
use crate::domain::contact::Contact;
use crate::domain::facts::Facts;

/// One contact of the program.
pub(crate) async fn contact_find(
    reader: impl Executor<'_, Database = Postgres>,
    scope: &ProgramScope,
    id: ContactId,
) -> Result<Option<Contact>, StoreError> {
    let row: Option<ContactRow> = sqlx::query_as("select * from contact where program_id = $1 and contact_id = $2")
        .bind(scope.program())
        .bind(id)
        .fetch_optional(reader)
        .await?;
    Ok(row.map(Contact::from))
}

/// The outbound contact of one attempt of a follow-up plan.
pub(crate) async fn contact_of_attempt(
    tx: &mut Tx,
    scope: &ProgramScope,
    plan: PlanId,
    attempt: i32,
) -> Result<Option<ContactId>, StoreError> {
    let id = sqlx::query_scalar(
        "select contact_id from contact
         where program_id = $1 and follow_up_plan_id = $2 and follow_up_attempt = $3",
    )
    .bind(scope.program())
    .bind(plan)
    .bind(attempt)
    .fetch_optional(tx.conn())
    .await?;
    Ok(id)
}

/// The program's contacts after one, oldest first.
pub(crate) async fn contact_list(
    reader: impl Executor<'_, Database = Postgres>,
    scope: &ProgramScope,
    after: Option<ContactId>,
    most: i64,
) -> Result<Vec<Contact>, StoreError> {
    let rows: Vec<ContactRow> = sqlx::query_as(
        "select * from contact
         where program_id = $1 and ($2::uuid is null or contact_id > $2) order by contact_id limit $3",
    )
    .bind(scope.program())
    .bind(after)
    .bind(most)
    .fetch_all(reader)
    .await?;
    Ok(rows.into_iter().map(Contact::from).collect())
}

/// What the caller stated when the contact was opened.
pub(crate) async fn contact_facts(
    reader: impl Executor<'_, Database = Postgres>,
    scope: &ProgramScope,
    id: ContactId,
) -> Result<Option<Facts>, StoreError> {
    let row: Option<FactsRow> = sqlx::query_as(
        "select signals, self_screening, callback_number, own_words from contact
         where program_id = $1 and contact_id = $2",
    )
    .bind(scope.program())
    .bind(id)
    .fetch_optional(reader)
    .await?;
    Ok(row.map(Facts::from))
}

/// Every contact of a participant.
pub(crate) async fn contacts_of_participant(
    executor: impl Executor<'_, Database = Postgres>,
    scope: &ProgramScope,
    id: ParticipantId,
) -> Result<Vec<ContactId>, StoreError> {
    let contacts = "select contact_id from contact where program_id = $1 and participant_id = $2 order by contact_id";
    Ok(sqlx::query_scalar(contacts).bind(scope.program()).bind(id).fetch_all(executor).await?)
}

/// Whether there is a number to call back: the caller's own, or the participant's.
pub(crate) async fn contact_is_reachable(
    reader: impl Executor<'_, Database = Postgres>,
    scope: &ProgramScope,
    id: ContactId,
) -> Result<bool, StoreError> {
    let reachable: Option<bool> = sqlx::query_scalar(
        "select callback_number is not null or participant_id is not null from contact
         where program_id = $1 and contact_id = $2",
    )
    .bind(scope.program())
    .bind(id)
    .fetch_optional(reader)
    .await?;
    Ok(reachable.unwrap_or(false))
}

/// Whether a conversation of the chain, or the way to one, is still open.
pub(crate) async fn contacts_open_in_chain(
    tx: &mut Tx,
    scope: &ProgramScope,
    chain: ContactId,
) -> Result<bool, StoreError> {
    let open = sqlx::query_scalar(
        "select exists (select 1 from contact where program_id = $1 and contact_id = $2 and ended_at is null)
             or exists (select 1 from contact where program_id = $1 and origin_contact_id = $2 and ended_at is null)",
    )
    .bind(scope.program())
    .bind(chain)
    .fetch_one(tx.conn())
    .await?;
    Ok(open)
}

/// Whether somebody is the counselor of record in an outbound contact that follows this one up.
pub(crate) async fn contact_is_followed_up_by(
    reader: impl Executor<'_, Database = Postgres>,
    scope: &ProgramScope,
    id: ContactId,
    person: &PersonId,
) -> Result<bool, StoreError> {
    let follows_up = sqlx::query_scalar(
        "select exists (select 1 from contact where program_id = $1 and origin_contact_id = $2 and counselor_id = $3
                            and state in ('answered', 'closed'))",
    )
    .bind(scope.program())
    .bind(id)
    .bind(person)
    .fetch_one(reader)
    .await?;
    Ok(follows_up)
}

/// Writes a new contact.
pub(crate) async fn contact_insert(
    tx: &mut Tx,
    scope: &ProgramScope,
    contact: &Contact,
    facts: &Facts,
) -> Result<(), StoreError> {
    let need = &contact.assessment.need;
    sqlx::query(
        "insert into contact (program_id, contact_id, state, direction, channel, caller, participant_id, language,
             jurisdiction, callback_number, own_words, signals, self_screening, acuity, reasons, need_channel,
             need_at_least, need_language, need_jurisdiction, need_skills, closing_duties, protocol, assessed_at,
             assessment_sequence, completed_duties, assignment, opened_at, origin_contact_id, follow_up_plan_id,
             follow_up_attempt, revision)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
             $23, $24, '{}', 0, $25, $26, $27, $28, $29)",
    )
    .bind(scope.program())
    .bind(contact.id)
    .bind(contact.state)
    .bind(contact.direction())
    .bind(contact.channel)
    .bind(contact.caller)
    .bind(contact.participant)
    .bind(&contact.language)
    .bind(&contact.jurisdiction)
    .bind(facts.callback_number.as_ref().map(Phi::expose))
    .bind(facts.own_words.as_ref().map(Phi::expose))
    .bind(&facts.signals)
    .bind(facts.self_screening.as_ref().map(answers))
    .bind(contact.assessment.acuity)
    .bind(&contact.assessment.reasons)
    .bind(need.channel)
    .bind(need.at_least)
    .bind(&need.language)
    .bind(&need.jurisdiction)
    .bind(&need.skills)
    .bind(&contact.assessment.closing_duties)
    .bind(&contact.assessment.protocol)
    .bind(contact.assessment.assessed_at)
    .bind(contact.assessment.sequence)
    .bind(contact.opened_at)
    .bind(contact.follow_up.map(|follow_up| follow_up.origin))
    .bind(contact.follow_up.map(|follow_up| follow_up.plan))
    .bind(contact.follow_up.map(|follow_up| follow_up.attempt))
    .bind(contact.revision)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Writes what can change of a contact.
pub(crate) async fn contact_save(tx: &mut Tx, scope: &ProgramScope, contact: &Contact) -> Result<(), StoreError> {
    let (assessment, need) = (&contact.assessment, &contact.assessment.need);
    sqlx::query(
        "update contact set state = $3, assessment_id = $4, acuity = $5, reasons = $6, need_channel = $7,
             need_at_least = $8, need_language = $9, need_jurisdiction = $10, need_skills = $11, closing_duties = $12,
             protocol = $13, assessed_at = $14, assessment_sequence = $15, completed_duties = $16, counselor_id = $17,
             counselor_name = $18, assignment = $19, requested_acuity = $20, requested_sequence = $21, outcome = $22,
             answered_at = $23, ended_at = $24, revision = $25
         where program_id = $1 and contact_id = $2",
    )
    .bind(scope.program())
    .bind(contact.id)
    .bind(contact.state)
    .bind(assessment.id)
    .bind(assessment.acuity)
    .bind(&assessment.reasons)
    .bind(need.channel)
    .bind(need.at_least)
    .bind(&need.language)
    .bind(&need.jurisdiction)
    .bind(&need.skills)
    .bind(&assessment.closing_duties)
    .bind(&assessment.protocol)
    .bind(assessment.assessed_at)
    .bind(assessment.sequence)
    .bind(&contact.completed_duties)
    .bind(contact.counselor.as_ref().map(|counselor| counselor.id.clone()) as Option<PersonId>)
    .bind(contact.counselor.as_ref().map(|counselor| counselor.name.as_str()))
    .bind(contact.assignment)
    .bind(contact.requested.map(|requested| requested.acuity))
    .bind(contact.requested.map(|requested| requested.sequence))
    .bind(contact.outcome)
    .bind(contact.answered_at)
    .bind(contact.ended_at)
    .bind(contact.revision)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Writes the counselor's closing note.
pub(crate) async fn contact_record_note(
    tx: &mut Tx,
    scope: &ProgramScope,
    id: ContactId,
    note: &Phi<String>,
) -> Result<(), StoreError> {
    sqlx::query("update contact set note = $3 where program_id = $1 and contact_id = $2")
        .bind(scope.program())
        .bind(id)
        .bind(note.expose())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Writes why and after what time the contact was handed to the backup line.
pub(crate) async fn contact_record_hand_off(
    tx: &mut Tx,
    scope: &ProgramScope,
    id: ContactId,
    reason: &str,
    waited_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "update contact set hand_off_reason = $3, hand_off_waited_ms = $4 where program_id = $1 and contact_id = $2",
    )
    .bind(scope.program())
    .bind(id)
    .bind(reason)
    .bind(waited_ms)
    .execute(tx.conn())
    .await?;
    Ok(())
}
