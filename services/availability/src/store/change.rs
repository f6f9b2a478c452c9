//! What a step causes beyond its ticket.

use harborline_duties::Owed;

use crate::domain::{Change, TicketEventKind};
use crate::duties;

/// What intake must be told, and who must be reached.
pub(super) fn change_duties(change: &Change) -> Vec<Owed> {
    let ticket = &change.ticket;
    let owed = (change.steps_read + 1..).zip(&change.events).filter_map(|(step, event)| match event.kind {
        TicketEventKind::Accepted => {
            Some(Owed::now(duties::ASSIGNED, format_args!("{}/{}", ticket.contact, ticket.assignment)))
        }
        TicketEventKind::CounselorLost => {
            Some(Owed::now(duties::COUNSELOR_LOST, format_args!("{}/{}", ticket.contact, ticket.assignment)))
        }
        TicketEventKind::SupervisorPaged => Some(Owed::now(duties::PAGE, format_args!("{}/{step}", ticket.id))),
        TicketEventKind::HandedOff => Some(Owed::now(duties::HAND_OFF, ticket.contact)),
        _ => None,
    });
    owed.collect()
}
