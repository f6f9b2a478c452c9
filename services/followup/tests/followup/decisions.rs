//! What a supervisor decides about a plan, and what opens an ended one without them.

use std::sync::Arc;

use harborline_followup::domain::plan::PlanEnd;
use harborline_proto::common::v1 as common;
use harborline_proto::followup::v1 as pb;
use harborline_status::Reason;
use harborline_testkit::assert_refused;
use harborline_types::{ContactId, ParticipantId};
use pb::{AttemptOutcome, AttemptState, DigestEntryKind, PlanState};
use prost::Message as _;

use crate::fixture::{Given, closed, new_id};
use crate::intake::FakeIntake;

use common::Acuity::{Emergency, High, Routine, VeryHigh};

fn stop(contact: ContactId) -> pb::StopFollowUpsRequest {
    pb::StopFollowUpsRequest { request_id: new_id(), contact_id: contact.to_string(), caller_is_back: false }
}

fn again(contact: ContactId, acuity: common::Acuity) -> pb::PlanFollowUpsRequest {
    let ending = pb::ContactEnding::CallBack.into();
    pb::PlanFollowUpsRequest { again: true, ending, ..closed(contact, Some(ParticipantId::new()), acuity) }
}

/// A contact whose plan has ended so.
async fn ended(given: &Given, acuity: common::Acuity, state: PlanState) -> ContactId {
    let contact = ContactId::new();
    let ending = if state == PlanState::NotNeeded { pb::ContactEnding::Closed } else { pb::ContactEnding::CallBack };
    let message = closed(contact, Some(ParticipantId::new()), acuity);
    let mut plan = given.plan(pb::PlanFollowUpsRequest { ending: ending.into(), ..message }).await.unwrap();
    let outcome = match state {
        PlanState::Reached => AttemptOutcome::Reached,
        PlanState::Declined => AttemptOutcome::Declined,
        _ => AttemptOutcome::NotReached,
    };
    if state == PlanState::Stopped {
        plan = given.stop(stop(contact)).await.unwrap();
    }
    while plan.state() == PlanState::Open {
        plan = given.ends(&plan, plan.attempts.len() as i32, outcome).await;
    }
    assert_eq!(plan.state(), state);
    contact
}

#[tokio::test]
async fn a_supervisor_has_a_person_called_again_at_once_with_a_fresh_count_whatever_ended_the_plan() {
    let given = Given::new().await;
    let intake = Arc::new(FakeIntake::default());
    use PlanState::{Declined, NotNeeded, NotReached, Reached, Stopped};
    for (state, acuity, attempts) in [
        (Reached, High, 3),
        (NotReached, VeryHigh, 3),
        (Declined, High, 3),
        (Stopped, Emergency, 3),
        (NotNeeded, Routine, 1),
        (NotReached, Routine, 1),
    ] {
        let contact = ended(&given, acuity, state).await;
        let later = given.later(30);
        let before = later.app.clock.now().timestamp();
        let mut plan = later.plan(again(contact, acuity)).await.unwrap();
        let attempt = plan.attempts.last().unwrap().clone();
        assert_eq!((plan.state(), attempt.state()), (PlanState::Open, AttemptState::Planned), "{state:?}");
        let (due_at, due_by) = (attempt.due_at.unwrap().seconds, attempt.due_by.unwrap().seconds);
        assert!((before..before + 60).contains(&due_at), "at once");
        assert!((3_540..=3_600).contains(&(due_by - due_at)), "within the hour of prompt_due_by_minutes");
        later.catch_up(&intake).await;
        assert_eq!(
            intake.opened().last().map(|opened| (opened.origin, opened.attempt)),
            Some((contact, attempt.number))
        );
        assert!(intake.ended().iter().all(|ended| ended.contact != contact), "the plan is open");
        for number in (attempt.number..).take(attempts) {
            assert_eq!(plan.state(), PlanState::Open);
            plan = later.ends(&plan, number, AttemptOutcome::NotReached).await;
        }
        assert_eq!(plan.state(), PlanState::NotReached);
    }
}

#[tokio::test]
async fn calling_again_brings_the_planned_attempt_of_an_open_plan_forward_to_now() {
    let given = Given::new().await;
    let contact = ContactId::new();
    given.plan_closed(contact, High).await;
    let now = given.app.clock.now().timestamp();
    let brought = given.plan(again(contact, High)).await.unwrap();
    assert_eq!(brought.attempts.len(), 1);
    assert!(brought.attempts[0].due_at.unwrap().seconds < now + 60);
    assert!(brought.attempts[0].due_by.unwrap().seconds < now + 3_660, "within the hour");
    assert_eq!(given.due("attempt").await, brought.attempts[0].due_at.unwrap().seconds);
}

#[tokio::test]
async fn a_supervisor_who_decides_that_nobody_calls_ends_the_plan_once() {
    let given = Given::new().await;
    let intake = Arc::new(FakeIntake::default());
    let (contact, participant) = (ContactId::new(), ParticipantId::new());
    given.plan(given.of_closing(contact, participant, VeryHigh)).await.unwrap();
    let plan = given.stop(stop(contact)).await.unwrap();
    assert_eq!((plan.state(), plan.attempts[0].state()), (PlanState::Stopped, AttemptState::Stopped));
    assert!(plan.attempts[0].ended_at.is_some());
    assert_eq!(given.duties().await, [("ended".to_owned(), contact.to_string())], "nothing else is owed");
    let entry = given.digest(participant).await.pop().unwrap();
    assert_eq!((entry.kind(), entry.attempt_state()), (DigestEntryKind::Attempt, AttemptState::Stopped));
    given.catch_up(&intake).await;
    assert_eq!(given.stop(stop(contact)).await.unwrap().encode_to_vec(), plan.encode_to_vec());
    assert!(given.duties().await.is_empty());
    assert_eq!((given.digest(participant).await.len(), intake.ended().len(), intake.opened().len()), (2, 1, 0));
}

