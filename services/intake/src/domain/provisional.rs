//! What intake assumes on its own: until triage answers, and for a follow-up.
//!
//! Software that does not know must not lower risk, so a provisional assessment is never less urgent than 2.

use harborline_types::{Acuity, Channel, ClosingDuty, Need, Signal, Timestamp};

use super::assessment::Assessment;
use super::facts::Facts;

/// The reason of an assessment that triage has not made yet.
pub(crate) const PROVISIONAL: &str = "provisional";
/// The reason of a level that an earlier contact of the same caller carries over, while triage does not know of it.
pub(crate) const CARRIED: &str = "carried_over";
/// The reason of an outbound contact's assessment.
const FOLLOW_UP: &str = "follow_up";

/// The assessment of an inbound contact until triage answers.
pub(crate) fn assess(facts: &Facts, need: Need, now: Timestamp) -> Assessment {
    Assessment {
        id: None,
        acuity: acuity(facts),
        reasons: vec![PROVISIONAL.to_owned()],
        need,
        closing_duties: vec![ClosingDuty::ScreenAsked, ClosingDuty::SafetyPlanReviewed, ClosingDuty::ReasonCoded],
        protocol: String::new(),
        assessed_at: now,
        sequence: 0,
    }
}

/// The assessment of an outbound contact: as urgent as the contact that it follows up, and met by the same standing.
pub(crate) fn follow_up(origin: &Assessment, channel: Channel, now: Timestamp) -> Assessment {
    Assessment {
        id: None,
        acuity: origin.acuity,
        reasons: vec![FOLLOW_UP.to_owned()],
        need: Need { channel, ..origin.need.clone() },
        closing_duties: vec![ClosingDuty::ReasonCoded],
        protocol: String::new(),
        assessed_at: now,
        sequence: 0,
    }
}

/// How urgent what triage has not judged is assumed to be.
pub(crate) fn acuity(facts: &Facts) -> Acuity {
    if facts.signals.iter().any(|signal| is_emergency(*signal)) { Acuity::Emergency } else { Acuity::VeryHigh }
}

fn is_emergency(signal: Signal) -> bool {
    match signal {
        Signal::AttemptInProgress
        | Signal::Overdose
        | Signal::MeansAtHand
        | Signal::Weapon
        | Signal::UnableToStaySafe
        | Signal::CommandHallucinations => true,
        Signal::WithdrawalRedFlags
        | Signal::SuicidalThoughts
        | Signal::RelapseToday
        | Signal::Craving
        | Signal::Panic
        | Signal::FamilyWorried
        | Signal::Stress
        | Signal::ProgramQuestion => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_triage_has_not_judged_is_never_less_urgent_than_very_high() {
        for signal in Signal::ALL {
            let facts = Facts { signals: vec![*signal], ..Facts::default() };
            assert!(acuity(&facts).is_urgent(), "{signal}");
        }
        assert_eq!(acuity(&Facts::default()), Acuity::VeryHigh);
    }

    #[test]
    fn one_signal_of_an_emergency_among_others_is_an_emergency() {
        let facts = Facts { signals: vec![Signal::Stress, Signal::Overdose], ..Facts::default() };
        assert_eq!(acuity(&facts), Acuity::Emergency);
    }
}
