//! What the other services tell, in any order.

use crate::fixture::Given;
use crate::neighbors::assessment;
use harborline_identity::Role;
use harborline_proto::common::v1::{Acuity, ClosingDuty};
use harborline_proto::intake::v1::{ContactState, Outcome};
use harborline_status::Reason;
use harborline_testkit::{assert_refused, owner};

#[tokio::test]
async fn an_older_or_equal_assessment_changes_nothing() {
    let intake = Given::new().await;
    let contact = intake.open().await;
    intake.assess(assessment(&contact, 2, Acuity::VeryHigh)).await;
    let revision = intake.contact(&contact).await.revision;
    intake.assess(assessment(&contact, 1, Acuity::Emergency)).await;
    intake.assess(assessment(&contact, 2, Acuity::Routine)).await;
    let known = intake.contact(&contact).await;
    assert_eq!((known.assessment.unwrap().acuity(), known.revision), (Acuity::VeryHigh, revision));
}

#[tokio::test]
async fn who_accepts_owns_even_before_the_contact_is_known_to_be_queued() {
    let intake = Given::new().await;
    let contact = intake.open().await;
    assert!(intake.assign(&contact, "ana", 1).await);
    let answered = intake.contact(&contact).await;
    assert_eq!((answered.state(), answered.assignments), (ContactState::Answered, 1));
    assert!(answered.answered_at.is_some());
    assert_eq!(answered.counselor.unwrap().person_id, "ana");
    assert_eq!(intake.owners(&contact).await.0, ["supervisor", "ana"]);
    intake.settle().await;
    assert_eq!(intake.contact(&contact).await.state(), ContactState::Answered, "routing does not undo it");
}

#[tokio::test]
async fn an_older_assignment_changes_nothing() {
    let intake = Given::new().await;
    let contact = intake.open().await;
    intake.assign(&contact, "ben", 2).await;
    intake.assign(&contact, "ana", 1).await;
    assert_eq!(intake.contact(&contact).await.counselor.unwrap().person_id, "ben");
    intake.lose(&contact, 1).await;
    assert_eq!(intake.contact(&contact).await.state(), ContactState::Answered, "another assignment was lost");
}

#[tokio::test]
async fn a_lost_counselor_gives_the_contact_back_to_the_supervisor_and_the_next_one_takes_it() {
    let intake = Given::new().await;
    let contact = intake.open().await;
    intake.assign(&contact, "ana", 1).await;
    intake.lose(&contact, 1).await;
    assert_eq!(intake.contact(&contact).await.state(), ContactState::Waiting);
    intake.assign(&contact, "ben", 2).await;
    assert_eq!(intake.owners(&contact).await.0, ["supervisor", "ana", "supervisor", "ben"]);
    assert_eq!(intake.contact(&contact).await.assignments, 2);
}

#[tokio::test]
async fn who_accepts_a_contact_that_has_ended_is_released() {
    let intake = Given::new().await;
    let contact = intake.open().await;
    intake.leave(&contact).await.unwrap();
    assert!(!intake.assign(&contact, "ana", 1).await);
    assert_eq!(intake.contact(&contact).await.state(), ContactState::Left);
    assert_eq!(intake.owners(&contact).await.0, ["supervisor"]);
    intake.settle().await;
    let released = intake.neighbors.released.all();
    assert_eq!(released.len(), 1);
}

#[tokio::test]
async fn a_hand_off_goes_to_the_backup_line_with_a_record_and_somebody_calls_back() {
    let intake = Given::new().await;
    let contact = intake.open().await;
    intake.settle().await;
    intake.hand_off(&contact).await;
    assert_eq!(intake.contact(&contact).await.state(), ContactState::HandedOff);
    assert_eq!(intake.owners(&contact).await.0, ["supervisor", "backup-line"]);
    let waited = "select backup_offered_after_ms from contact";
    let waited: i64 = sqlx::query_scalar(waited).fetch_one(&owner(&intake.store)).await.unwrap();
    assert_eq!(waited, 60_000);
    intake.settle().await;
    assert_eq!(intake.planned().len(), 1);
}

#[tokio::test]
async fn a_backup_line_that_is_offered_before_a_loss_is_told_waits_for_it() {
    let intake = Given::new().await;
    let contact = intake.open().await;
    intake.assign(&contact, "ana", 1).await;
    assert_refused(intake.try_to_offer_backup(&contact).await, Reason::TemporarilyUnavailable);
    let answered = intake.contact(&contact).await;
    assert_eq!((answered.state(), answered.backup_offered_at), (ContactState::Answered, None));
    intake.lose(&contact, 1).await;
    intake.offer_backup(&contact).await;
    assert!(intake.contact(&contact).await.backup_offered_at.is_some());
}

#[tokio::test]
async fn a_new_supervisor_takes_over_who_waits_and_nobody_else_and_an_older_word_changes_nothing() {
    let intake = Given::new().await;
    let (waiting, answered) = (intake.open().await, intake.open().await);
    intake.assign(&answered, "ana", 1).await;
    intake.put_supervisor("night", 3).await;
    intake.put_supervisor("late", 2).await;
    assert_eq!(intake.owners(&waiting).await, (vec!["supervisor".into(), "night".into()], true));
    assert_eq!(intake.owners(&answered).await.0, ["supervisor", "ana"]);
    assert_eq!(intake.put_program().await.supervisor_on_call.unwrap().person_id, "night");
    assert_eq!(intake.owners(&waiting).await.0, ["supervisor", "night"], "putting the program changes no owner");
}

#[tokio::test]
async fn a_clinic_that_accepts_during_the_conversation_owns_from_its_end_on() {
    let intake = Given::new().await;
    let contact = intake.open().await;
    intake.assign(&contact, "ana", 1).await;
    intake.accept_referral(&contact).await;
    assert_eq!(intake.owners(&contact).await.0, ["supervisor", "ana"]);
    let ana = intake.as_("ana", Role::Counselor);
    intake.complete(&ana, &contact, &[ClosingDuty::ReasonCoded]).await.unwrap();
    intake.close(&ana, &contact, Outcome::Disconnected).await.unwrap();
    assert_eq!(intake.owners(&contact).await.0, ["supervisor", "ana", "clinic-nurse"]);
}

#[tokio::test]
async fn a_clinic_that_accepts_after_the_conversation_owns_at_once() {
    let intake = Given::new().await;
    let contact = intake.open().await;
    intake.closed(&contact).await;
    intake.accept_referral(&contact).await;
    assert_eq!(intake.owners(&contact).await.0, ["supervisor", "ana", "director", "clinic-nurse"]);
}
