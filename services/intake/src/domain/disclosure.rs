//! Whether several classes of information may be told to a facility: all of them, each on its own ground, or none.

use harborline_disclosure::{Consent, DataClass, Emergency, Permission, Question, Refusal, decide};

/// What was decided.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Checked {
    /// Each class with what permits it.
    Granted(Vec<(DataClass, Permission)>),
    /// The first refusal, and every class that nothing permits.
    Refused(Refusal, Vec<DataClass>),
}

/// Decides about each class in the place of the question's own. Classes are taken as they are in the program; none asked
/// means ordinary health information.
pub(crate) fn check(
    question: Question<'_>,
    asked: &[DataClass],
    is_part2_program: bool,
    consents: &[Consent],
    emergencies: &[Emergency],
) -> Checked {
    let asked = if asked.is_empty() { &[DataClass::GeneralPhi] } else { asked };
    let mut classes: Vec<DataClass> = Vec::with_capacity(asked.len());
    for class in asked.iter().map(|class| class.in_program(is_part2_program)) {
        if !classes.contains(&class) {
            classes.push(class);
        }
    }
    let (mut granted, mut refused, mut first) = (Vec::new(), Vec::new(), None);
    for class in classes {
        match one(&Question { class, ..question }, consents, emergencies) {
            Ok(permission) => granted.push((class, permission)),
            Err(refusal) => {
                refused.push(class);
                first = first.or(Some(refusal));
            }
        }
    }
    first.map_or(Checked::Granted(granted), |refusal| Checked::Refused(refusal, refused))
}

/// A consent comes before an emergency: it is the better ground.
fn one(question: &Question<'_>, consents: &[Consent], emergencies: &[Emergency]) -> Result<Permission, Refusal> {
    let without = decide(question, consents, None);
    let in_emergency = || emergencies.iter().find_map(|emergency| decide(question, consents, Some(emergency)).ok());
    without.or_else(|refusal| in_emergency().ok_or(refusal))
}

#[cfg(test)]
mod tests {
    use harborline_disclosure::{Basis, Purpose, Recipient};
    use harborline_types::{FacilityId, Timestamp};

    use super::*;

    fn question() -> Question<'static> {
        Question {
            participant: None,
            class: DataClass::GeneralPhi,
            purpose: Purpose::Treatment,
            recipient: Recipient::Facility { id: FacilityId::new(), gives_care: true },
            through: None,
            now: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn ordinary_information_is_what_is_asked_about_when_nothing_is_named() {
        let Checked::Granted(granted) = check(question(), &[], false, &[], &[]) else { panic!("refused") };
        assert_eq!(granted[0].0, DataClass::GeneralPhi);
        assert_eq!(granted[0].1.basis(), Basis::Treatment);
    }

    #[test]
    fn in_a_part_2_program_the_same_needs_a_consent() {
        let refused = Checked::Refused(Refusal::ConsentMissing, vec![DataClass::Part2Sud]);
        assert_eq!(check(question(), &[], true, &[], &[]), refused);
    }

    #[test]
    fn one_class_that_nothing_permits_refuses_all_and_is_named() {
        let asked = [DataClass::GeneralPhi, DataClass::PsychotherapyNote, DataClass::Part2Sud];
        let refused = vec![DataClass::PsychotherapyNote, DataClass::Part2Sud];
        let checked = check(question(), &asked, false, &[], &[]);
        assert_eq!(checked, Checked::Refused(Refusal::PsychotherapyNote, refused));
    }
}
