//! Removes a requirement.

use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{RequestId, RequirementId};
use tonic::Request;

use crate::app::App;
use crate::error::AvailabilityError;
use crate::store;

pub(super) async fn handle(
    app: &App,
    request: Request<pb::RemoveCoverageRequirementRequest>,
) -> Result<pb::RemoveCoverageRequirementResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let (request_id, id) = parse(&request)?;
    let scope = call.scope()?;

    let mut tx = match app.store.begin_once(&call, "RemoveCoverageRequirement", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    if !store::requirement_remove(&mut tx, &scope, id).await? {
        return Err(AvailabilityError::RequirementNotFound(id));
    }
    Ok(tx.commit_answering(pb::RemoveCoverageRequirementResponse {}).await?)
}

fn parse(request: &pb::RemoveCoverageRequirementRequest) -> Result<(RequestId, RequirementId), ServiceError> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let id = fields.id("requirement_id", &request.requirement_id);
    let (Some(request_id), Some(id)) = (request_id, id) else { return Err(fields.refused()) };
    fields.finish()?;
    Ok((request_id, id))
}
