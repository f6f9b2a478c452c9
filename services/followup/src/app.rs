//! What every RPC stands on.

use harborline_contacts::Contacts;
use harborline_identity::{Call, Subject};
use harborline_store::Store;
use harborline_types::Clock;

use crate::domain::plan::Plan;
use crate::domain::schedule::Schedules;

/// The parts of a running followup. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// Its Postgres.
    pub store: Store,
    /// What dates its facts, and by which attempts fall due.
    pub clock: Clock,
    /// When attempts are made.
    pub schedules: Schedules,
    /// What intake knows of contacts.
    pub contacts: Contacts,
}

impl App {
    /// Puts the parts together.
    pub fn new(store: Store, clock: Clock, schedules: Schedules, contacts: Contacts) -> Self {
        Self { store, clock, schedules, contacts }
    }
}

/// Notes for the record of accesses that a call touches a plan: the contact that it follows, and whose it is.
pub(crate) fn concerns(call: &Call, plan: &Plan) {
    call.concerns(Subject::Contact(plan.contact));
    if let Some(participant) = plan.participant {
        call.concerns(Subject::Participant(participant));
    }
}
