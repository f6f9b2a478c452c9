//! What a counselor has before them, as Attend sends it.

use harborline_proto::availability::v1 as pb;
use harborline_types::PersonId;
use harborline_types::wire::{number, timestamp};

use super::asked_in;
use crate::domain::{Activity, Desk, InHand, TicketState};

/// The message for a desk, without its cursor.
pub(crate) fn on_desk(counselor: &PersonId, desk: &Desk) -> pb::AttendResponse {
    let mut response = pb::AttendResponse::default();
    let mut count = InHand::default();
    for at_hand in &desk.at_hand {
        let ticket = &at_hand.ticket;
        let Some(offer) = ticket.offer else { continue };
        if ticket.state == TicketState::Offered {
            count.offers += 1;
            response.offers.push(pb::Offer {
                offer_id: offer.to_string(),
                contact_id: ticket.contact.to_string(),
                acuity: number(ticket.acuity),
                need: Some(ticket.need.clone().into()),
                expires_at: at_hand.expires_at.map(timestamp),
                preferred: at_hand.is_preferred(counselor),
                kind: number(ticket.kind()),
            });
            continue;
        }
        let wrapping_up = ticket.state == TicketState::Released;
        *if wrapping_up { &mut count.wrap_ups } else { &mut count.conversations } += 1;
        response.engagements.push(pb::Engagement {
            contact_id: ticket.contact.to_string(),
            ticket_id: ticket.id.to_string(),
            wrapping_up,
            kind: number(ticket.kind()),
        });
    }
    response.asked_in = desk.asked_in.iter().map(asked_in).collect();
    response.activity = number(Activity::on_duty(desk.connected, desk.on_break.is_some(), count));
    response.break_reason = desk.on_break.map_or(0, number);
    response
}
