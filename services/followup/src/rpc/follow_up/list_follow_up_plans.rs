//! ListFollowUpPlans: the program's plans, oldest first.

use harborline_proto::followup::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::PageTokens;
use tonic::Request;

use crate::app::{App, concerns};
use crate::error::FollowUpError;
use crate::store::plan::plan_list;
use crate::wire;

/// Answers one page.
pub(super) async fn handle(
    app: &App,
    request: Request<pb::ListFollowUpPlansRequest>,
) -> Result<pb::ListFollowUpPlansResponse, FollowUpError> {
    let (call, request) = split(request)?;
    let page_size = parse(&request)?;
    let scope = call.scope()?;
    let filter = pb::ListFollowUpPlansRequest { page_size: 0, page_token: String::new() };
    let tokens = PageTokens::of(scope.program(), "ListFollowUpPlans", &filter);
    let after = tokens.position(&request.page_token)?;
    // One more than asked for tells whether there is a next page.
    let mut plans = plan_list(&app.store, &scope, after, page_size + 1).await?;
    let next_page_token = tokens.cut(&mut plans, page_size, |plan| plan.id);
    plans.iter().for_each(|plan| concerns(&call, plan));
    Ok(pb::ListFollowUpPlansResponse { plans: plans.into_iter().map(wire::plan).collect(), next_page_token })
}

fn parse(request: &pb::ListFollowUpPlansRequest) -> Result<i64, ServiceError> {
    let mut fields = Fields::new();
    fields.page_size("page_size", request.page_size).ok_or_else(|| fields.refused())
}
