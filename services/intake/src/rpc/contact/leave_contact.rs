//! Notes that the caller has left: an unanswered contact ends, and a call back is planned.

use harborline_proto::intake::v1::{LeaveContactRequest, LeaveContactResponse};
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_store::Once;
use harborline_types::{Channel, ContactId};
use tonic::Request;

use crate::app::App;
use crate::error::IntakeError;
use crate::rpc::permit::change_if_permitted;
use crate::rpc::seen_by::seen_by;

pub(super) async fn handle(
    app: &App,
    request: Request<LeaveContactRequest>,
) -> Result<LeaveContactResponse, IntakeError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let id = fields.id::<ContactId>("contact_id", &request.contact_id);
    let way = match request.channel {
        0 => Some(None),
        channel => fields.word::<Channel>("channel", channel).map(Some),
    };
    let (Some(request_id), Some(id), Some(way)) = (request_id, id, way) else { return Err(fields.refused().into()) };
    let scope = call.scope()?;
    let mut tx = match app.store.begin_once(&call, "LeaveContact", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let contact = change_if_permitted(&mut tx, &call, &scope, id, |contact| contact.leave_by(way, app.now())).await?;
    Ok(tx.commit_answering(LeaveContactResponse { contact: Some(seen_by(&call, &contact)) }).await?)
}
