//! What is known of a contact or a participant when the policy is asked whether the caller may have it.

use harborline_identity::{Act, Call, Caller, Facts, NotedAct, ProgramScope, Role};
use harborline_store::{Once, StoreError, Tx};
use harborline_types::{BreakGlassId, ContactId, ParticipantId, PersonId, RequestId};
use prost::Message;
use sqlx::{Executor, Postgres};

use super::acting::actor;
use crate::app::{App, change_keep, concerns};
use crate::assignment::{Learned, learn, learn_of_participant};
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
    let mut is_own = contact.participant.is_some() && contact.participant == person.own_participant();
    if is_assigned || is_own {
        // Nothing more needs to be known.
    } else if call.has_role(Role::Counselor) {
        is_assigned = store::contact_is_shared_with(reader, scope, contact.id, &person.id).await?;
    } else if call.has_role(Role::Participant) || call.has_role(Role::FamilyMember) {
        is_own = store::contact_is_opened_by(reader, scope, contact.id, &person.id).await?;
    }
    Ok(Facts { is_assigned, is_own, acuity, ..Facts::default() })
}

/// Asks the policy whether the caller may have a contact, and availability before a counselor is refused: yes is noted,
/// no is a denial, silence is neither and on record as that. Answers the contact as it is then.
pub(super) async fn permit_contact(
    app: &App,
    call: &Call,
    scope: &ProgramScope,
    contact: Contact,
) -> Result<Contact, IntakeError> {
    let facts = facts_of_contact(app.store.reader(scope), call, scope, &contact).await?;
    let contact = match may_have_been_taken(call, &contact, &facts) {
        Some(person) => learned(app, call, scope, contact, person).await?,
        None => {
            call.permit(&facts)?;
            return Ok(contact);
        }
    };
    call.permit(&facts_of_contact(app.store.reader(scope), call, scope, &contact).await?)?;
    Ok(contact)
}

/// The counselor who would be refused a contact that they may have just taken.
fn may_have_been_taken<'a>(call: &'a Call, contact: &Contact, facts: &Facts) -> Option<&'a PersonId> {
    let assigned = Facts { is_assigned: true, ..*facts };
    let decides = !call.would_be_permitted(facts) && call.would_be_permitted(&assigned);
    let is_open = !contact.state.is_ended();
    let person = call.person().ok().filter(|_| call.has_role(Role::Counselor) && is_open && decides)?;
    Some(&person.id)
}

async fn learned(
    app: &App,
    call: &Call,
    scope: &ProgramScope,
    contact: Contact,
    person: &PersonId,
) -> Result<Contact, IntakeError> {
    match learn(app, scope, contact.id, person).await? {
        Learned::NotTheirs => Ok(contact),
        Learned::Theirs => {
            let keys = app.store.keys(scope).await?;
            let known = store::contact_find(app.store.reader(scope), &keys, scope, contact.id).await?;
            known.ok_or(IntakeError::ContactNotFound(contact.id))
        }
        Learned::Unknown => Err(undecided(call)),
    }
}

/// Nobody can say whether the caller may: the call is to be repeated, and on record as what it was.
fn undecided(call: &Call) -> IntakeError {
    call.note_act(NotedAct { act: Act::Undecided, recipient: None, basis: None });
    IntakeError::AssignmentUnknown
}

/// Before a transaction begins that changes a contact: learns from availability what it would refuse a counselor for.
pub(super) async fn learn_before_change(
    app: &App,
    call: &Call,
    scope: &ProgramScope,
    id: ContactId,
) -> Result<(), IntakeError> {
    if !call.has_role(Role::Counselor) {
        return Ok(());
    }
    let keys = app.store.keys(scope).await?;
    let contact = store::contact_find(app.store.reader(scope), &keys, scope, id).await?;
    let Some(contact) = contact else { return Ok(()) };
    let facts = facts_of_contact(app.store.reader(scope), call, scope, &contact).await?;
    if let Some(person) = may_have_been_taken(call, &contact, &facts) {
        concerns(call, &contact);
        learned(app, call, scope, contact, person).await?;
    }
    Ok(())
}

/// What is known of a participant. Who is in a conversation with them is assigned to them.
pub(super) async fn facts_of_participant(
    app: &App,
    call: &Call,
    scope: &ProgramScope,
    id: ParticipantId,
) -> Result<Facts, IntakeError> {
    let Caller::Person(person) = call.caller() else { return Ok(Facts::default()) };
    let mut facts = Facts { is_own: person.own_participant() == Some(id), ..Facts::default() };
    if call.has_role(Role::Counselor) {
        let reader = app.store.reader(scope);
        let is_answered = store::participant_is_answered_by(reader, scope, id, &person.id).await?;
        facts.is_assigned = is_answered.unwrap_or(false);
        let access = store::break_glass_lasts(reader, scope, id, &person.id, app.now()).await?;
        // Emergency access waits for no other service.
        facts.is_assigned |= access.is_none() && is_taken_by(app, call, scope, id, &facts).await?;
        let opened = Facts { has_broken_glass: access.is_some(), ..facts };
        // What is seen thanks to it alone shows in the accounting as what it is.
        if let Some(access) = access
            && !call.would_be_permitted(&facts)
            && call.would_be_permitted(&opened)
        {
            note_break_glass(call, access);
        }
        facts = opened;
    }
    Ok(facts)
}

/// Lets the record of accesses show what the call is.
pub(super) fn note_break_glass(call: &Call, id: BreakGlassId) {
    call.note_act(NotedAct { act: Act::BreakGlass, recipient: None, basis: Some(id.to_string()) });
}

/// Whether a counselor who would be refused a participant has just taken one of their contacts.
async fn is_taken_by(
    app: &App,
    call: &Call,
    scope: &ProgramScope,
    id: ParticipantId,
    facts: &Facts,
) -> Result<bool, IntakeError> {
    let (person, assigned) = (call.person()?, Facts { is_assigned: true, ..*facts });
    if call.would_be_permitted(facts) || !call.would_be_permitted(&assigned) {
        return Ok(false);
    }
    match learn_of_participant(app, scope, id, &person.id).await? {
        Learned::Theirs => Ok(true),
        Learned::NotTheirs => Ok(false),
        Learned::Unknown => Err(undecided(call)),
    }
}

/// Whether the call is a repeat, whose answer it is then, and whether the caller may act in the contact: looked at before
/// a neighbor is asked, which no transaction waits for.
pub(super) async fn look_first<M: Message, A: Message + Default>(
    app: &App,
    call: &Call,
    method: &'static str,
    request_id: RequestId,
    request: &M,
    id: ContactId,
) -> Result<Option<A>, IntakeError> {
    let scope = call.scope()?;
    let mut tx = match app.store.begin_once(call, method, request_id, request).await? {
        Once::Replay(answer) => return Ok(Some(answer)),
        Once::Fresh(tx) => tx,
    };
    let contact = store::contact_for_update(&mut tx, &scope, id).await?;
    concerns(call, &contact);
    call.permit(&facts_of_contact(tx.conn(), call, &scope, &contact).await?)?;
    contact.admit(actor(call)?)?;
    Ok(None)
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
