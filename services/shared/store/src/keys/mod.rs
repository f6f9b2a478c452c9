//! The keys of programs: kept ready in memory, so that no call waits for the key provider.
//!
//! A program's first use makes its keys. A task of the process looks again every [`KeySource::refresh_every`] at all
//! programs that have keys in this database: it learns of rotations, forgets keys that were destroyed, and keeps what it
//! has while the provider is away (P10). Readiness asks for the provider only while no key is known.
//!
//! Not chosen: unwrapping at every use (a provider that is away would stop the line), and a shared cache (keys would
//! lie somewhere else again).

mod admin;
mod ring;
mod rows;

use std::sync::Arc;
use std::time::Duration;

use harborline_keys::KeyProvider;

pub use admin::{KeyRotated, KeyStatus};
pub(crate) use ring::KeyRing;

/// Which service's keys, and who wraps them.
#[derive(Clone)]
pub struct KeySource {
    pub(crate) service: Arc<str>,
    pub(crate) provider: Arc<dyn KeyProvider>,
    pub(crate) refresh: Duration,
}

impl KeySource {
    /// The keys of a service. What one service seals, another does not open.
    pub fn new(service: &str, provider: Arc<dyn KeyProvider>) -> Self {
        Self { service: Arc::from(service), provider, refresh: Duration::from_secs(60) }
    }

    /// The time between two looks whether keys have changed; a minute unless set.
    pub fn refresh_every(mut self, refresh: Duration) -> Self {
        self.refresh = refresh;
        self
    }
}
