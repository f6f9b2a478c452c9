//! The clocks that the operator has set.

use chrono::TimeDelta;
use harborline_types::Acuity;

/// How long each step of a referral may take, on the domain's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How long an offer stands before it passes on.
    pub claim_within: TimeDelta,
    /// How long a claim holds before it lapses, by the contact's acuity: the most urgent first.
    pub accept_within: [TimeDelta; 5],
    /// How far ahead a clinic may expect the person and still take over: what lies beyond is a wait list.
    pub expected_within: TimeDelta,
}

impl Terms {
    /// How long a claim holds for a contact of this acuity. One that is not known counts as the most urgent.
    pub fn accept_within(&self, acuity: Option<Acuity>) -> TimeDelta {
        let [emergency, very_high, high, moderate, routine] = self.accept_within;
        match acuity {
            None | Some(Acuity::Emergency) => emergency,
            Some(Acuity::VeryHigh) => very_high,
            Some(Acuity::High) => high,
            Some(Acuity::Moderate) => moderate,
            Some(Acuity::Routine) => routine,
        }
    }
}
