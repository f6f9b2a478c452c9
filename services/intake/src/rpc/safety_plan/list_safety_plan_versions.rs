//! Lists the versions of a safety plan, the newest first.

use harborline_proto::intake::v1::{ListSafetyPlanVersionsRequest, ListSafetyPlanVersionsResponse};
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_store::PageTokens;
use tonic::Request;

use super::edited::seen;
use crate::app::App;
use crate::error::IntakeError;
use crate::{store, wire};

pub(super) async fn handle(
    app: &App,
    request: Request<ListSafetyPlanVersionsRequest>,
) -> Result<ListSafetyPlanVersionsResponse, IntakeError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let page_size = fields.page_size("page_size", request.page_size);
    let id = fields.id("participant_id", &request.participant_id);
    let (Some(page_size), Some(id)) = (page_size, id) else { return Err(fields.refused().into()) };
    let scope = call.scope()?;
    let plan = seen(app, &call, &scope, id).await?;
    let filter = ListSafetyPlanVersionsRequest { page_size: 0, page_token: String::new(), ..request.clone() };
    let tokens = PageTokens::of(scope.program(), "ListSafetyPlanVersions", &filter);
    let before = tokens.position(&request.page_token)?;
    let (keys, reader) = (app.store.keys(&scope).await?, app.store.reader(&scope));
    // One more than asked for tells whether there is a next page.
    let versions = store::safety_plan_versions(reader, &keys, &scope, plan.participant, before, page_size + 1);
    let mut versions = versions.await?;
    let next_page_token = tokens.cut(&mut versions, page_size, |version| version.number);
    let versions = versions.into_iter().map(wire::safety_plan::version).collect();
    Ok(ListSafetyPlanVersionsResponse { versions, next_page_token })
}
