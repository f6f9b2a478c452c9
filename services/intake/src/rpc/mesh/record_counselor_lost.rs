//! Takes that a counselor's connection did not come back: the supervisor on call has the person.

use harborline_proto::intake::v1::{RecordCounselorLostRequest, RecordCounselorLostResponse};
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_store::Once;
use harborline_types::ContactId;
use tonic::Request;

use crate::app::{App, change_contact, concerns};
use crate::error::IntakeError;

pub(super) async fn handle(
    app: &App,
    request: Request<RecordCounselorLostRequest>,
) -> Result<RecordCounselorLostResponse, IntakeError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let id = fields.id::<ContactId>("contact_id", &request.contact_id);
    if request.assignment < 1 {
        fields.fault("assignment", "must be at least 1");
    }
    let (Some(request_id), Some(id)) = (request_id, id) else { return Err(fields.refused().into()) };
    fields.finish()?;
    let scope = call.scope()?;
    let mut tx = match app.store.begin_once(&call, "RecordCounselorLost", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let (lost, now) = (request.assignment, app.now());
    let contact = change_contact(&mut tx, &scope, id, |contact| Ok(contact.lose_counselor(lost, now))).await?;
    concerns(&call, &contact);
    Ok(tx.commit_answering(RecordCounselorLostResponse {}).await?)
}
