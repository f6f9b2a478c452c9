//! Notes that the backup line has the caller: it owns the contact, unless a counselor has taken it meanwhile.

use harborline_proto::intake::v1::{ConfirmHandOffRequest, ConfirmHandOffResponse};
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_store::Once;
use harborline_types::ContactId;
use tonic::Request;

use crate::app::{App, change_contact, concerns};
use crate::error::IntakeError;
use crate::wire;

pub(super) async fn handle(
    app: &App,
    request: Request<ConfirmHandOffRequest>,
) -> Result<ConfirmHandOffResponse, IntakeError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let id = fields.id::<ContactId>("contact_id", &request.contact_id);
    let (Some(request_id), Some(id)) = (request_id, id) else { return Err(fields.refused().into()) };
    let scope = call.scope()?;
    let mut tx = match app.store.begin_once(&call, "ConfirmHandOff", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let contact = change_contact(&mut tx, &scope, id, |contact| contact.confirm_hand_off(app.now())).await?;
    concerns(&call, &contact);
    Ok(tx.commit_answering(ConfirmHandOffResponse { contact: Some(wire::contact(&contact)) }).await?)
}
