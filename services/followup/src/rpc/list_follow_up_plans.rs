//! ListFollowUpPlans: the program's plans, oldest first.

use harborline_proto::followup::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::PageToken;
use harborline_types::PlanId;
use tonic::Request;

use super::wire;
use crate::app::{App, concerns};
use crate::error::FollowUpError;
use crate::store::plan::plan_list;

/// Answers one page.
pub(super) async fn handle(
    app: &App,
    request: Request<pb::ListFollowUpPlansRequest>,
) -> Result<pb::ListFollowUpPlansResponse, FollowUpError> {
    let (call, request) = split(request)?;
    let page_size = parse(&request)?;
    let after: Option<PlanId> = PageToken::parse(&request.page_token)?.position()?;
    // One more than asked for tells whether there is a next page.
    let mut plans = plan_list(&app.store, &call.scope()?, after, page_size + 1).await?;
    let is_last_page = plans.len() as i64 <= page_size;
    if !is_last_page {
        plans.pop();
    }
    plans.iter().for_each(|plan| concerns(&call, plan));
    let last = plans.last().filter(|_| !is_last_page);
    let next_page_token = last.map(|plan| PageToken::write(plan.id)).unwrap_or_default();
    Ok(pb::ListFollowUpPlansResponse { plans: plans.into_iter().map(wire::plan).collect(), next_page_token })
}

fn parse(request: &pb::ListFollowUpPlansRequest) -> Result<i64, ServiceError> {
    let mut fields = Fields::new();
    fields.page_size("page_size", request.page_size).ok_or_else(|| fields.refused())
}
