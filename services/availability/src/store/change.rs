//! The duties that the steps of a ticket owe.

use harborline_duties::Owed;

use crate::domain::task::{AssignmentOf, ContactStep, Task, TicketStep};
use crate::domain::{Change, TicketEventKind, TicketKind};

/// The duties of a change: news for intake, and pages.
pub(super) fn change_duties(change: &Change) -> Vec<Owed> {
    let ticket = &change.ticket;
    let assignment = AssignmentOf { contact: ticket.contact, number: ticket.assignment };
    let (own, kind) = (ticket.beside.is_none(), ticket.kind());
    let owed = (change.steps_read + 1..).zip(&change.events).filter_map(|(step, event)| match event.kind {
        TicketEventKind::SupervisorPaged => Some(Owed::now(Task::Page, TicketStep { ticket: ticket.id, step })),
        // A counselor who accepts a cold transfer does not join the contact but has it: `Transferred` tells that.
        TicketEventKind::Accepted if kind == TicketKind::ColdTransfer => None,
        TicketEventKind::Accepted
        | TicketEventKind::CounselorLost
        | TicketEventKind::Left
        | TicketEventKind::Released
            if !own =>
        {
            Some(Owed::now(Task::Joined, ticket.id))
        }
        _ if !own => None,
        TicketEventKind::Accepted | TicketEventKind::Transferred => Some(Owed::once(Task::Assigned, assignment)),
        TicketEventKind::CounselorLost => Some(Owed::now(Task::CounselorLost, assignment)),
        TicketEventKind::BackupOffered => {
            Some(Owed::once(Task::BackupOffered, ContactStep { contact: ticket.contact, step }))
        }
        _ => None,
    });
    owed.collect()
}
