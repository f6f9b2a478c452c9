//! The state of a counselor as an Attend stream sends it.

use harborline_proto::availability::v1 as pb;
use harborline_types::PersonId;
use harborline_types::wire::{number, timestamp};

use super::asked_in;
use crate::domain::{Activity, CounselorState, TicketState, Workload};

/// The message for a counselor, without its cursor.
pub(crate) fn attend_response(counselor: &PersonId, state: &CounselorState) -> pb::AttendResponse {
    let mut response = pb::AttendResponse::default();
    let mut workload = Workload::default();
    for held in &state.held {
        let ticket = &held.ticket;
        let Some(offer) = ticket.offer else { continue };
        if ticket.state == TicketState::Offered {
            workload.offers += 1;
            response.offers.push(pb::Offer {
                offer_id: offer.to_string(),
                contact_id: ticket.contact.to_string(),
                acuity: number(ticket.acuity),
                need: Some(ticket.need.clone().into()),
                expires_at: held.expires_at.map(timestamp),
                preferred: held.is_preferred(counselor),
                kind: number(ticket.kind()),
            });
            continue;
        }
        let wrapping_up = ticket.state == TicketState::Released;
        *if wrapping_up { &mut workload.wrap_ups } else { &mut workload.conversations } += 1;
        response.engagements.push(pb::Engagement {
            contact_id: ticket.contact.to_string(),
            ticket_id: ticket.id.to_string(),
            wrapping_up,
            kind: number(ticket.kind()),
        });
    }
    response.asked_in = state.transfers.iter().map(asked_in).collect();
    response.activity = number(Activity::on_duty(state.connected, state.on_break.is_some(), workload));
    response.break_reason = state.on_break.map_or(0, number);
    response
}
