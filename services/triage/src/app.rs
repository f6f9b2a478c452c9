//! What every RPC stands on.

use std::sync::Arc;

use harborline_contacts::Contacts;
use harborline_store::Store;
use harborline_types::Clock;

use crate::domain::protocol::Protocol;

/// The parts of a running triage. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// Its Postgres.
    pub store: Store,
    /// What dates its facts.
    pub clock: Clock,
    /// The protocol in force.
    pub protocol: Arc<Protocol>,
    /// What intake knows of contacts.
    pub contacts: Contacts,
}

impl App {
    /// Puts the parts together.
    pub fn new(store: Store, clock: Clock, protocol: Protocol, contacts: Contacts) -> Self {
        Self { store, clock, protocol: Arc::new(protocol), contacts }
    }
}
