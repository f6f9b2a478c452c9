//! When attempts are made, by acuity and by how a contact ended. The figures are settings.

use chrono::TimeDelta;
use harborline_types::Acuity;

use super::closed::ContactEnding;

/// When the attempts for contacts of one acuity are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// From the close of the contact to the first attempt.
    pub first_attempt_after: TimeDelta,
    /// From the close of the contact to when the first attempt must be made at the latest.
    pub due_by: TimeDelta,
    /// From the end of an attempt in vain to the next one; as long again, and that one must be made at the latest.
    pub retry_after: TimeDelta,
    /// From the end of an attempt that no counselor made to the one in its place.
    pub not_made_retry_after: TimeDelta,
    /// Attempts until a decision is needed; 0 means that the acuity alone asks for none.
    pub max_attempts: usize,
}

impl Schedule {
    /// The earlier of both times, for the first attempt and for its latest.
    fn no_later_than(self, first: FirstAttempt) -> Self {
        Self {
            first_attempt_after: self.first_attempt_after.min(first.after),
            due_by: self.due_by.min(first.due_by),
            ..self
        }
    }
}

/// When the first attempt after a contact is made that ended in a certain way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstAttempt {
    /// From the end of the contact to the attempt.
    pub after: TimeDelta,
    /// From the end of the contact to when it must be made at the latest.
    pub due_by: TimeDelta,
}

/// What the ending of a contact asks for, whatever its acuity.
#[derive(Clone, Copy, Debug)]
pub struct Endings {
    /// The caller broke off at acuity 1 or 2.
    pub broken_off: FirstAttempt,
    /// The caller had left when the counselor's connection was lost.
    pub call_back: FirstAttempt,
    /// The backup line has the caller.
    pub handed_off: FirstAttempt,
}

/// The schedule of each acuity and ending.
#[derive(Clone, Debug)]
pub struct Schedules {
    by_acuity: [Schedule; Acuity::ALL.len()],
    endings: Endings,
}

impl Schedules {
    /// One schedule an acuity, the most urgent first.
    pub fn new(by_acuity: [Schedule; Acuity::ALL.len()], endings: Endings) -> Self {
        Self { by_acuity, endings }
    }

    /// The schedule of an acuity.
    pub fn of(&self, acuity: Acuity) -> Schedule {
        self.by_acuity[usize::from(acuity.level() - 1)]
    }

    /// The schedule of a contact of this acuity that ended so. An ending only makes the first attempt earlier.
    pub(super) fn after(&self, acuity: Acuity, ending: ContactEnding) -> Schedule {
        let schedule = self.of(acuity);
        match ending {
            ContactEnding::BrokenOff if is_very_urgent(acuity) => schedule.no_later_than(self.endings.broken_off),
            ContactEnding::Closed | ContactEnding::BrokenOff => schedule,
            ContactEnding::CallBack => schedule.no_later_than(self.endings.call_back),
            ContactEnding::HandedOff => schedule.no_later_than(self.endings.handed_off),
        }
    }
}

/// Whether a life may be in danger: acuity 1 and 2.
pub(super) fn is_very_urgent(acuity: Acuity) -> bool {
    acuity <= Acuity::VeryHigh
}
