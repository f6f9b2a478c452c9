//! What RPCs and duties share.

use std::sync::Arc;

use harborline_contacts::Contacts;
use harborline_identity::{Call, Subject};
use harborline_store::Store;
use harborline_types::Clock;

use crate::domain::plan::Plan;
use crate::domain::schedule::Schedules;
use crate::ports::IntakePort;

/// The parts of a running followup.
#[derive(Clone)]
pub struct App {
    /// Its Postgres.
    pub store: Store,
    /// What dates its facts, and by which attempts fall due.
    pub clock: Clock,
    /// When attempts are made.
    pub schedules: Schedules,
    /// Intake, which calls people again and is told what came of it.
    pub intake: Arc<dyn IntakePort>,
    /// What intake knows of contacts.
    pub contacts: Contacts,
}

impl App {
    /// Puts the parts together.
    pub fn new(
        store: Store,
        clock: Clock,
        schedules: Schedules,
        intake: Arc<dyn IntakePort>,
        contacts: Contacts,
    ) -> Arc<Self> {
        Arc::new(Self { store, clock, schedules, intake, contacts })
    }
}

/// Notes for the record of accesses that a call touches a plan: the contact that it follows, and whose it is.
pub(crate) fn concerns(call: &Call, plan: &Plan) {
    call.concerns(Subject::Contact(plan.contact));
    if let Some(participant) = plan.participant {
        call.concerns(Subject::Participant(participant));
    }
}
