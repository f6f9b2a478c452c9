//! Shows a safety plan as it is.

use harborline_proto::intake::v1::{GetSafetyPlanRequest, GetSafetyPlanResponse};
use harborline_runtime::split;
use tonic::Request;

use super::edited::seen;
use crate::app::App;
use crate::error::IntakeError;
use crate::wire;

pub(super) async fn handle(
    app: &App,
    request: Request<GetSafetyPlanRequest>,
) -> Result<GetSafetyPlanResponse, IntakeError> {
    let (call, request) = split(request)?;
    let plan = seen(app, &call, &call.scope()?, &request.participant_id).await?;
    Ok(GetSafetyPlanResponse { plan: Some(wire::safety_plan::plan(plan)) })
}
