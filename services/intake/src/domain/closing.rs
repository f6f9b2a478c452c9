//! What must be done before a contact may close.
//!
//! A duty that a record can prove is proven by that record alone: nobody's word stands for it, and nobody needs to say it.

use harborline_types::ClosingDuty;

use super::assessment::Assessment;
use super::contact::Outcome;

/// What the names of triage's rules about a complete suicide screen begin with.
const SCREENED: &str = "asq_";

/// Why duties are not noted as done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ClosingRefused {
    #[error("neither the contact's acuity nor a program rule asks for these duties")]
    NotOwed(Vec<ClosingDuty>),
    #[error("a record proves these duties, and there is none")]
    Unproven(Vec<ClosingDuty>),
}

/// Which of its open duties a contact may be closed with. They are a supervisor's to decide about: nothing that is not known
/// yet holds a counselor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MayWait {
    /// None.
    Nothing,
    /// Those that a record proves, which cannot be read.
    Proven,
    /// All: it is not decided yet whether the acuity that asks for them is too high.
    Everything,
}

impl MayWait {
    /// Whether this duty may.
    pub(crate) fn covers(self, duty: ClosingDuty) -> bool {
        match self {
            Self::Nothing => false,
            Self::Proven => is_proven_by_record(duty),
            Self::Everything => true,
        }
    }
}

/// Whether a record proves the duty, and nothing else does.
fn is_proven_by_record(duty: ClosingDuty) -> bool {
    duty == ClosingDuty::ScreenComplete
}

/// Whether the record of a duty is there.
fn is_proven(duty: ClosingDuty, assessment: &Assessment) -> bool {
    is_proven_by_record(duty) && assessment.reasons.iter().any(|reason| reason.starts_with(SCREENED))
}

/// The duties that are still open when a contact with this outcome is to close, in their order.
///
/// Who was not reached can be asked nothing; who broke off can be asked nothing more, but why they called is coded.
pub(crate) fn open_duties(
    owed: &[ClosingDuty],
    assessment: &Assessment,
    completed: &[ClosingDuty],
    outcome: Outcome,
) -> Vec<ClosingDuty> {
    let required = match outcome {
        Outcome::NotReached => &[],
        Outcome::Disconnected => &[ClosingDuty::ReasonCoded][..],
        Outcome::Resolved | Outcome::Referred | Outcome::Rescued | Outcome::Reached | Outcome::Declined => owed,
    };
    not_done(required, assessment, completed)
}

/// Every duty that is not done, whatever the outcome.
pub(crate) fn all_open_duties(
    owed: &[ClosingDuty],
    assessment: &Assessment,
    completed: &[ClosingDuty],
) -> Vec<ClosingDuty> {
    not_done(owed, assessment, completed)
}

fn not_done(required: &[ClosingDuty], assessment: &Assessment, completed: &[ClosingDuty]) -> Vec<ClosingDuty> {
    let is_done = |duty: &ClosingDuty| {
        if is_proven_by_record(*duty) { is_proven(*duty, assessment) } else { completed.contains(duty) }
    };
    required.iter().filter(|duty| !is_done(duty)).copied().collect()
}

/// The duties among these that somebody may note as done.
///
/// # Errors
/// When one of them is not owed, or a record that proves one is missing.
pub(crate) fn noted(
    done: &[ClosingDuty],
    owed: &[ClosingDuty],
    assessment: &Assessment,
) -> Result<Vec<ClosingDuty>, ClosingRefused> {
    let of = |fails: &dyn Fn(&ClosingDuty) -> bool| -> Vec<ClosingDuty> {
        done.iter().filter(|duty| fails(duty)).copied().collect()
    };
    let not_owed = of(&|duty| !owed.contains(duty));
    if !not_owed.is_empty() {
        return Err(ClosingRefused::NotOwed(not_owed));
    }
    let unproven = of(&|duty| is_proven_by_record(*duty) && !is_proven(*duty, assessment));
    if !unproven.is_empty() {
        return Err(ClosingRefused::Unproven(unproven));
    }
    Ok(of(&|duty| !is_proven_by_record(*duty)))
}

#[cfg(test)]
mod tests {
    use harborline_types::{Channel, Clock, Need};

    use super::*;
    use crate::domain::facts::Facts;
    use crate::domain::provisional;

    const REQUIRED: [ClosingDuty; 2] = [ClosingDuty::ScreenComplete, ClosingDuty::ReasonCoded];

    fn assessment(reasons: &[&str]) -> Assessment {
        let (channel, language) = (Channel::Phone, "en".to_owned());
        let need = Need { channel, at_least: None, language, jurisdiction: None, skills: Vec::new() };
        Assessment {
            closing_duties: REQUIRED.to_vec(),
            reasons: reasons.iter().map(|reason| (*reason).to_owned()).collect(),
            ..provisional::assess(&Facts::default(), need, Clock::System.now())
        }
    }

    #[test]
    fn a_duty_is_open_until_it_is_completed_and_a_screen_until_it_is_on_record() {
        let none = assessment(&[]);
        assert_eq!(open_duties(&REQUIRED, &none, &[], Outcome::Resolved), REQUIRED);
        assert_eq!(open_duties(&REQUIRED, &none, &REQUIRED, Outcome::Resolved), [ClosingDuty::ScreenComplete]);
        let screened = assessment(&["asq_non_acute_positive"]);
        assert_eq!(open_duties(&REQUIRED, &screened, &[], Outcome::Resolved), [ClosingDuty::ReasonCoded]);
        assert_eq!(open_duties(&REQUIRED, &screened, &REQUIRED, Outcome::Resolved), []);
    }

    #[test]
    fn what_a_record_proves_is_not_taken_on_somebodys_word_and_what_is_not_owed_not_at_all() {
        let (none, screened) = (assessment(&[]), assessment(&["asq_negative"]));
        assert_eq!(
            noted(&REQUIRED, &REQUIRED, &none),
            Err(ClosingRefused::Unproven(vec![ClosingDuty::ScreenComplete]))
        );
        assert_eq!(noted(&REQUIRED, &REQUIRED, &screened), Ok(vec![ClosingDuty::ReasonCoded]));
        let not_owed = [ClosingDuty::ReasonCoded, ClosingDuty::BriefPlan];
        assert_eq!(noted(&not_owed, &REQUIRED, &screened), Err(ClosingRefused::NotOwed(vec![ClosingDuty::BriefPlan])));
    }

    #[test]
    fn nothing_is_asked_of_who_was_not_reached_and_only_the_reason_after_a_broken_line() {
        let none = assessment(&[]);
        assert_eq!(open_duties(&REQUIRED, &none, &[], Outcome::NotReached), []);
        assert_eq!(open_duties(&REQUIRED, &none, &[], Outcome::Disconnected), [ClosingDuty::ReasonCoded]);
        assert_eq!(all_open_duties(&REQUIRED, &none, &[]), REQUIRED);
    }
}
