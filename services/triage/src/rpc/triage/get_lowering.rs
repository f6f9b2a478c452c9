//! GetLowering: what the second person is asked to confirm.

use harborline_identity::{Facts, Subject};
use harborline_proto::triage::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_types::LoweringId;
use tonic::Request;

use crate::app::App;
use crate::error::TriageError;
use crate::store::assessment::assessment_newest_in;
use crate::store::lowering::lowering_find_in;
use crate::wire;

/// Answers what is on record.
pub(super) async fn handle(
    app: &App,
    request: Request<pb::GetLoweringRequest>,
) -> Result<pb::GetLoweringResponse, TriageError> {
    let (call, request) = split(request)?;
    let id = parse(&request)?;
    let scope = call.scope()?;
    // A caller permitted to confirm may do so for every contact, so nothing is asked about this one.
    call.permit(&Facts::default())?;
    // Of one instant: the lowering as it stands beside the assessment that it would change.
    let mut tx = app.store.snapshot(&scope).await?;
    let lowering = lowering_find_in(&mut tx, &scope, id).await?.ok_or(TriageError::LoweringNotFound(id))?;
    call.concerns(Subject::Contact(lowering.contact));
    let assessment = assessment_newest_in(&mut tx, &scope, lowering.contact).await?;
    Ok(pb::GetLoweringResponse {
        lowering: Some(wire::lowering(lowering, app.clock.now())),
        assessment: assessment.map(wire::assessment),
    })
}

fn parse(request: &pb::GetLoweringRequest) -> Result<LoweringId, ServiceError> {
    let mut fields = Fields::new();
    fields.id("lowering_id", &request.lowering_id).ok_or_else(|| fields.refused())
}
