//! Shows a safety plan as plain text.

use harborline_proto::intake::v1::{GetSafetyPlanTextRequest, GetSafetyPlanTextResponse};
use harborline_runtime::split;
use harborline_status::Fields;
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
    let mut fields = Fields::new();
    let Some(id) = fields.id("participant_id", &request.participant_id) else { return Err(fields.refused().into()) };
    let plan = seen(app, &call, &call.scope()?, id).await?;
    Ok(GetSafetyPlanTextResponse {
        text: text(&plan).into_exposed(),
        version: plan.version,
        parts: parts(&plan).into_exposed(),
    })
}
