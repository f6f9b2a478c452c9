//! Takes triage's newest assessment of a contact.

use harborline_proto::intake::v1::{RecordAssessmentRequest, RecordAssessmentResponse};
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
    request: Request<RecordAssessmentRequest>,
) -> Result<RecordAssessmentResponse, IntakeError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let contact = request.assessment.as_ref().map_or("", |assessment| &assessment.contact_id);
    let id = fields.id::<ContactId>("assessment.contact_id", contact);
    let assessment = wire::read_assessment(&mut fields, request.assessment.as_ref());
    let (Some(request_id), Some(id), Some(assessment)) = (request_id, id, assessment) else {
        return Err(fields.refused().into());
    };
    fields.finish()?;
    let scope = call.scope()?;
    let mut tx = match app.store.begin_once(&call, "RecordAssessment", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let contact = change_contact(&mut tx, &scope, id, |contact| Ok(contact.report(assessment, app.now()))).await?;
    concerns(&call, &contact);
    Ok(tx.commit_answering(RecordAssessmentResponse {}).await?)
}
