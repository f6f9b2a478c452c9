//! Two contacts that are open at once and turn out to be one person's: one owner, one plan, and both counselors see it.

use harborline_identity::Role;
use harborline_proto::common::v1::{Acuity, ClosingDuty, Signal};
use harborline_proto::intake::v1::contact_service_server::ContactService;
use harborline_proto::intake::v1::{self as pb, Outcome};
use harborline_testkit::request;

use crate::fixture::{Given, open_request};

const NUMBER: &str = "+12025550101";

/// A participant who talks with ana, and a caller at risk who talks with bo.
struct Two {
    intake: Given,
    participant: String,
    known: String,
    unknown: String,
}

impl Two {
    async fn new() -> Self {
        let intake = Given::new().await;
        let participant = intake.enroll(NUMBER).await;
        let known = intake.open_for(&participant).await;
        let signals = vec![Signal::AttemptInProgress.into()];
        let message = pb::OpenContactRequest { callback_number: String::new(), signals, ..open_request() };
        let unknown = intake.open_with(message).await.contact_id;
        assert!(intake.assign(&known, "ana", 1).await && intake.assign(&unknown, "bo", 1).await);
        Self { intake, participant, known, unknown }
    }

    /// The unknown caller is recognized.
    async fn linked() -> Self {
        let two = Self::new().await;
        two.intake.recognize(&two.unknown, &two.participant).await;
        two
    }

    async fn seen_by(&self, counselor: &str, contact_id: &str) -> pb::Contact {
        let message = pb::GetContactRequest { contact_id: contact_id.to_owned() };
        let call = self.intake.as_(counselor, Role::Counselor);
        self.intake.rpc.get_contact(request(&call, message)).await.unwrap().into_inner().contact.unwrap()
    }

    async fn custody(&self, contact_id: &str) -> Vec<pb::Custody> {
        let message = pb::ListCustodyRequest { contact_id: contact_id.to_owned() };
        let call = self.intake.as_("supervisor", Role::Supervisor);
        self.intake.rpc.list_custody(request(&call, message)).await.unwrap().into_inner().custody
    }

    /// The contacts of which a plan was asked for.
    fn planned(&self) -> Vec<String> {
        self.intake.planned().into_iter().map(|ended| ended.contact.to_string()).collect()
    }

    async fn end(&self, contact_id: &str) {
        let supervisor = self.intake.as_("supervisor", Role::Supervisor);
        self.intake.complete(&supervisor, contact_id, &[ClosingDuty::ReasonCoded]).await.unwrap();
        self.intake.close(&supervisor, contact_id, Outcome::Disconnected).await.unwrap();
        self.intake.settle().await;
    }
}

#[tokio::test]
async fn both_counselors_see_the_other_contact_and_both_are_as_urgent() {
    let two = Two::new().await;
    let (before, level) = (two.intake.contact(&two.known).await, two.intake.contact(&two.unknown).await);
    let level = level.assessment.unwrap().acuity();
    assert!(level < before.assessment.unwrap().acuity() && level != Acuity::Unspecified);
    two.intake.recognize(&two.unknown, &two.participant).await;
    for (counselor, own, other) in [("ana", &two.known, &two.unknown), ("bo", &two.unknown, &two.known)] {
        let seen = two.seen_by(counselor, own).await;
        assert_eq!(&seen.linked_contact_ids, std::slice::from_ref(other));
        assert_eq!(seen.assessment.unwrap().acuity(), level);
        assert_eq!(&two.seen_by(counselor, other).await.contact_id, other);
    }
    assert!(two.intake.contact(&two.known).await.revision > before.revision, "who watches it is told");
    two.intake.recognize(&two.unknown, &two.participant).await;
    assert_eq!(two.intake.contact(&two.known).await.linked_contact_ids.len(), 1);
}

