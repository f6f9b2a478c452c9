//! A supervisor decides about an attempt that was not made in time.

use std::sync::Arc;

use harborline_proto::common::v1 as common;
use harborline_proto::followup::v1 as pb;
use harborline_types::{ContactId, ParticipantId};
use pb::{AttemptOutcome, AttemptState, DigestEntryKind};

use crate::fixture::{Given, closed};
use crate::intake::FakeIntake;

#[tokio::test]
async fn an_attempt_that_was_not_made_in_time_is_told_once_with_all_that_take_its_place() {
    let given = Given::new().await;
    let (contact, participant) = (ContactId::new(), ParticipantId::new());
    let plan = given.plan(given.of_closing(contact, participant, common::Acuity::VeryHigh)).await.unwrap();
    let intake = Arc::new(FakeIntake::default());
    given.later(13).catch_up(&intake).await;
    assert_eq!((intake.opened().len(), intake.overdue().len()), (1, 0), "underway, and in time");

    given.later(25).catch_up(&intake).await;
    let told = intake.overdue();
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].contact, told[0].plan.to_string(), told[0].attempt), (contact, plan.plan_id.clone(), 1));
    let digest = given.digest(participant).await;
    let decision = digest.last().unwrap();
    assert_eq!((decision.kind(), decision.attempt_state()), (DigestEntryKind::DecisionNeeded, AttemptState::Underway));

    for (number, hours) in [(1, 26), (2, 27)] {
        given.later(hours).ends(&plan, number, AttemptOutcome::NotMade).await;
        given.later(hours + 1).catch_up(&intake).await;
    }
    assert_eq!((intake.opened().len(), intake.overdue().len()), (3, 1), "attempts go on, and nothing new is late");
}

#[tokio::test]
async fn a_late_attempt_is_told_also_when_intake_was_down_or_its_answer_was_lost() {
    for intake in [FakeIntake::refusing(1), FakeIntake::losing_answers(1)] {
        let given = Given::new().await;
        let (contact, participant) = (ContactId::new(), ParticipantId::new());
        let plan = given.plan(given.of_closing(contact, participant, common::Acuity::High)).await.unwrap();
        given.later(25).catch_up(&Arc::new(FakeIntake::default())).await;
        let intake = Arc::new(intake);
        given.later(73).catch_up(&intake).await;
        let told: Vec<_> = intake.overdue().iter().map(|told| told.plan.to_string()).collect();
        assert_eq!(told, [plan.plan_id], "a repetition says the same");
        assert_eq!(given.digest(participant).await.len(), 2, "the contact and one decision");
    }
}

#[tokio::test]
async fn a_plan_whose_person_was_reached_in_time_is_not_told() {
    let given = Given::new().await;
    let reached = given.plan_closed(ContactId::new(), common::Acuity::VeryHigh).await;
    // Another plan that is late shows that the worker has looked at what there is.
    let late = given.plan_closed(ContactId::new(), common::Acuity::VeryHigh).await;
    given.later(13).ends(&reached, 1, AttemptOutcome::Reached).await;
    assert!(!given.duties().await.contains(&("overdue".to_owned(), reached.plan_id)));
    let intake = Arc::new(FakeIntake::default());
    given.later(25).catch_up(&intake).await;
    assert_eq!(intake.overdue().iter().map(|told| told.plan.to_string()).collect::<Vec<_>>(), [late.plan_id]);
}

#[tokio::test]
async fn an_attempt_after_one_in_vain_has_a_latest_time_of_its_own() {
    let given = Given::new().await;
    let plan = given.plan_closed(ContactId::new(), common::Acuity::VeryHigh).await;
    let plan = given.later(13).ends(&plan, 1, AttemptOutcome::NotReached).await;
    let [made, next] = &plan.attempts[..] else { panic!("another one is planned") };
    assert_eq!(next.due_by.unwrap().seconds - made.ended_at.unwrap().seconds, 8 * 3600);
    assert_eq!(given.due("overdue").await, next.due_by.unwrap().seconds);
    let intake = Arc::new(FakeIntake::default());
    given.later(20).catch_up(&intake).await;
    assert_eq!((intake.opened().len(), intake.overdue().len()), (1, 0));
    given.later(22).catch_up(&intake).await;
    assert_eq!(intake.overdue().iter().map(|told| told.attempt).collect::<Vec<_>>(), [2]);
}

#[tokio::test]
async fn a_supervisor_who_has_a_late_attempt_made_again_is_told_when_that_is_late_too() {
    let given = Given::new().await;
    let (contact, participant) = (ContactId::new(), ParticipantId::new());
    let message = given.of_closing(contact, participant, common::Acuity::VeryHigh);
    given.plan(message).await.unwrap();
    let intake = Arc::new(FakeIntake::default());
    given.later(25).catch_up(&intake).await;
    let again =
        pb::PlanFollowUpsRequest { again: true, ..closed(contact, Some(participant), common::Acuity::VeryHigh) };
    given.later(26).plan(again).await.unwrap();
    given.later(49).catch_up(&intake).await;
    assert_eq!(intake.overdue().len(), 1);
    given.later(51).catch_up(&intake).await;
    let told = intake.overdue();
    assert_eq!(told.len(), 2);
    assert_ne!(told[0].request_id, told[1].request_id, "the second is not taken for a repetition of the first");
}
