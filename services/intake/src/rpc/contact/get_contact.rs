//! Shows a contact as its caller may see it.

use harborline_proto::intake::v1::{GetContactRequest, GetContactResponse};
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_types::ContactId;
use tonic::Request;

use crate::app::{App, concerns};
use crate::error::IntakeError;
use crate::rpc::permit::permit_contact;
use crate::rpc::seen_by::seen_by;
use crate::store;

pub(super) async fn handle(app: &App, request: Request<GetContactRequest>) -> Result<GetContactResponse, IntakeError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let Some(id) = fields.id::<ContactId>("contact_id", &request.contact_id) else {
        return Err(fields.refused().into());
    };
    let scope = call.scope()?;
    let keys = app.store.keys(&scope).await?;
    let contact = store::contact_find(app.store.reader(&scope), &keys, &scope, id).await?;
    let contact = contact.ok_or(IntakeError::ContactNotFound(id))?;
    concerns(&call, &contact);
    let contact = permit_contact(app, &call, &scope, contact).await?;
    Ok(GetContactResponse { contact: Some(seen_by(&call, &contact)) })
}
