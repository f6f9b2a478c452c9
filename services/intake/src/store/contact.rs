//! Contacts.

use harborline_identity::ProgramScope;
use harborline_keys::{Place, ProgramKeys, Sealed};
use harborline_store::{StoreError, Tx};
use harborline_types::{CallerKind, ContactId, ParticipantId, PersonId, Phi, PlanId, Skill};
use sqlx::types::Json;
use sqlx::{Executor, Postgres};

use super::contact_row::{ContactRow, conclusion};
use super::returning::number_hash;
use super::stated::{self, contact_place};
use crate::domain::contact::Contact;
use crate::domain::custody::Interval;
use crate::domain::facts::Facts;
use crate::domain::returning::VerifiedCaller;

/// One contact of the program.
pub(crate) async fn contact_find(
    reader: impl Executor<'_, Database = Postgres>,
    keys: &ProgramKeys,
    scope: &ProgramScope,
    id: ContactId,
) -> Result<Option<Contact>, StoreError> {
    let row: Option<ContactRow> = sqlx::query_as("select * from contact where program_id = $1 and contact_id = $2")
        .bind(scope.program())
        .bind(id)
        .fetch_optional(reader)
        .await?;
    row.map(|row| row.open(keys)).transpose()
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
    keys: &ProgramKeys,
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
    rows.into_iter().map(|row| row.open(keys)).collect()
}

/// What the caller stated when the contact was opened.
pub(crate) async fn contact_facts(
    reader: impl Executor<'_, Database = Postgres>,
    keys: &ProgramKeys,
    scope: &ProgramScope,
    id: ContactId,
) -> Result<Option<Facts>, StoreError> {
    let stated: Option<Sealed> =
        sqlx::query_scalar("select stated from contact where program_id = $1 and contact_id = $2")
            .bind(scope.program())
            .bind(id)
            .fetch_optional(reader)
            .await?;
    stated.map(|stated| stated::open(keys, &contact_place(id), &stated)).transpose()
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

/// The contacts of a participant that have not ended.
pub(crate) async fn contacts_open_of(
    executor: impl Executor<'_, Database = Postgres>,
    scope: &ProgramScope,
    id: ParticipantId,
) -> Result<Vec<ContactId>, StoreError> {
    let contacts = "select contact_id from contact
        where program_id = $1 and participant_id = $2 and ended_at is null order by contact_id";
    Ok(sqlx::query_scalar(contacts).bind(scope.program()).bind(id).fetch_all(executor).await?)
}

/// Whether there is a number to call back: the caller's own, or that of the participant who called.
pub(crate) async fn contact_is_reachable(
    reader: impl Executor<'_, Database = Postgres>,
    keys: &ProgramKeys,
    scope: &ProgramScope,
    id: ContactId,
) -> Result<bool, StoreError> {
    let row: Option<(CallerKind, Sealed)> =
        sqlx::query_as("select caller, stated from contact where program_id = $1 and contact_id = $2")
            .bind(scope.program())
            .bind(id)
            .fetch_optional(reader)
            .await?;
    match row {
        Some((CallerKind::Participant, _)) => Ok(true),
        // The participant whom a family member names is not who would be called.
        Some((CallerKind::FamilyMember | CallerKind::Unknown, stated)) => {
            Ok(stated::open(keys, &contact_place(id), &stated)?.callback_number.is_some())
        }
        None => Ok(false),
    }
}

/// The calls of the chain that no counselor has taken yet.
pub(crate) async fn contacts_waiting_in_chain(
    tx: &mut Tx,
    scope: &ProgramScope,
    chain: ContactId,
) -> Result<Vec<ContactId>, StoreError> {
    let waiting = sqlx::query_scalar(
        "select contact_id from contact
         where program_id = $1 and origin_contact_id = $2 and direction = 'outbound' and state in ('received', 'waiting')
         order by contact_id",
    )
    .bind(scope.program())
    .bind(chain)
    .fetch_all(tx.conn())
    .await?;
    Ok(waiting)
}

/// Whether somebody has joined a contact that another counselor has, or is the counselor of record in an outbound contact
/// that follows it up, or in one that is linked with it.
pub(crate) async fn contact_is_shared_with(
    reader: impl Executor<'_, Database = Postgres>,
    scope: &ProgramScope,
    id: ContactId,
    person: &PersonId,
) -> Result<bool, StoreError> {
    let is_shared = sqlx::query_scalar(
        "select exists (select 1 from contact where program_id = $1 and origin_contact_id = $2 and counselor_id = $3
                            and state in ('answered', 'closed'))
             or exists (select 1 from joined join contact using (program_id, contact_id)
                        where program_id = $1 and contact_id = $2 and person_id = $3 and state = 'answered')
             or exists (select 1 from contact as one
                        join contact as other on other.program_id = one.program_id
                            and other.contact_id = any (one.linked_contact_ids)
                        where one.program_id = $1 and one.contact_id = $2 and other.counselor_id = $3
                          and other.state in ('answered', 'closed'))",
    )
    .bind(scope.program())
    .bind(id)
    .bind(person)
    .fetch_one(reader)
    .await?;
    Ok(is_shared)
}

