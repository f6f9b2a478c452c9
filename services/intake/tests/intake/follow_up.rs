//! Outbound contacts, and the end of custody.

use harborline_identity::Role;
use harborline_intake::domain::ending::AttemptOutcome;
use harborline_proto::common::v1::{Acuity, Channel, ClosingDuty};
use harborline_proto::intake::v1::{Direction, FollowUpsEnd, Outcome};
use harborline_status::Reason;
use harborline_testkit::assert_refused;
use harborline_types::wire::WireEnum;
use harborline_types::{PersonId, PlanId};

use crate::fixture::Given;
use crate::neighbors::assessment;

/// A participant's contact that Ana has closed, and an outbound contact for it.
async fn followed_up(intake: &Given) -> (String, String) {
    let participant = intake.enroll("+12025550101").await;
    let origin = intake.open_for(&participant).await;
    intake.settle().await;
    intake.closed(&origin).await;
    intake.settle().await;
    let outbound = intake.open_outbound(&origin, &PlanId::new().to_string(), 1).await;
    (origin, outbound)
}

#[tokio::test]
async fn an_attempt_opens_one_outbound_contact_however_often_it_is_asked_for() {
    let intake = Given::new().await;
    let origin = intake.open().await;
    intake.closed(&origin).await;
    let plan = PlanId::new().to_string();
    let first = intake.open_outbound(&origin, &plan, 1).await;
    assert_eq!(intake.open_outbound(&origin, &plan, 1).await, first);
    assert_ne!(intake.open_outbound(&origin, &plan, 2).await, first);
}

#[tokio::test]
async fn a_follow_up_goes_to_the_same_counselor_without_asking_triage() {
    let intake = Given::new().await;
    let (origin, outbound) = followed_up(&intake).await;
    let asked = intake.neighbors.to_assess.all().len();
    intake.settle().await;
    assert_eq!(intake.neighbors.to_assess.all().len(), asked);
    let queued = intake.neighbors.queued.all();
    let request = queued.iter().find(|request| request.contact.to_string() == outbound).unwrap();
    assert_eq!((request.acuity.to_wire(), request.preferred.clone()), (Acuity::High, PersonId::parse("ana")));

    let contact = intake.contact(&outbound).await;
    assert_eq!((contact.direction(), contact.channel()), (Direction::Outbound, Channel::Phone));
    assert_eq!((contact.origin_contact_id, contact.follow_up_attempt), (origin, 1));
    let assessment = contact.assessment.unwrap();
    assert_eq!(assessment.reasons, ["follow_up"]);
    assert_eq!(assessment.closing_duties, [i32::from(ClosingDuty::ReasonCoded)]);
}

#[tokio::test]
async fn a_follow_up_moves_the_custody_of_the_contact_that_it_follows_up() {
    let intake = Given::new().await;
    let (origin, outbound) = followed_up(&intake).await;
    intake.assign(&outbound, "ben", 1).await;
    let ben = intake.as_("ben", Role::Counselor);
    intake.close(&ben, &outbound, Outcome::NotReached).await.unwrap();
    let owners = ["supervisor", "ana", "clinician", "ben", "clinician"].map(str::to_owned).to_vec();
    assert_eq!(intake.owners(&origin).await, (owners.clone(), true));
    assert_eq!(intake.owners(&outbound).await, (owners, true));
    intake.settle().await;
    let told = intake.neighbors.attempts.all();
    assert_eq!((told.len(), told[0].outcome), (1, AttemptOutcome::NotReached));
}

#[tokio::test]
async fn a_conversation_that_somebody_else_began_does_not_end_as_a_follow_up() {
    let intake = Given::new().await;
    let contact = intake.open().await;
    intake.assign(&contact, "ana", 1).await;
    let ana = intake.as_("ana", Role::Counselor);
    assert_refused(intake.close(&ana, &contact, Outcome::NotReached).await, Reason::RequestInvalid);
}

#[tokio::test]
async fn custody_ends_with_the_last_follow_up_and_not_while_somebody_waits_or_talks() {
    let intake = Given::new().await;
    let (origin, outbound) = followed_up(&intake).await;
    intake.end_follow_ups(&origin).await;
    assert!(intake.owners(&origin).await.1, "a call is on its way");
    intake.assign(&outbound, "ana", 1).await;
    let ana = intake.as_("ana", Role::Counselor);
    intake.complete(&ana, &outbound, &[ClosingDuty::ReasonCoded]).await.unwrap();
    intake.close(&ana, &outbound, Outcome::Reached).await.unwrap();
    let (owners, somebodys) = intake.owners(&origin).await;
    assert!(!somebodys);
    intake.end_follow_ups(&origin).await;
    assert_eq!(intake.owners(&origin).await, (owners, false), "what has ended stays so");
}

#[tokio::test]
async fn a_call_after_custody_had_ended_begins_it_again_where_it_ended() {
    let intake = Given::new().await;
    let origin = intake.open().await;
    intake.closed(&origin).await;
    intake.end_follow_ups(&origin).await;
    assert!(!intake.owners(&origin).await.1);
    intake.open_outbound(&origin, &PlanId::new().to_string(), 1).await;
    assert_eq!(
        intake.owners(&origin).await,
        (["supervisor", "ana", "director", "", "director"].map(str::to_owned).to_vec(), true)
    );
}

#[tokio::test]
async fn a_person_who_is_found_at_risk_in_a_follow_up_is_followed_up_anew() {
    let intake = Given::new().await;
    let (origin, outbound) = followed_up(&intake).await;
    intake.assign(&outbound, "ana", 1).await;
    let ana = intake.as_("ana", Role::Counselor);
    let acute = assessment(&outbound, 1, Acuity::VeryHigh);
    intake.neighbors.assessment.lock().unwrap().replace(acute.clone());
    intake.assess(acute).await;
    intake.complete(&ana, &outbound, &[ClosingDuty::ReasonCoded]).await.unwrap();
    intake.close(&ana, &outbound, Outcome::Reached).await.unwrap();
    intake.end_follow_ups_as(&origin, 1, FollowUpsEnd::Reached).await;
    assert!(intake.owners(&origin).await.1, "the attempt that reached them is not the end");
    intake.settle().await;
    let anew = intake.planned().pop().unwrap();
    let told = (anew.contact.to_string(), anew.acuity.to_wire(), anew.again, anew.sequence);
    assert_eq!(told, (origin, Acuity::VeryHigh, true, 2));
}
