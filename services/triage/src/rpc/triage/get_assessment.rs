//! GetAssessment: a contact's newest.

use harborline_identity::Subject;
use harborline_proto::triage::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_types::ContactId;
use tonic::Request;

use crate::app::App;
use crate::error::TriageError;
use crate::store::assessment::assessment_newest_in;
use crate::store::lowering::lowering_pending;
use crate::wire;

/// Answers what is on record.
pub(super) async fn handle(
    app: &App,
    request: Request<pb::GetAssessmentRequest>,
) -> Result<pb::GetAssessmentResponse, TriageError> {
    let (call, request) = split(request)?;
    let contact = parse(&request)?;
    call.concerns(Subject::Contact(contact));
    let scope = call.scope()?;
    // Of one moment: a lowering that was confirmed in between would be neither.
    let mut moment = app.store.snapshot(&scope).await?;
    let newest = assessment_newest_in(&mut moment, &scope, contact).await?;
    let newest = newest.ok_or(TriageError::AssessmentNotFound(contact))?;
    let lowering = lowering_pending(&mut moment, &scope, contact, app.clock.now()).await?;
    drop(moment);
    call.permit(&app.contacts.facts_of_contact(&call, contact).await?)?;
    Ok(pb::GetAssessmentResponse {
        assessment: Some(wire::assessment(newest)),
        lowering_id: lowering.map_or_else(String::new, |id| id.to_string()),
    })
}

fn parse(request: &pb::GetAssessmentRequest) -> Result<ContactId, ServiceError> {
    let mut fields = Fields::new();
    fields.id("contact_id", &request.contact_id).ok_or_else(|| fields.refused())
}