/// What is written with a new contact.
#[derive(Default)]
pub(crate) struct NewContact<'a> {
    /// Who opened it with an access token of their own.
    pub(crate) opener: Option<&'a PersonId>,
    /// The first interval of its chain of custody; none when it is in the chain of another contact.
    pub(crate) custody: Option<Interval>,
}

/// Writes a new contact. Answers false, and writes nothing, when its verified caller has an inbound one that is open.
pub(crate) async fn contact_insert(
    tx: &mut Tx,
    scope: &ProgramScope,
    contact: &Contact,
    facts: &Facts,
    new: NewContact<'_>,
) -> Result<bool, StoreError> {
    let (keys, need, custody) = (tx.keys().await?, &contact.assessment.need, new.custody.as_ref());
    let is_written = sqlx::query_scalar(
        "with opened as (
         insert into contact (program_id, contact_id, state, direction, channel, caller, participant_id, language,
             jurisdiction, stated, acuity, conclusion, need_channel, need_at_least, need_language, need_jurisdiction,
             need_skills, protocol, assessed_at, assessment_sequence, assignment, opened_at, origin_contact_id,
             follow_up_plan_id, follow_up_attempt, revision, need_skill_levels, verified_caller, callback_number_hash,
             carried_acuity, waited_before_ms, known_counselor_id, openings, last_opened_at, channels, opened_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, 0, $21,
             $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35)
         on conflict (program_id, verified_caller) where direction = 'inbound' and ended_at is null do nothing
         returning program_id, contact_id
         ),
         begun as (
             insert into custody (program_id, contact_id, sequence, role, owner_id, owner_name, on_duty, since)
             select program_id, contact_id, $36, $37, $38, $39, $40, $41 from opened where $36 is not null
         )
         select exists (select from opened)",
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
    .bind(stated::seal(&keys, &contact_place(contact.id), facts)?)
    .bind(contact.assessment.acuity)
    .bind(conclusion(&keys, contact)?)
    .bind(need.channel)
    .bind(need.at_least)
    .bind(&need.language)
    .bind(&need.jurisdiction)
    .bind(Skill::names(&need.skills))
    .bind(&contact.assessment.protocol)
    .bind(contact.assessment.assessed_at)
    .bind(contact.assessment.sequence)
    .bind(contact.opened_at)
    .bind(contact.origin())
    .bind(contact.follow_up.map(|follow_up| follow_up.plan))
    .bind(contact.follow_up.map(|follow_up| follow_up.attempt))
    .bind(contact.revision)
    .bind(Json(Skill::levels(&need.skills)))
    .bind(contact.verified_caller.as_ref().map(VerifiedCaller::as_str))
    .bind(number_hash(&keys, contact, facts))
    .bind(contact.carried.acuity)
    .bind(contact.carried.waited.num_milliseconds())
    .bind(&contact.carried.counselor)
    .bind(contact.openings)
    .bind(contact.last_opened_at)
    .bind(&contact.channels)
    .bind(new.opener)
    .bind(custody.map(|first| first.sequence))
    .bind(custody.map(|first| first.owner.role))
    .bind(custody.map(|first| &first.owner.id))
    .bind(custody.map(|first| &first.owner.name))
    .bind(custody.map(|first| first.owner.on_duty))
    .bind(custody.map(|first| first.since))
    .fetch_one(tx.conn())
    .await?;
    Ok(is_written)
}

