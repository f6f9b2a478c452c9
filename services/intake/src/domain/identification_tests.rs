//! What a caller may be told, and how often a phrase may be said.

use super::*;

#[test]
fn nobodys_records_are_told_to_a_caller_for_whom_nobody_vouches() {
    assert_eq!(Telling::to(CallerKind::Participant, true), Telling::OwnRecords);
    assert_eq!(Telling::to(CallerKind::Participant, false), Telling::GeneralOnly);
    for is_vouched_for in [true, false] {
        assert_eq!(Telling::to(CallerKind::FamilyMember, is_vouched_for), Telling::AsDecided);
        assert_eq!(Telling::to(CallerKind::Unknown, is_vouched_for), Telling::GeneralOnly);
    }
}

fn tries(of_contact: i64, of_participant: i64) -> Tries {
    Tries { of_contact, of_participant }
}

#[test]
fn a_phrase_counts_within_its_tries_and_nobodys_never() {
    let said = Phi::new("blue heron".to_owned());
    let known = PhraseHash::of(&said, [1; 16]);
    assert!(tries(4, 19).is_phrase(&said, Some(&known)));
    assert!(!tries(5, 0).is_phrase(&said, Some(&known)));
    assert!(!tries(0, 20).is_phrase(&said, Some(&known)));
    assert!(!tries(0, 0).is_phrase(&Phi::new("green heron".to_owned()), Some(&known)));
    assert!(!tries(0, 0).is_phrase(&said, None));
    assert_eq!([tries(0, 0).left(), tries(4, 0).left(), tries(9, 0).left()], [4, 0, 0]);
}

#[test]
fn only_a_participant_for_whom_somebody_vouches_is_found_again() {
    let participant = ParticipantId::new();
    let found = |caller, basis| Identified { participant, caller, basis, support_person: None }.verified_caller();
    let theirs = Some(VerifiedCaller::participant(participant));
    assert_eq!(found(CallerKind::Participant, IdentificationBasis::Phrase), theirs);
    assert_eq!(found(CallerKind::Participant, IdentificationBasis::Recognized), theirs);
    assert_eq!(found(CallerKind::Participant, IdentificationBasis::Stated), None);
    assert_eq!(found(CallerKind::FamilyMember, IdentificationBasis::Recognized), None);
}
