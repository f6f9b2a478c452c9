//! Who has just accepted what, for the duties of this process that tell of it: they need not look in the database for
//! what never changes.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use harborline_types::{ContactId, Timestamp};

use crate::domain::TicketEventKind;
use crate::domain::matcher::{Pool, Round};
use crate::store::Assignment;

/// With more than this they are forgotten: another replica tells of them, or the duties look in the database.
const KEPT: usize = 4096;

/// Assignments that nobody has told of yet, by contact and number.
#[derive(Default)]
pub(crate) struct Assigned {
    fresh: Mutex<HashMap<(ContactId, i32), Assignment>>,
}

impl Assigned {
    /// Notes who accepted in a round that is in the ledger; `at` is when, on the domain's clock.
    pub(super) fn note(&self, pool: &Pool, round: &Round, at: Timestamp) {
        let mut fresh = self.locked();
        for change in &round.changes {
            let has = |kind| change.events.iter().any(|event| event.kind == kind);
            let accepted = has(TicketEventKind::Accepted) && !has(TicketEventKind::Transferred);
            let ticket = &change.ticket;
            let counselor = ticket.counselor.as_ref().filter(|_| accepted && ticket.beside.is_none());
            if let Some(counselor) = counselor.and_then(|id| pool.person(id)) {
                if fresh.len() >= KEPT {
                    fresh.clear();
                }
                let assignment = Assignment { counselor, accepted_at: at, by_transfer: None };
                fresh.insert((ticket.contact, ticket.assignment), assignment);
            }
        }
    }

    /// The assignment, if it was noted here; it is not kept any longer.
    pub(crate) fn take(&self, contact: ContactId, number: i32) -> Option<Assignment> {
        self.locked().remove(&(contact, number))
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<(ContactId, i32), Assignment>> {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
