//! Withdraws or refuses a swap that was not carried out.

use harborline_identity::Role;
use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_store::Once;
use tonic::Request;

use super::accept_shift_swap::parse;
use super::swapping;
use crate::app::App;
use crate::error::AvailabilityError;
use crate::rpc::roster_rules;
use crate::store;

pub(super) async fn handle(
    app: &App,
    request: Request<pb::CloseShiftSwapRequest>,
) -> Result<pb::CloseShiftSwapResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let (request_id, id) = parse(&request.request_id, &request.swap_id)?;
    let scope = call.scope()?;
    let caller = call.person()?;
    let who = (!caller.roles.contains(&Role::Supervisor)).then_some(&caller.id);

    let mut tx = match app.store.begin_once(&call, "CloseShiftSwap", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    roster_rules::required(tx.conn(), &scope).await?;
    let swap = store::swap_for_update(&mut tx, &scope, id).await?.ok_or(AvailabilityError::SwapNotFound(id))?;
    let swap = swap.close(who).map_err(swapping::refused(id))?;
    store::swap_save(&mut tx, &scope, &swap).await?;
    Ok(tx.commit_answering(pb::CloseShiftSwapResponse { swap: Some(swapping::swap(swap)) }).await?)
}
