//! Somebody of the program went through a safety plan with the participant.

use harborline_proto::intake::v1::{ReviewSafetyPlanRequest, ReviewSafetyPlanResponse};
use harborline_runtime::split;
use harborline_store::Once;
use tonic::Request;

use super::edited::{Signing, facts};
use crate::app::App;
use crate::domain::safety_plan::SafetyPlan;
use crate::error::IntakeError;
use crate::wire;

pub(super) async fn handle(
    app: &App,
    request: Request<ReviewSafetyPlanRequest>,
) -> Result<ReviewSafetyPlanResponse, IntakeError> {
    let (call, request) = split(request)?;
    let ReviewSafetyPlanRequest { request_id, participant_id, version, contact_id } = &request;
    let signing = Signing::parse(request_id, participant_id, *version, contact_id)?;
    let scope = call.scope()?;
    let facts = facts(app, &call, &scope, signing.participant).await?;
    let mut tx = match app.store.begin_once(&call, "ReviewSafetyPlan", signing.request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    call.permit(&facts)?;
    let plan = signing.signed(app, &mut tx, &call, &scope, SafetyPlan::review).await?;
    Ok(tx.commit_answering(ReviewSafetyPlanResponse { plan: Some(wire::safety_plan::plan(plan)) }).await?)
}
