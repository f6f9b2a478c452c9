//! What RPCs and duties share.

use std::sync::Arc;

use chrono::TimeDelta;
use harborline_contacts::Contacts;
use harborline_store::Store;
use harborline_types::Clock;

use crate::domain::protocol::Protocol;
use crate::ports::IntakePort;

/// The parts of a running triage.
#[derive(Clone)]
pub struct App {
    /// Its Postgres.
    pub store: Store,
    /// What dates its facts.
    pub clock: Clock,
    /// The protocol in force.
    pub protocol: Arc<Protocol>,
    /// How long a lowering waits for the second person.
    pub lowering_holds: TimeDelta,
    /// Intake, which is told what triage concludes.
    pub intake: Arc<dyn IntakePort>,
    /// What intake knows of contacts.
    pub contacts: Contacts,
}

impl App {
    /// Puts the parts together.
    pub fn new(
        store: Store,
        clock: Clock,
        protocol: Protocol,
        lowering_holds: TimeDelta,
        intake: Arc<dyn IntakePort>,
        contacts: Contacts,
    ) -> Arc<Self> {
        Arc::new(Self { store, clock, protocol: Arc::new(protocol), lowering_holds, intake, contacts })
    }
}