/// Writes what can change of a contact.
pub(crate) async fn contact_save(tx: &mut Tx, scope: &ProgramScope, contact: &Contact) -> Result<(), StoreError> {
    let keys = tx.keys().await?;
    let (assessment, need) = (&contact.assessment, &contact.assessment.need);
    sqlx::query(
        "update contact set state = $3, assessment_id = $4, acuity = $5, conclusion = $6, need_channel = $7,
             need_at_least = $8, need_language = $9, need_jurisdiction = $10, need_skills = $11, protocol = $12,
             assessed_at = $13, assessment_sequence = $14, counselor_id = $15, counselor_name = $16, assignment = $17,
             requested_acuity = $18, requested_sequence = $19, outcome = $20, answered_at = $21, ended_at = $22,
             revision = $23, need_skill_levels = $24, backup_offered_at = $25, caller_left_at = $26, channel = $27,
             language = $28, jurisdiction = $29, carried_acuity = $30, openings = $31, last_opened_at = $32, channels = $33,
             linked_contact_ids = $34, joined_at = $35, origin_contact_id = $36
         where program_id = $1 and contact_id = $2",
    )
    .bind(scope.program())
    .bind(contact.id)
    .bind(contact.state)
    .bind(assessment.id)
    .bind(assessment.acuity)
    .bind(conclusion(&keys, contact)?)
    .bind(need.channel)
    .bind(need.at_least)
    .bind(&need.language)
    .bind(&need.jurisdiction)
    .bind(Skill::names(&need.skills))
    .bind(&assessment.protocol)
    .bind(assessment.assessed_at)
    .bind(assessment.sequence)
    .bind(contact.counselor.as_ref().map(|counselor| counselor.id.clone()) as Option<PersonId>)
    .bind(contact.counselor.as_ref().map(|counselor| counselor.name.as_str()))
    .bind(contact.assignment)
    .bind(contact.requested.map(|requested| requested.acuity))
    .bind(contact.requested.map(|requested| requested.sequence))
    .bind(contact.outcome)
    .bind(contact.answered_at)
    .bind(contact.ended_at)
    .bind(contact.revision)
    .bind(Json(Skill::levels(&need.skills)))
    .bind(contact.backup_offered_at)
    .bind(contact.caller_left_at)
    .bind(contact.channel)
    .bind(&contact.language)
    .bind(&contact.jurisdiction)
    .bind(contact.carried.acuity)
    .bind(contact.openings)
    .bind(contact.last_opened_at)
    .bind(&contact.channels)
    .bind(&contact.linked)
    .bind(contact.joined_at)
    .bind(contact.origin())
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
    let note = tx.keys().await?.seal(&note_place(id), note)?;
    sqlx::query("update contact set note = $3 where program_id = $1 and contact_id = $2")
        .bind(scope.program())
        .bind(id)
        .bind(note)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The counselor's closing note.
pub(crate) async fn contact_note(
    reader: impl Executor<'_, Database = Postgres>,
    keys: &ProgramKeys,
    scope: &ProgramScope,
    id: ContactId,
) -> Result<Option<Phi<String>>, StoreError> {
    let note: Option<Option<Sealed>> =
        sqlx::query_scalar("select note from contact where program_id = $1 and contact_id = $2")
            .bind(scope.program())
            .bind(id)
            .fetch_optional(reader)
            .await?;
    note.flatten().map(|note| Ok(keys.open(&note_place(id), &note)?)).transpose()
}

fn note_place(id: ContactId) -> Place {
    Place::new("contact", "note", id)
}

/// Writes after what time the caller was offered the backup line.
pub(crate) async fn contact_record_backup_offered(
    tx: &mut Tx,
    scope: &ProgramScope,
    id: ContactId,
    waited_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query("update contact set backup_offered_after_ms = $3 where program_id = $1 and contact_id = $2")
        .bind(scope.program())
        .bind(id)
        .bind(waited_ms)
        .execute(tx.conn())
        .await?;
    Ok(())
}
