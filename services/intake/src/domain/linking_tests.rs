//! The specification of two open contacts that turn out to be one person's.

use harborline_types::{Acuity, CallerKind, Channel, Clock, Need, ParticipantId};

use super::*;
use crate::domain::facts::{CallBackRules, Facts};
use crate::domain::identification::IdentificationBasis;
use crate::domain::provisional;
use crate::domain::returning::Carried;
use crate::domain::transitions::Opening;

fn now() -> Timestamp {
    Clock::System.now()
}

fn opened() -> Contact {
    let need = Need {
        channel: Channel::Phone,
        at_least: None,
        language: "en".to_owned(),
        jurisdiction: None,
        skills: Vec::new(),
    };
    let opening = Opening {
        id: ContactId::new(),
        channel: Channel::Phone,
        caller: CallerKind::Participant,
        participant: Some(ParticipantId::new()),
        language: "en".to_owned(),
        jurisdiction: None,
        assessment: provisional::assess(&Facts::default(), need, now()),
        call_back_rules: CallBackRules::default(),
        verified_caller: None,
        carried: Carried::NOTHING,
    };
    Contact::open(opening, now()).contact
}

#[test]
fn both_are_as_urgent_as_the_more_urgent_one_and_one_chain_goes_on() {
    for first_is_urgent in [true, false] {
        let (mut one, mut other) = (opened(), opened());
        let urgent = if first_is_urgent { &mut one } else { &mut other };
        urgent.assessment.acuity = Acuity::Emergency;
        assert!(one.is_to_be_linked_with(&other));
        let linked = other.clone().linked_with(&one, now()).contact;
        let joined = one.clone().join(&other, now()).contact;
        assert_eq!((joined.chain(), linked.chain()), (other.id, other.id));
        assert_eq!((&joined.linked, &linked.linked), (&vec![other.id], &vec![one.id]));
        assert!(joined.revision > one.revision && linked.revision > other.revision, "both counselors are told");
        assert_eq!([joined.assessment.acuity, linked.assessment.acuity], [Acuity::Emergency; 2]);
        assert!(!joined.is_to_be_linked_with(&linked), "once");
    }
}

#[test]
fn what_has_ended_or_goes_on_with_another_is_not_linked() {
    let (one, other) = (opened(), opened());
    let ended = other.clone().leave(now()).unwrap().contact;
    assert!(!one.is_to_be_linked_with(&ended) && !ended.is_to_be_linked_with(&one));
    let mut back = opened();
    back.carried.origin = Some(ContactId::new());
    assert!(!back.is_to_be_linked_with(&other) && other.is_to_be_linked_with(&back));
}

#[test]
fn who_is_somebody_else_is_by_themselves_and_owed_what_the_others_were_to_do() {
    let (one, other) = (opened(), opened());
    let joined = one.join(&other, now()).contact;
    let stays = joined.clone().part(other.id, false, now());
    assert_eq!((stays.contact.chain(), stays.contact.linked.len()), (other.id, 0));
    let parted = joined.clone().part(other.id, true, now());
    assert_eq!((parted.contact.chain(), parted.contact.joined_at, parted.asks_follow_ups), (joined.id, None, false));
    let ended = joined.leave(now()).unwrap().contact;
    assert!(ended.part(other.id, true, now()).asks_follow_ups);
}

#[test]
fn only_the_same_participant_for_whom_somebody_vouches_stays_linked() {
    let contact = opened();
    let participant = contact.participant.unwrap();
    let is_still =
        |participant, caller, basis| contact.is_still(Identified { participant, caller, basis, support_person: None });
    assert!(is_still(participant, CallerKind::Participant, IdentificationBasis::Recognized));
    assert!(!is_still(participant, CallerKind::Participant, IdentificationBasis::Stated));
    assert!(!is_still(participant, CallerKind::FamilyMember, IdentificationBasis::Recognized));
    assert!(!is_still(ParticipantId::new(), CallerKind::Participant, IdentificationBasis::Recognized));
}
