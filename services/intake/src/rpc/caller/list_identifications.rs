//! Lists how the caller of a contact was identified.

use harborline_identity::{ProgramScope, Subject};
use harborline_proto::intake::v1::{ListIdentificationsRequest, ListIdentificationsResponse};
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_types::{CallerKind, ContactId, SupportPersonId};
use tonic::Request;

use crate::app::{App, concerns};
use crate::domain::contact::Contact;
use crate::error::IntakeError;
use crate::rpc::permit::permit_contact;
use crate::{store, wire};

pub(super) async fn handle(
    app: &App,
    request: Request<ListIdentificationsRequest>,
) -> Result<ListIdentificationsResponse, IntakeError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let Some(id) = fields.id::<ContactId>("contact_id", &request.contact_id) else {
        return Err(fields.refused().into());
    };
    let scope = call.scope()?;
    let (keys, reader) = (app.store.keys(&scope).await?, app.store.reader(&scope));
    let contact = store::contact_find(reader, &keys, &scope, id).await?.ok_or(IntakeError::ContactNotFound(id))?;
    concerns(&call, &contact);
    let contact = permit_contact(app, &call, &scope, contact).await?;
    let identifications = store::identification_list(reader, &scope, contact.id).await?;
    identifications.iter().for_each(|one| call.concerns(Subject::Participant(one.who.participant)));
    let identifications = identifications.into_iter().map(wire::caller::identification).collect();
    let by_token = by_token(app, &scope, &contact).await?;
    let support_person_id = by_token.map(|id| id.to_string()).unwrap_or_default();
    Ok(ListIdentificationsResponse { identifications, support_person_id })
}

/// The support person to whom the access token is bound with which a family member opened the contact.
async fn by_token(app: &App, scope: &ProgramScope, contact: &Contact) -> Result<Option<SupportPersonId>, IntakeError> {
    let (CallerKind::FamilyMember, Some(participant)) = (contact.caller, contact.participant) else { return Ok(None) };
    let (keys, reader) = (app.store.keys(scope).await?, app.store.reader(scope));
    let Some(opener) = store::contact_opener(reader, scope, contact.id).await? else { return Ok(None) };
    let bound = store::support_persons_of_token(reader, &keys, scope, &opener).await?;
    Ok(bound.into_iter().find(|(_, supported)| *supported == participant).map(|(id, _)| id))
}
