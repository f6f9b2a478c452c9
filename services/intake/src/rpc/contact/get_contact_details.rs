//! Shows what the caller said, for the counselor who has the contact.

use harborline_identity::{Call, Facts as KnownOfRecord, ProgramScope, Role};
use harborline_proto::intake::v1::{GetContactDetailsRequest, GetContactDetailsResponse};
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_types::{CallerKind, ContactId};
use tonic::Request;

use crate::app::{App, concerns};
use crate::domain::contact::Contact;
use crate::domain::participant::Participant;
use crate::error::IntakeError;
use crate::rpc::permit::{facts_of_contact, facts_of_participant, permit_contact};
use crate::{store, wire};

pub(super) async fn handle(
    app: &App,
    request: Request<GetContactDetailsRequest>,
) -> Result<GetContactDetailsResponse, IntakeError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let Some(id) = fields.id::<ContactId>("contact_id", &request.contact_id) else {
        return Err(fields.refused().into());
    };
    let scope = call.scope()?;
    let (keys, reader) = (app.store.keys(&scope).await?, app.store.reader(&scope));
    let contact = store::contact_find(reader, &keys, &scope, id).await?.ok_or(IntakeError::ContactNotFound(id))?;
    concerns(&call, &contact);
    let contact = permit(app, &call, &scope, contact).await?;
    let stated = store::contact_facts(reader, &keys, &scope, id).await?.unwrap_or_default();
    let participant = participant_called(app, &scope, &contact).await?;
    let further = store::statements(reader, &keys, &scope, id).await?;
    let note = store::contact_note(reader, &keys, &scope, id).await?;
    let details = wire::details::details(&contact, &stated, further, participant, note);
    Ok(GetContactDetailsResponse { details: Some(details) })
}

/// As for the contact itself, and in an emergency for a counselor who has broken the participant's glass.
async fn permit(app: &App, call: &Call, scope: &ProgramScope, contact: Contact) -> Result<Contact, IntakeError> {
    let of_contact = facts_of_contact(app.store.reader(scope), call, scope, &contact).await?;
    if let (true, Some(participant)) = (call.has_role(Role::Counselor) && !of_contact.is_assigned, contact.participant)
    {
        let of_participant = facts_of_participant(app, call, scope, participant).await?;
        if of_participant.has_broken_glass {
            let facts = KnownOfRecord { has_broken_glass: true, ..of_contact };
            call.permit(&facts)?;
            return Ok(contact);
        }
    }
    permit_contact(app, call, scope, contact).await
}

/// The participant who calls, or is called; none where it is somebody else.
async fn participant_called(
    app: &App,
    scope: &ProgramScope,
    contact: &Contact,
) -> Result<Option<Participant>, IntakeError> {
    let Some(participant) = contact.participant.filter(|_| contact.caller == CallerKind::Participant) else {
        return Ok(None);
    };
    let keys = app.store.keys(scope).await?;
    Ok(store::participant_find(app.store.reader(scope), &keys, scope, participant).await?)
}
