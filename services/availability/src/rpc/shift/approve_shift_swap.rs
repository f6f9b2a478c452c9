//! A supervisor approves a swap that was accepted, and it is carried out.

use std::sync::Arc;

use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_store::Once;
use tonic::Request;

use super::accept_shift_swap::parse;
use super::swapping;
use crate::app::App;
use crate::domain::shift::SwapState;
use crate::error::AvailabilityError;
use crate::rpc::roster_rules;
use crate::store;

pub(super) async fn handle(
    app: &Arc<App>,
    request: Request<pb::ApproveShiftSwapRequest>,
) -> Result<pb::ApproveShiftSwapResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let (request_id, id) = parse(&request.request_id, &request.swap_id)?;
    let scope = call.scope()?;

    let replica = app.clone();
    let work = move |budget| async move {
        let mut tx = match replica.store.begin_once(&call, "ApproveShiftSwap", request_id, &request).await? {
            Once::Replay(answer) => return Ok(answer),
            Once::Fresh(tx) => tx,
        };
        let rules = roster_rules::required(tx.conn(), &scope).await?;
        let mut swap = store::swap_for_update(&mut tx, &scope, id).await?.ok_or(AvailabilityError::SwapNotFound(id))?;
        let mut warnings = Vec::new();
        if swap.state != SwapState::Done {
            swap = swap.approve().map_err(swapping::refused(id))?;
            let found = swapping::carry_out(&mut tx, &scope, rules, &swap, replica.clock.now(), &budget).await?;
            warnings.extend(found.into_iter().map(swapping::warning));
            store::swap_save(&mut tx, &scope, &swap).await?;
        }
        Ok(tx.commit_answering(pb::ApproveShiftSwapResponse { swap: Some(swapping::swap(swap)), warnings }).await?)
    };
    app.computations.run(scope.program(), work).await
}
