//! What is known of a contact or a participant when the policy is asked whether the caller may have it.

use harborline_identity::{Call, Caller, Facts, ProgramScope, Role};
use harborline_store::{StoreError, Tx};
use harborline_types::{ContactId, ParticipantId};
use sqlx::{Executor, Postgres};

use super::break_glass;
use crate::app::{App, change_keep, concerns};
use crate::domain::contact::{Change, Contact, Refusal};
use crate::error::IntakeError;
use crate::store;

/// What is known of a contact. The counselor of record is assigned to it; so is who follows it up,
/// and who has joined it.
pub(super) async fn facts_of_contact(
    reader: impl Executor<'_, Database = Postgres>,
    call: &Call,
    scope: &ProgramScope,
    contact: &Contact,
) -> Result<Facts, StoreError> {
    let acuity = Some(contact.assessment.acuity);
    let Caller::Person(person) = call.caller() else { return Ok(Facts { acuity, ..Facts::default() }) };
    let mut is_assigned = contact.counselor_of_record().is_some_and(|counselor| counselor.id == person.id);
    let mut is_own = contact.participant.is_some() && contact.participant == person.participant;
    if is_assigned || is_own {
        // Nothing more needs to be known.
    } else if call.has_role(Role::Counselor) {
        is_assigned = store::contact_is_shared_with(reader, scope, contact.id, &person.id).await?;
    } else if call.has_role(Role::Participant) || call.has_role(Role::FamilyMember) {
        is_own = store::contact_is_opened_by(reader, scope, contact.id, &person.id).await?;
    }
    Ok(Facts { is_assigned, is_own, acuity, ..Facts::default() })
}

/// What is known of a participant. Who is in a conversation with them is assigned to them.
pub(super) async fn facts_of_participant(
    app: &App,
    call: &Call,
    scope: &ProgramScope,
    id: ParticipantId,
) -> Result<Facts, StoreError> {
    let Caller::Person(person) = call.caller() else { return Ok(Facts::default()) };
    let mut facts = Facts { is_own: person.participant == Some(id), ..Facts::default() };
    if call.has_role(Role::Counselor) {
        let reader = app.store.reader(scope);
        let is_answered = store::participant_is_answered_by(reader, scope, id, &person.id).await?;
        facts.is_assigned = is_answered.unwrap_or(false);
        let access = store::break_glass_lasts(reader, scope, id, &person.id, app.now()).await?;
        let opened = Facts { has_broken_glass: access.is_some(), ..facts };
        // What is seen thanks to it alone shows in the accounting as what it is.
        if let Some(access) = access
            && !call.would_be_permitted(&facts)
            && call.would_be_permitted(&opened)
        {
            break_glass::note(call, access);
        }
        facts = opened;
    }
    Ok(facts)
}

/// Loads one contact, asks the policy whether the caller may change it, lets the domain decide, and saves what that
/// brings.
pub(super) async fn change_if_permitted(
    tx: &mut Tx,
    call: &Call,
    scope: &ProgramScope,
    id: ContactId,
    decide: impl FnOnce(Contact) -> Result<Change, Refusal>,
) -> Result<Contact, IntakeError> {
    let contact = store::contact_for_update(tx, scope, id).await?;
    concerns(call, &contact);
    call.permit(&facts_of_contact(tx.conn(), call, scope, &contact).await?)?;
    Ok(change_keep(tx, scope, decide(contact)?).await?)
}
