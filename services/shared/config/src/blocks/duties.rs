//! `[duties]`: the worker that fulfills duties.

use std::time::Duration;

use serde::Deserialize;

use crate::problems::{Problems, Validate};

/// The worker that fulfills duties.
#[derive(Debug, Clone, Deserialize)]
pub struct DutySettings {
    /// Seconds a replica may hold a duty.
    pub lease_seconds: u64,
    /// Duties worked on at once by this replica.
    pub concurrency: usize,
    /// Seconds between two looks for duties that fell due without a wake-up.
    pub poll_seconds: u64,
}

impl DutySettings {
    /// The time a replica may hold a duty.
    pub fn lease(&self) -> Duration {
        Duration::from_secs(self.lease_seconds)
    }

    /// The time between two looks for duties that fell due without a wake-up.
    pub fn poll(&self) -> Duration {
        Duration::from_secs(self.poll_seconds)
    }
}

impl Validate for DutySettings {
    fn validate(&self, problems: &mut Problems) {
        problems.check("duties.lease_seconds", (1..=600).contains(&self.lease_seconds), "between 1 and 600 seconds");
        problems.check("duties.concurrency", (1..=1_000).contains(&self.concurrency), "between 1 and 1000 duties");
        problems.check("duties.poll_seconds", (1..=60).contains(&self.poll_seconds), "between 1 and 60 seconds");
    }
}
