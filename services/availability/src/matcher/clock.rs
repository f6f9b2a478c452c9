//! The database's clock, as a matcher knows it between two statements.

use chrono::TimeDelta;
use harborline_types::Timestamp;
use tokio::time::Instant;

/// An instant of the database's clock, and when we learned it.
#[derive(Clone, Copy, Debug)]
pub(super) struct DatabaseClock {
    read: Timestamp,
    at: Instant,
    /// It never shows less than it did.
    shown: Timestamp,
}

impl DatabaseClock {
    pub(super) fn new(read: Timestamp) -> Self {
        Self { read, at: Instant::now(), shown: read }
    }

    /// Learns the clock again.
    pub(super) fn learn(&mut self, read: Timestamp) {
        *self = Self { shown: self.shown.max(read), ..Self::new(read) };
    }

    /// Now, later than every instant shown before: rounds are ordered by it.
    pub(super) fn now(&mut self) -> Timestamp {
        let counted = self.read + self.at.elapsed();
        self.shown = counted.max(self.shown + TimeDelta::microseconds(1));
        truncated(self.shown)
    }

    /// How long until an instant.
    pub(super) fn until(&self, instant: Timestamp) -> std::time::Duration {
        (instant - (self.read + self.at.elapsed())).to_std().unwrap_or_default()
    }
}

/// In whole microseconds, as Postgres keeps them.
fn truncated(instant: Timestamp) -> Timestamp {
    Timestamp::from_timestamp_micros(instant.timestamp_micros()).unwrap_or(instant)
}
