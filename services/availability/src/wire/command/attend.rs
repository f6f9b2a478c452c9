//! Commands of a counselor about their own work.

use harborline_proto::availability::v1 as pb;
use harborline_status::Fields;
use harborline_types::PersonId;

use super::Read;
use crate::domain::matcher::Command;

/// Accepts an offer.
pub(crate) fn accept_offer(request: &pb::AcceptOfferRequest, counselor: &PersonId) -> Read {
    let mut fields = Fields::new();
    let (request_id, offer) = (fields.request_id(&request.request_id), fields.id("offer_id", &request.offer_id));
    let (Some(request_id), Some(offer)) = (request_id, offer) else { return Err(fields.refused()) };
    fields.finish()?;
    Ok((request_id, Command::Accept(offer, counselor.clone())))
}

/// Declines an offer.
pub(crate) fn decline_offer(request: &pb::DeclineOfferRequest, counselor: &PersonId) -> Read {
    let mut fields = Fields::new();
    let (request_id, offer) = (fields.request_id(&request.request_id), fields.id("offer_id", &request.offer_id));
    let reason = fields.word("reason", request.reason);
    let (Some(request_id), Some(offer), Some(reason)) = (request_id, offer, reason) else {
        return Err(fields.refused());
    };
    fields.finish()?;
    Ok((request_id, Command::Decline(offer, counselor.clone(), reason)))
}

/// Ends a wrap-up.
pub(crate) fn finish_wrap_up(request: &pb::FinishWrapUpRequest, counselor: &PersonId) -> Read {
    let mut fields = Fields::new();
    let (request_id, contact) = (fields.request_id(&request.request_id), fields.id("contact_id", &request.contact_id));
    let (Some(request_id), Some(contact)) = (request_id, contact) else { return Err(fields.refused()) };
    fields.finish()?;
    Ok((request_id, Command::FinishWrapUp(contact, counselor.clone())))
}

/// Begins or ends a break.
pub(crate) fn set_break(request: &pb::SetBreakRequest, counselor: &PersonId) -> Read {
    let mut fields = Fields::new();
    let Some(request_id) = fields.request_id(&request.request_id) else { return Err(fields.refused()) };
    fields.finish()?;
    Ok((request_id, Command::SetBreak(counselor.clone(), request.on_break)))
}

/// Goes off duty as soon as nothing is in hand.
pub(crate) fn leave_shift(request: &pb::LeaveShiftRequest, counselor: &PersonId) -> Read {
    let mut fields = Fields::new();
    let Some(request_id) = fields.request_id(&request.request_id) else { return Err(fields.refused()) };
    fields.finish()?;
    Ok((request_id, Command::LeaveShift(counselor.clone())))
}
