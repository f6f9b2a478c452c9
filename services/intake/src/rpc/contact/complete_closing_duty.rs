//! Notes that duties are done without which a contact may not close.

use harborline_proto::intake::v1::{CompleteClosingDutyRequest, CompleteClosingDutyResponse};
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_store::Once;
use harborline_types::{ClosingDuty, ContactId};
use tonic::Request;

use crate::app::App;
use crate::error::IntakeError;
use crate::rpc::acting::actor;
use crate::rpc::newest_assessment::newest_assessment;
use crate::rpc::permit::{change_if_permitted, learn_before_change, look_first};
use crate::wire;

/// Under which name answers to repeats are kept.
const COMPLETE: &str = "CompleteClosingDuty";

pub(super) async fn handle(
    app: &App,
    request: Request<CompleteClosingDutyRequest>,
) -> Result<CompleteClosingDutyResponse, IntakeError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let id = fields.id::<ContactId>("contact_id", &request.contact_id);
    let done = fields.words::<ClosingDuty>("closing_duties", &request.closing_duties);
    if request.closing_duties.is_empty() {
        fields.fault("closing_duties", "must name at least one");
    }
    let (Some(request_id), Some(id), Some(done)) = (request_id, id, done) else { return Err(fields.refused().into()) };
    fields.finish()?;
    let scope = call.scope()?;
    let by = actor(&call)?;
    learn_before_change(app, &call, &scope, id).await?;
    if let Some(answer) = look_first(app, &call, COMPLETE, request_id, &request, id).await? {
        return Ok(answer);
    }
    let word = newest_assessment(app, &scope, id).await;
    let mut tx = match app.store.begin_once(&call, COMPLETE, request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let contact = change_if_permitted(&mut tx, &call, &scope, id, |contact| {
        word.heard_by(contact, app.now()).complete(&done, by, app.now())
    });
    let contact = contact.await?;
    Ok(tx.commit_answering(CompleteClosingDutyResponse { contact: Some(wire::contact(&contact)) }).await?)
}