#[tokio::test]
async fn an_attempt_that_is_underway_when_the_plan_is_stopped_changes_nothing_when_it_ends() {
    let given = Given::closed_hours_ago(13).await;
    let intake = Arc::new(FakeIntake::default());
    for outcome in [AttemptOutcome::NotMade, AttemptOutcome::NotReached, AttemptOutcome::Reached] {
        let contact = ContactId::new();
        given.plan_closed(contact, VeryHigh).await;
        given.catch_up(&intake).await;
        assert_eq!(given.plan_of(contact).await.unwrap().attempts[0].state(), AttemptState::Underway);
        let stopped = given.stop(stop(contact)).await.unwrap();
        let recorded = given.ends(&stopped, 1, outcome).await;
        assert_eq!(recorded.encode_to_vec(), stopped.encode_to_vec());
        given.catch_up(&intake).await;
        assert_eq!(intake.ended().last().map(|ended| (ended.contact, ended.end)), Some((contact, PlanEnd::Stopped)));
    }
}

#[tokio::test]
async fn a_caller_who_is_back_is_not_called_and_their_new_contact_plans_anew_and_shows_in_the_digest() {
    let given = Given::new().await;
    let intake = Arc::new(FakeIntake::default());
    let (contact, again, participant) = (ContactId::new(), ContactId::new(), ParticipantId::new());
    given.plan(given.of_closing(contact, participant, VeryHigh)).await.unwrap();
    let back = pb::StopFollowUpsRequest { caller_is_back: true, ..stop(contact) };
    let plan = given.stop(back.clone()).await.unwrap();
    assert_eq!((plan.state(), plan.attempts[0].state()), (PlanState::Returned, AttemptState::Stopped));
    assert_eq!(given.duties().await, [("ended".to_owned(), contact.to_string())], "nobody calls");
    let back_again = pb::StopFollowUpsRequest { request_id: new_id(), ..back };
    assert_eq!(given.stop(back_again).await.unwrap().encode_to_vec(), plan.encode_to_vec());
    given.catch_up(&intake).await;
    assert_eq!(intake.ended().last().map(|ended| (ended.contact, ended.end)), Some((contact, PlanEnd::Reached)));
    let ended = pb::PlanFollowUpsRequest {
        returned_contact_id: again.to_string(),
        ..given.of_closing(contact, participant, High)
    };
    let plan = given.plan(ended).await.unwrap();
    assert_eq!((plan.state(), plan.attempts.len()), (PlanState::Open, 2));
    let told: Vec<_> = given.digest(participant).await.into_iter().map(|entry| entry.contact_id).collect();
    assert_eq!(told, [contact.to_string(), contact.to_string(), again.to_string()]);
}

#[tokio::test]
async fn a_plan_and_what_the_digest_says_of_it_move_with_a_caller_who_is_identified_and_then_corrected() {
    let given = Given::new().await;
    let (contact, wrong, right) = (ContactId::new(), ParticipantId::new(), ParticipantId::new());
    given.plan(closed(contact, None, High)).await.unwrap();
    assert_eq!(given.plan(closed(contact, Some(wrong), High)).await.unwrap().participant_id, wrong.to_string());
    assert_eq!(given.digest(wrong).await.len(), 1);
    let plan = given.plan(closed(contact, Some(right), High)).await.unwrap();
    assert_eq!((plan.participant_id, plan.attempts.len()), (right.to_string(), 1));
    assert_eq!((given.digest(wrong).await.len(), given.digest(right).await.len()), (0, 1));
    given.plan(closed(contact, Some(right), High)).await.unwrap();
    assert_eq!(given.digest(right).await.len(), 1, "once a contact");
}

#[tokio::test]
async fn a_plan_that_has_ended_is_not_stopped_and_one_that_is_not_there_is_not_found() {
    let given = Given::new().await;
    for state in [PlanState::Reached, PlanState::Declined, PlanState::NotReached, PlanState::NotNeeded] {
        let contact = ended(&given, Routine, state).await;
        assert_eq!(given.stop(stop(contact)).await.unwrap().state(), state);
    }
    assert_refused(given.stop(stop(ContactId::new())).await, Reason::FollowUpPlanNotFound);
}

#[tokio::test]
async fn a_contact_that_turns_out_more_urgent_than_it_ever_was_has_the_person_called_after_the_end() {
    let given = Given::new().await;
    use PlanState::{Declined, NotReached, Open, Reached, Stopped};
    for (state, from, to, expected) in [
        (Reached, High, Emergency, Open),
        (Reached, Routine, High, Open),
        (NotReached, High, VeryHigh, Open),
        (Reached, VeryHigh, VeryHigh, Reached),
        (Reached, VeryHigh, High, Reached),
        (Declined, High, Emergency, Open),
        (Declined, Routine, High, Declined),
        (Stopped, High, VeryHigh, Open),
        (Stopped, Routine, High, Stopped),
    ] {
        let contact = ended(&given, from, state).await;
        let later = given.later(30);
        let plan = later.plan(closed(contact, Some(ParticipantId::new()), to)).await.unwrap();
        assert_eq!(plan.state(), expected, "{state:?}: {from:?} to {to:?}");
        if expected == Open {
            let intake = Arc::new(FakeIntake::default());
            later.catch_up(&intake).await;
            assert!(intake.opened().iter().any(|opened| opened.origin == contact), "the person is called at once");
            assert!(intake.ended().iter().all(|ended| ended.contact != contact));
        }
    }
}
