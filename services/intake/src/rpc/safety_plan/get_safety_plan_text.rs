//! Shows a safety plan as plain text.

use harborline_proto::intake::v1::{GetSafetyPlanTextRequest, GetSafetyPlanTextResponse};
use harborline_runtime::split;
use tonic::Request;

use super::edited::seen;
use crate::app::App;
use crate::domain::safety_plan_text::{parts, text};
use crate::error::IntakeError;

pub(super) async fn handle(
    app: &App,
    request: Request<GetSafetyPlanTextRequest>,
) -> Result<GetSafetyPlanTextResponse, IntakeError> {
    let (call, request) = split(request)?;
    let plan = seen(app, &call, &call.scope()?, &request.participant_id).await?;
    Ok(GetSafetyPlanTextResponse {
        text: text(&plan).into_exposed(),
        version: plan.version,
        parts: parts(&plan).into_exposed(),
    })
}
