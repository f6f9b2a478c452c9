//! When attempts are made, by acuity. The figures are settings.

use chrono::TimeDelta;
use harborline_types::Acuity;

/// When the attempts for contacts of one acuity are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// From the close of the contact to the first attempt.
    pub first_attempt_after: TimeDelta,
    /// From the close of the contact to when the first attempt must be made at the latest.
    pub due_by: TimeDelta,
    /// From the end of an attempt in vain to the next one.
    pub retry_after: TimeDelta,
    /// Attempts until a decision is needed; 0 means that nobody is called.
    pub max_attempts: usize,
}

/// The schedule of each acuity.
#[derive(Clone, Debug)]
pub struct Schedules([Schedule; Acuity::ALL.len()]);

impl Schedules {
    /// One schedule an acuity, the most urgent first.
    pub fn new(by_acuity: [Schedule; Acuity::ALL.len()]) -> Self {
        Self(by_acuity)
    }

    /// The schedule of an acuity.
    pub fn of(&self, acuity: Acuity) -> Schedule {
        self.0[usize::from(acuity.level() - 1)]
    }
}
