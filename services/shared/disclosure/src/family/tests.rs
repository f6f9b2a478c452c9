//! Every combination, held against what must always be so.

use std::collections::BTreeSet;

use super::{
    Consented, Extent, FamilyBasis, FamilyDecision, FamilyOutcome, FamilyQuestion, FamilyThreat, ParticipantState,
    Preference, Relationship, decide_family, script,
};
use crate::DataClass;

/// Every set of these classes.
fn sets(classes: &[DataClass]) -> Vec<Vec<DataClass>> {
    let chosen = |set: usize| classes.iter().enumerate().filter(move |(at, _)| set & (1 << at) != 0);
    (0..1 << classes.len()).map(|set| chosen(set).map(|(_, class)| *class).collect()).collect()
}

/// Looks at every question that can be asked about health information, and what is decided.
fn every(mut look: impl FnMut(&FamilyQuestion<'_>, &FamilyDecision)) {
    let asked = sets(&DataClass::ALL[..5]);
    let consented = sets(&[DataClass::GeneralPhi, DataClass::Part2Sud, DataClass::PsychotherapyNote]);
    // What is under Part 2 is consented to in writing or not at all.
    let is_written = |class: DataClass, is_spoken: bool| !is_spoken || class.is_part2();
    let how = |classes: &Vec<DataClass>, is_spoken| {
        let of = |class: &DataClass| Consented { class: *class, is_written: is_written(*class, is_spoken) };
        classes.iter().map(of).collect::<Vec<_>>()
    };
    let consented: Vec<_> = consented.iter().flat_map(|classes| [how(classes, false), how(classes, true)]).collect();
    for circumstance in circumstances() {
        for classes in &asked {
            for consented in &consented {
                let question = FamilyQuestion { classes, consented, ..circumstance };
                look(&question, &decide_family(&question));
            }
        }
    }
}

/// Everything but the classes.
fn circumstances() -> Vec<FamilyQuestion<'static>> {
    let mut all = Vec::new();
    for relationship in [Relationship::Parent, Relationship::Other] {
        for state in ParticipantState::ALL {
            for preference in Preference::ALL {
                for threat in FamilyThreat::ALL {
                    for flags in 0..32_u8 {
                        let flag = |at: u8| flags & (1 << at) != 0;
                        all.push(FamilyQuestion {
                            relationship,
                            is_verified: flag(0),
                            represents: flag(1),
                            is_enrolled: flag(2),
                            state: *state,
                            preference: *preference,
                            classes: &[],
                            consented: &[],
                            threat: *threat,
                            in_best_interest: flag(3),
                            is_part2_program: flag(4),
                        });
                    }
                }
            }
        }
    }
    all
}

fn covers(question: &FamilyQuestion<'_>, class: DataClass) -> bool {
    question.consented.iter().any(|consented| consented.class == class)
}

fn tells(decision: &FamilyDecision) -> bool {
    matches!(decision.outcome, FamilyOutcome::Share | FamilyOutcome::EmergencyShare)
}

#[test]
fn a_part_2_program_tells_nothing_without_a_written_consent_whatever_the_danger() {
    every(|question, decision| {
        if question.is_part2_program && !covers(question, DataClass::Part2Sud) {
            assert!(!tells(decision) && decision.classes.is_empty(), "{question:?}");
        }
    });
}

#[test]
fn who_is_told_nothing_hears_the_same_whether_anybody_is_in_care_or_not() {
    every(|question, decision| {
        if !tells(decision) {
            let nobody = decide_family(&FamilyQuestion { is_enrolled: false, ..*question });
            assert_eq!(decision.script, nobody.script, "{question:?}");
            assert_eq!(decision.duties, nobody.duties, "{question:?}");
        }
    });
    assert!(script::NEUTRAL.contains("cannot say whether anybody is in care"));
    assert!(script::NEUTRAL_IN_DANGER.contains("cannot say whether anybody is in care"));
}

#[test]
fn listening_is_always_possible_and_there_is_always_something_to_say() {
    every(|_, decision| assert!(!decision.script.is_empty()));
}

#[test]
fn an_objection_ends_all_telling_but_that_against_a_serious_threat_outside_part_2() {
    every(|question, decision| {
        if question.preference == Preference::Objected && question.is_enrolled {
            let is_ordinary = question.classes.contains(&DataClass::GeneralPhi) && !question.is_part2_program;
            let is_threat = question.threat == FamilyThreat::CallerCanLessen && is_ordinary;
            let expected = if is_threat { FamilyOutcome::EmergencyShare } else { FamilyOutcome::ListenOnly };
            assert_eq!(decision.outcome, expected, "{question:?}");
        }
    });
}

#[test]
fn a_threat_lifts_nothing_but_the_bar_on_ordinary_information() {
    every(|question, decision| {
        if decision.outcome == FamilyOutcome::EmergencyShare {
            assert_eq!(question.threat, FamilyThreat::CallerCanLessen);
            assert_eq!(decision.classes, [DataClass::GeneralPhi], "{question:?}");
            assert!(!question.is_part2_program && !decision.duties.is_empty());
        }
    });
}

#[test]
fn what_is_under_part_2_is_told_by_written_consent_to_a_recognized_person_only() {
    every(|question, decision| {
        if decision.classes.iter().any(|class| class.is_part2()) {
            assert_eq!(decision.extent, Extent::AsConsented, "{question:?}");
            let written =
                |class: &DataClass| question.consented.contains(&Consented { class: *class, is_written: true });
            assert!(decision.classes.iter().filter(|class| class.is_part2()).all(written), "{question:?}");
            assert!(question.is_verified && question.preference != Preference::Objected);
            assert!(decision.classes.iter().all(|class| covers(question, *class)));
        }
    });
}

