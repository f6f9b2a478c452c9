//! GetFollowUpPlan: a contact's plan.

use harborline_proto::followup::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_types::ContactId;
use tonic::Request;

use crate::app::{App, concerns};
use crate::error::FollowUpError;
use crate::store::plan::plan_of_contact;
use crate::wire;

/// Answers the plan with its attempts.
pub(super) async fn handle(
    app: &App,
    request: Request<pb::GetFollowUpPlanRequest>,
) -> Result<pb::GetFollowUpPlanResponse, FollowUpError> {
    let (call, request) = split(request)?;
    let contact = parse(&request)?;
    let plan = plan_of_contact(&app.store, &call.scope()?, contact).await?;
    let plan = plan.ok_or(FollowUpError::PlanOfContactNotFound(contact))?;
    concerns(&call, &plan);
    call.permit(&app.contacts.facts_of_contact(&call, contact).await?)?;
    Ok(pb::GetFollowUpPlanResponse { plan: Some(wire::plan(plan)) })
}

fn parse(request: &pb::GetFollowUpPlanRequest) -> Result<ContactId, ServiceError> {
    let mut fields = Fields::new();
    fields.id("contact_id", &request.contact_id).ok_or_else(|| fields.refused())
}
