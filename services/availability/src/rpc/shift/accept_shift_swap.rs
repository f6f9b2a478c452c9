//! A counselor accepts the swap that another one offers.

use std::sync::Arc;

use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{RequestId, SwapId};
use tonic::Request;

use super::swapping;
use crate::app::App;
use crate::domain::shift::SwapState;
use crate::error::AvailabilityError;
use crate::rpc::{counselor_calls, roster_rules};
use crate::store;

pub(super) async fn handle(
    app: &Arc<App>,
    request: Request<pb::AcceptShiftSwapRequest>,
) -> Result<pb::AcceptShiftSwapResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let (request_id, id) = parse(&request.request_id, &request.swap_id)?;
    let scope = call.scope()?;
    let taker = counselor_calls::counselor(app, &call, &scope).await?;

    let replica = app.clone();
    let work = move |budget| async move {
        let mut tx = match replica.store.begin_once(&call, "AcceptShiftSwap", request_id, &request).await? {
            Once::Replay(answer) => return Ok(answer),
            Once::Fresh(tx) => tx,
        };
        let rules = roster_rules::required(tx.conn(), &scope).await?;
        let swap = store::swap_for_update(&mut tx, &scope, id).await?.ok_or(AvailabilityError::SwapNotFound(id))?;
        let swap = swap.accept(&taker, rules.swaps_need_supervisor).map_err(swapping::refused(id))?;
        let now = replica.clock.now();
        let warnings = match swap.state {
            SwapState::Done => swapping::carry_out(&mut tx, &scope, rules, &swap, now, &budget).await?,
            // Checked before a supervisor is asked, so that an impossible swap is refused at once.
            _ => swapping::check(&mut tx, &scope, rules, (id, &swap.moves()), now, &budget).await?,
        };
        let warnings = warnings.into_iter().map(swapping::warning).collect();
        store::swap_save(&mut tx, &scope, &swap).await?;
        Ok(tx.commit_answering(pb::AcceptShiftSwapResponse { swap: Some(swapping::swap(swap)), warnings }).await?)
    };
    app.computations.run(scope.program(), work).await
}

/// Reads a call about one swap.
pub(super) fn parse(request_id: &str, swap_id: &str) -> Result<(RequestId, SwapId), ServiceError> {
    let mut fields = Fields::new();
    let (request_id, swap) = (fields.request_id(request_id), fields.id("swap_id", swap_id));
    let (Some(request_id), Some(swap)) = (request_id, swap) else { return Err(fields.refused()) };
    fields.finish()?;
    Ok((request_id, swap))
}