#[test]
fn psychotherapy_notes_and_confidences_are_never_told_and_nothing_is_told_that_was_not_asked() {
    every(|question, decision| {
        let asked: BTreeSet<_> =
            question.classes.iter().map(|class| class.in_program(question.is_part2_program)).collect();
        for class in &decision.classes {
            assert!(asked.contains(class), "{question:?}");
            assert!(!matches!(class, DataClass::PsychotherapyNote | DataClass::FamilyConfidence), "{question:?}");
        }
    });
}

#[test]
fn something_is_shared_exactly_when_classes_are_and_an_extent_is_named() {
    every(|question, decision| {
        assert_eq!(tells(decision), !decision.classes.is_empty(), "{question:?}");
        assert_eq!(tells(decision), decision.extent != Extent::Nothing, "{question:?}");
        assert!(!tells(decision) || question.is_enrolled, "{question:?}");
    });
}

#[test]
fn without_a_consent_or_danger_only_a_recognized_person_is_told() {
    every(|question, decision| {
        if decision.outcome == FamilyOutcome::Share {
            assert!(question.is_verified, "{question:?}");
        }
    });
}

#[test]
fn in_danger_help_is_always_owed() {
    every(|question, decision| {
        assert_eq!(question.threat == FamilyThreat::Absent, decision.duties.is_empty(), "{question:?}");
    });
}

/// A parent who was recognized asks an ordinary program.
fn a_parent_asks() -> FamilyQuestion<'static> {
    FamilyQuestion {
        relationship: Relationship::Parent,
        is_verified: true,
        represents: false,
        is_enrolled: true,
        state: ParticipantState::Able,
        preference: Preference::NotAsked,
        classes: &[DataClass::GeneralPhi],
        consented: &[],
        threat: FamilyThreat::Absent,
        in_best_interest: false,
        is_part2_program: false,
    }
}

fn basis_and_extent(question: &FamilyQuestion<'_>) -> (FamilyBasis, Extent) {
    let decision = decide_family(question);
    (decision.basis, decision.extent)
}

#[test]
fn a_participant_who_can_be_asked_is_asked_first() {
    let question = a_parent_asks();
    assert_eq!(basis_and_extent(&question), (FamilyBasis::AskFirst, Extent::Nothing));
    for preference in [Preference::Agreed, Preference::DidNotObject] {
        let question = FamilyQuestion { preference, ..question };
        assert_eq!(basis_and_extent(&question), (FamilyBasis::Involvement, Extent::RelevantToInvolvement));
    }
}

#[test]
fn for_who_cannot_be_asked_professional_judgment_decides_and_the_minimum_is_told() {
    for state in [ParticipantState::Absent, ParticipantState::Incapacitated] {
        let question = FamilyQuestion { state, ..a_parent_asks() };
        assert_eq!(basis_and_extent(&question).0, FamilyBasis::NotInBestInterest);
        let question = FamilyQuestion { in_best_interest: true, ..question };
        assert_eq!(basis_and_extent(&question), (FamilyBasis::BestInterest, Extent::MinimumInBestInterest));
        let stranger = FamilyQuestion { relationship: Relationship::Other, ..question };
        assert_eq!(basis_and_extent(&stranger).0, FamilyBasis::NotInBestInterest);
    }
}

#[test]
fn who_is_not_close_is_told_what_was_agreed_to_and_nothing_because_nobody_objected() {
    let question = FamilyQuestion { relationship: Relationship::Other, ..a_parent_asks() };
    let silent = FamilyQuestion { preference: Preference::DidNotObject, ..question };
    assert_eq!(decide_family(&silent).outcome, FamilyOutcome::GeneralInfoOnly);
    let agreed = FamilyQuestion { preference: Preference::Agreed, ..question };
    assert_eq!(decide_family(&agreed).outcome, FamilyOutcome::Share);
}

#[test]
fn a_confirmed_representative_is_told_as_the_participant_would_be() {
    let question = FamilyQuestion { represents: true, ..a_parent_asks() };
    assert_eq!(basis_and_extent(&question), (FamilyBasis::Representative, Extent::AsToParticipant));
    let unknown = FamilyQuestion { is_verified: false, ..question };
    assert_eq!(basis_and_extent(&unknown).0, FamilyBasis::NotVerified);
}

#[test]
fn in_a_part_2_program_it_is_part_2_that_says_no_even_to_a_representative() {
    let question = FamilyQuestion { is_part2_program: true, represents: true, ..a_parent_asks() };
    assert_eq!(basis_and_extent(&question), (FamilyBasis::Part2WithoutConsent, Extent::Nothing));
    let agreed = FamilyQuestion { preference: Preference::Agreed, is_verified: false, ..question };
    assert_eq!(basis_and_extent(&agreed), (FamilyBasis::Part2WithoutConsent, Extent::Nothing));
}

#[test]
fn nobody_says_in_writing_of_what_was_said() {
    let said = [Consented { class: DataClass::GeneralPhi, is_written: false }];
    let spoken = decide_family(&FamilyQuestion { consented: &said, ..a_parent_asks() });
    assert_eq!((spoken.basis, spoken.extent), (FamilyBasis::SpokenConsent, Extent::AsConsented));
    assert!(!spoken.script.contains("in writing"), "{}", spoken.script);
    let signed = [Consented { class: DataClass::GeneralPhi, is_written: true }];
    let written = decide_family(&FamilyQuestion { consented: &signed, ..a_parent_asks() });
    assert_eq!(written.basis, FamilyBasis::WrittenConsent);
    assert!(written.script.contains("in writing"));
}
