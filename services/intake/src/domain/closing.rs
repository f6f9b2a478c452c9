//! What must be done before a contact may close.

use harborline_types::ClosingDuty;

use super::contact::Outcome;

/// What the names of triage's rules about a complete suicide screen begin with.
const SCREENED: &str = "asq_";

/// The duties that are still open when a contact with this outcome is to close, in the order of the assessment.
///
/// Who was not reached can be asked nothing; who broke off can be asked nothing more, but why they called is coded.
pub(crate) fn open_duties(
    required: &[ClosingDuty],
    completed: &[ClosingDuty],
    reasons: &[String],
    outcome: Outcome,
) -> Vec<ClosingDuty> {
    let required = match outcome {
        Outcome::NotReached => &[],
        Outcome::Disconnected => &[ClosingDuty::ReasonCoded][..],
        Outcome::Resolved | Outcome::Referred | Outcome::Rescued | Outcome::Reached | Outcome::Declined => required,
    };
    let is_done = |duty: &ClosingDuty| {
        let screened =
            *duty == ClosingDuty::ScreenComplete && reasons.iter().any(|reason| reason.starts_with(SCREENED));
        completed.contains(duty) || screened
    };
    required.iter().filter(|duty| !is_done(duty)).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUIRED: [ClosingDuty; 2] = [ClosingDuty::ScreenComplete, ClosingDuty::ReasonCoded];

    #[test]
    fn a_duty_is_open_until_it_is_completed() {
        assert_eq!(open_duties(&REQUIRED, &[], &[], Outcome::Resolved), REQUIRED);
        assert_eq!(open_duties(&REQUIRED, &REQUIRED, &[], Outcome::Resolved), []);
    }

    #[test]
    fn a_screening_on_record_in_triage_completes_the_screen() {
        let reasons = ["asq_non_acute_positive".to_owned()];
        assert_eq!(open_duties(&REQUIRED, &[], &reasons, Outcome::Resolved), [ClosingDuty::ReasonCoded]);
    }

    #[test]
    fn nothing_is_asked_of_who_was_not_reached_and_only_the_reason_after_a_broken_line() {
        assert_eq!(open_duties(&REQUIRED, &[], &[], Outcome::NotReached), []);
        assert_eq!(open_duties(&REQUIRED, &[], &[], Outcome::Disconnected), [ClosingDuty::ReasonCoded]);
    }
}
