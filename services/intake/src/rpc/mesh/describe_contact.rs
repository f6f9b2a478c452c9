//! What a contact is, and what somebody is to it, for the services that keep records about contacts.

use harborline_identity::{ProgramScope, Subject};
use harborline_proto::intake::v1::{DescribeContactRequest, DescribeContactResponse};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_types::wire::number;
use harborline_types::{ContactId, PersonId};
use tonic::Request;

use crate::app::App;
use crate::assignment::{Learned, learn};
use crate::domain::contact::Contact;
use crate::error::IntakeError;
use crate::store;

fn parse(request: &DescribeContactRequest) -> Result<(ContactId, Option<PersonId>), ServiceError> {
    let mut fields = Fields::new();
    let contact = fields.id("contact_id", &request.contact_id);
    let person = match request.person_id.as_str() {
        "" => Some(None),
        person => fields.person_id("person_id", person).map(Some),
    };
    contact.zip(person).ok_or_else(|| fields.refused())
}

/// Whether somebody who is not known as its counselor is in the contact: by what intake knows, or else by what
/// availability does, which may have told a duty only a moment ago.
async fn is_in_it(
    app: &App,
    scope: &ProgramScope,
    contact: &Contact,
    person: &PersonId,
    has_broken_glass: bool,
) -> Result<bool, IntakeError> {
    if store::contact_is_shared_with(app.store.reader(scope), scope, contact.id, person).await? {
        return Ok(true);
    }
    if contact.state.is_ended() {
        return Ok(false);
    }
    match learn(app, scope, contact.id, person).await? {
        Learned::Theirs => Ok(true),
        Learned::NotTheirs => Ok(false),
        // Emergency access waits for no other service.
        Learned::Unknown if has_broken_glass => Ok(false),
        Learned::Unknown => Err(IntakeError::AssignmentUnknown),
    }
}

pub(super) async fn handle(
    app: &App,
    request: Request<DescribeContactRequest>,
) -> Result<DescribeContactResponse, IntakeError> {
    let (call, request) = split(request)?;
    let (id, person) = parse(&request)?;
    let scope = call.scope()?;
    let keys = app.store.keys(&scope).await?;
    let contact = store::contact_find(app.store.reader(&scope), &keys, &scope, id).await?;
    let contact = contact.ok_or(IntakeError::ContactNotFound(id))?;
    call.concerns(Subject::Contact(id));
    let has_broken_glass = match (contact.participant, &person) {
        (Some(participant), Some(person)) => {
            store::break_glass_lasts(app.store.reader(&scope), &scope, participant, person, app.now()).await?.is_some()
        }
        _ => false,
    };
    let is_assigned = match &person {
        None => false,
        Some(person) if contact.counselor_of_record().is_some_and(|counselor| counselor.id == *person) => true,
        Some(person) => is_in_it(app, &scope, &contact, person, has_broken_glass).await?,
    };
    // What was just learned shows in the answer.
    let contact = match is_assigned {
        true => store::contact_find(app.store.reader(&scope), &keys, &scope, id).await?.unwrap_or(contact),
        false => contact,
    };
    let counselor = contact.counselor_of_record().map(|counselor| counselor.id.clone());
    Ok(DescribeContactResponse {
        contact_id: id.to_string(),
        state: number(contact.state),
        direction: number(contact.direction()),
        channel: number(contact.channel),
        acuity: number(contact.assessment.acuity),
        participant_id: contact.participant.map(|id| id.to_string()).unwrap_or_default(),
        origin_contact_id: contact.origin().map(|origin| origin.to_string()).unwrap_or_default(),
        counselor_id: counselor.map(|id| id.to_string()).unwrap_or_default(),
        is_assigned,
        has_broken_glass,
    })
}
