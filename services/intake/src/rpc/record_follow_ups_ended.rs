use harborline_proto::intake::v1::{RecordFollowUpsEndedRequest, RecordFollowUpsEndedResponse};
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_store::Once;
use harborline_types::ContactId;
use tonic::Request;

use crate::app::{App, concerns};
use crate::error::IntakeError;
use crate::store;

pub(super) async fn handle(
    app: &App,
    request: Request<RecordFollowUpsEndedRequest>,
) -> Result<RecordFollowUpsEndedResponse, IntakeError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let id = fields.id::<ContactId>("contact_id", &request.contact_id);
    let (Some(request_id), Some(id)) = (request_id, id) else { return Err(fields.refused().into()) };
    let scope = call.scope()?;
    let mut tx = match app.store.begin_once(&call, "RecordFollowUpsEnded", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let contact = store::contact_for_update(&mut tx, &scope, id).await?;
    concerns(&call, &contact);
    let chain = contact.chain();
    // While somebody of the chain waits or talks, somebody answers for the person, whatever was planned.
    if !store::contacts_open_in_chain(&mut tx, &scope, chain).await? {
        store::custody_end(&mut tx, &scope, chain, app.now()).await?;
    }
    Ok(tx.commit_answering(RecordFollowUpsEndedResponse {}).await?)
}
