//! The swaps that are offered or wait for a supervisor.

use harborline_identity::Role;
use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_store::PageTokens;
use tonic::Request;

use super::swapping;
use crate::app::App;
use crate::error::AvailabilityError;
use crate::store;

pub(super) async fn handle(
    app: &App,
    request: Request<pb::ListShiftSwapsRequest>,
) -> Result<pb::ListShiftSwapsResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let Some(size) = fields.page_size("page_size", request.page_size) else { return Err(fields.refused().into()) };
    let scope = call.scope()?;
    let filter = pb::ListShiftSwapsRequest { page_size: 0, page_token: String::new() };
    let tokens = PageTokens::of(scope.program(), "ListShiftSwaps", &filter);
    let after = tokens.position(&request.page_token)?;
    let caller = call.person()?;
    let sees_all = [Role::Supervisor, Role::Administrator].iter().any(|role| caller.roles.contains(role));
    let concerning = (!sees_all).then_some(&caller.id);

    let mut page = store::swap_list(app.store.reader(&scope), &scope, concerning, after, size + 1).await?;
    let next_page_token = tokens.cut(&mut page, size, |swap| swap.id);
    Ok(pb::ListShiftSwapsResponse { swaps: page.into_iter().map(swapping::swap).collect(), next_page_token })
}