#[tokio::test]
async fn one_person_has_one_ledger_of_custody_and_one_plan() {
    for known_ends_first in [true, false] {
        let two = Two::linked().await;
        let (first, last) = if known_ends_first { (&two.known, &two.unknown) } else { (&two.unknown, &two.known) };
        assert!(two.custody(&two.known).await == two.custody(&two.unknown).await);
        two.end(first).await;
        let owner = if known_ends_first { "bo" } else { "ana" };
        let (owners, _) = two.intake.owners(&two.known).await;
        assert_eq!((owners.last().unwrap().as_str(), two.planned().len()), (owner, 0), "somebody talks with them");
        two.end(last).await;
        assert_eq!(two.planned(), std::slice::from_ref(&two.known));
    }
}

#[tokio::test]
async fn what_was_registered_of_the_unknown_caller_is_kept_with_the_person() {
    let two = Two::new().await;
    let referral = two.intake.register_referral(&two.unknown).await;
    two.intake.recognize(&two.unknown, &two.participant).await;
    two.end(&two.unknown).await;
    two.end(&two.known).await;
    two.intake.accept(&two.unknown, &referral).await;
    let accepted = two.custody(&two.known).await;
    assert_eq!(accepted.last().unwrap().role(), pb::OwnerRole::Clinic);
    two.intake.end_referral(&two.unknown, &referral).await;
    let ended = two.custody(&two.known).await;
    assert_ne!(ended.last().unwrap().role(), pb::OwnerRole::Clinic);
}

#[tokio::test]
async fn who_reaches_out_again_is_answered_the_one_that_is_still_open() {
    let two = Two::linked().await;
    assert_eq!(two.intake.open_for(&two.participant).await, two.known);
    two.end(&two.known).await;
    assert_eq!(two.intake.open_for(&two.participant).await, two.unknown);
    two.end(&two.unknown).await;
    let back = two.intake.open_for(&two.participant).await;
    assert_eq!(two.intake.contact(&back).await.origin_contact_id, two.known);
}

#[tokio::test]
async fn who_turns_out_to_be_somebody_else_has_an_owner_and_a_plan_of_their_own() {
    for is_ended in [true, false] {
        let two = Two::linked().await;
        let other = two.intake.enroll("+12025550102").await;
        if is_ended {
            two.end(&two.unknown).await;
        }
        two.intake.recognize(&two.unknown, &other).await;
        two.intake.settle().await;
        let parted = two.intake.contact(&two.unknown).await;
        assert_eq!((parted.origin_contact_id.as_str(), parted.linked_contact_ids.len()), ("", 0));
        let stays = two.intake.contact(&two.known).await;
        assert_eq!((&stays.participant_id, stays.linked_contact_ids.len()), (&two.participant, 0));
        let (owners, is_somebodys) = two.intake.owners(&two.unknown).await;
        let owner = if is_ended { "clinician" } else { "bo" };
        assert_eq!((owners.last().unwrap().as_str(), is_somebodys), (owner, true));
        if !is_ended {
            two.end(&two.unknown).await;
        }
        two.end(&two.known).await;
        assert_eq!(two.planned(), [two.unknown.clone(), two.known.clone()]);
    }
}

#[tokio::test]
async fn when_the_one_that_was_known_is_somebody_elses_the_other_one_is_by_itself() {
    let two = Two::linked().await;
    let other = two.intake.enroll("+12025550102").await;
    two.intake.recognize(&two.known, &other).await;
    let (known, unknown) = (two.intake.contact(&two.known).await, two.intake.contact(&two.unknown).await);
    assert_eq!((&known.participant_id, &unknown.participant_id), (&other, &two.participant));
    assert_eq!((known.linked_contact_ids.len(), unknown.linked_contact_ids.len()), (0, 0));
    assert_eq!(unknown.origin_contact_id, "");
    let (owners, _) = two.intake.owners(&two.unknown).await;
    assert_eq!(owners.last().unwrap(), "bo");
}
