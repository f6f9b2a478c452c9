//! A counselor offers one of their own shift days.

use std::sync::Arc;

use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{PersonId, RequestId, SwapId};
use tonic::Request;

use super::swapping;
use crate::app::App;
use crate::domain::shift::{ShiftDay, Swap, SwapState};
use crate::error::AvailabilityError;
use crate::rpc::roster_rules;
use crate::store;
use crate::wire::local;

/// The day that is offered, the counselor it is offered to (none: all), and the day wanted for it.
type Offer = (ShiftDay, Option<PersonId>, Option<ShiftDay>);

pub(super) async fn handle(
    app: &Arc<App>,
    request: Request<pb::OfferShiftSwapRequest>,
) -> Result<pb::OfferShiftSwapResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let (request_id, (given, offered_to, in_return)) = parse(&request)?;
    let scope = call.scope()?;
    let offered_by = call.person()?.id.clone();

    let replica = app.clone();
    let work = move |budget| async move {
        let mut tx = match replica.store.begin_once(&call, "OfferShiftSwap", request_id, &request).await? {
            Once::Replay(answer) => return Ok(answer),
            Once::Fresh(tx) => tx,
        };
        let rules = roster_rules::required(tx.conn(), &scope).await?;
        if let Some(asked) = &offered_to
            && store::counselors_of(&mut tx, &scope, &[asked]).await?.is_empty()
        {
            return Err(AvailabilityError::CounselorNotFound(asked.clone()));
        }
        let days: Vec<_> = [Some(given), in_return].into_iter().flatten().collect();
        let roster = swapping::roster_around(&mut tx, &scope, rules, &days, &budget).await?;
        let now = replica.clock.now();
        let is_theirs = |day: ShiftDay, owner: &PersonId| {
            roster.iter().any(|entry| entry.shift_day == day && entry.counselor == *owner && entry.span.from > now)
        };
        let not_found = |day: ShiftDay| AvailabilityError::ShiftNotFound(day.shift);
        if !is_theirs(given, &offered_by) {
            return Err(not_found(given));
        }
        if let (Some(returned), Some(asked)) = (in_return, &offered_to)
            && !is_theirs(returned, asked)
        {
            return Err(not_found(returned));
        }
        let (id, state) = (SwapId::new(), SwapState::Offered);
        let swap = Swap { id, state, offered_by, given, offered_to, in_return, accepted_by: None };
        store::swap_create(&mut tx, &scope, &swap).await?;
        Ok(tx.commit_answering(pb::OfferShiftSwapResponse { swap: Some(swapping::swap(swap)) }).await?)
    };
    app.computations.run(scope.program(), work).await
}

fn parse(request: &pb::OfferShiftSwapRequest) -> Result<(RequestId, Offer), ServiceError> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let given = local::shift_day(&mut fields, "given", request.given.as_ref());
    let asked = &request.offered_to;
    let offered_to = if asked.is_empty() { Some(None) } else { fields.person_id("offered_to", asked).map(Some) };
    if asked.is_empty() && request.in_return.is_some() {
        fields.fault("offered_to", "is required where something is wanted in exchange");
    }
    let in_return = match &request.in_return {
        None => Some(None),
        returned => local::shift_day(&mut fields, "in_return", returned.as_ref()).map(Some),
    };
    let (Some(request_id), Some(given), Some(offered_to), Some(in_return)) = (request_id, given, offered_to, in_return)
    else {
        return Err(fields.refused());
    };
    fields.finish()?;
    Ok((request_id, (given, offered_to, in_return)))
}
