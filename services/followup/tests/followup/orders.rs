//! In whatever order things happen to a plan, its person is called and intake is told.

use std::sync::Arc;

use harborline_followup::domain::plan::PlanEnd;
use harborline_proto::common::v1 as common;
use harborline_proto::followup::v1 as pb;
use harborline_types::{ContactId, ParticipantId};
use pb::{AttemptOutcome, AttemptState, PlanState};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::fixture::{Given, closed, new_id};
use crate::intake::FakeIntake;

#[derive(Clone, Debug)]
enum Event {
    Asked { acuity: common::Acuity, again: bool },
    AskedLate,
    Recorded(AttemptOutcome),
    Stopped,
    CameBack,
    HoursPassed(i64),
}

fn event() -> impl Strategy<Value = Event> {
    use AttemptOutcome::{Declined, NotMade, NotReached, Reached};
    use common::Acuity::{Emergency, High, Moderate, VeryHigh};
    let acuity = prop::sample::select(vec![Emergency, VeryHigh, High, Moderate]);
    let outcome = prop::sample::select(vec![NotMade, NotMade, NotReached, NotReached, Reached, Declined]);
    prop_oneof![
        2 => (acuity, any::<bool>()).prop_map(|(acuity, again)| Event::Asked { acuity, again }),
        1 => Just(Event::AskedLate),
        3 => outcome.prop_map(Event::Recorded),
        1 => Just(Event::Stopped),
        1 => Just(Event::CameBack),
        2 => (1..30_i64).prop_map(Event::HoursPassed),
    ]
}

fn end_of(plan: &pb::FollowUpPlan) -> Option<PlanEnd> {
    match plan.state() {
        PlanState::Unspecified | PlanState::Open => None,
        PlanState::Reached | PlanState::Returned => Some(PlanEnd::Reached),
        PlanState::Declined => Some(PlanEnd::Declined),
        PlanState::NotReached => Some(PlanEnd::NotReached),
        PlanState::NotNeeded => Some(PlanEnd::NotNeeded),
        PlanState::Stopped => Some(PlanEnd::Stopped),
    }
}

/// An open plan has one open attempt, which is owed, and whose lateness is owed or was told; no other has one.
async fn assert_called(given: &Given, plan: &pb::FollowUpPlan, intake: &FakeIntake) {
    let open = |attempt: &&pb::Attempt| matches!(attempt.state(), AttemptState::Planned | AttemptState::Underway);
    let open: Vec<_> = plan.attempts.iter().filter(open).collect();
    assert_eq!(open.len(), usize::from(plan.state() == PlanState::Open), "plan {}", plan.plan_id);
    let Some(attempt) = open.first() else { return };
    assert!(attempt.due_at.is_some() && attempt.due_by.is_some());
    let duties = given.duties().await;
    let subject = format!("{}/{}", plan.plan_id, attempt.number);
    let is_owed = duties.contains(&("attempt".to_owned(), subject));
    assert!(is_owed || attempt.state() == AttemptState::Underway, "plan {}", plan.plan_id);
    let is_awaited = duties.contains(&("overdue".to_owned(), plan.plan_id.clone()));
    assert!(
        is_awaited || intake.overdue().iter().any(|told| told.plan.to_string() == plan.plan_id),
        "plan {}",
        plan.plan_id
    );
}

async fn assert_called_through(given: &Given, events: Vec<Event>) {
    let (contact, participant, intake) = (ContactId::new(), ParticipantId::new(), Arc::new(FakeIntake::default()));
    let (mut given, mut hours, mut sequence) = (given.clone(), 0, 1);
    let ask = |sequence, acuity, again| pb::PlanFollowUpsRequest {
        sequence,
        again,
        ..closed(contact, Some(participant), acuity)
    };
    let mut plan = given.plan(ask(1, common::Acuity::High, false)).await.unwrap();
    for event in events {
        let (before, is_not_made) = (plan.state(), matches!(event, Event::Recorded(AttemptOutcome::NotMade)));
        plan = match event {
            Event::Asked { acuity, again } => {
                sequence += 1;
                given.plan(ask(sequence, acuity, again)).await.unwrap()
            }
            Event::AskedLate => given.plan(ask(sequence, common::Acuity::Emergency, true)).await.unwrap(),
            Event::Recorded(outcome) => given.ends(&plan, plan.attempts.len() as i32, outcome).await,
            Event::Stopped | Event::CameBack => {
                let caller_is_back = matches!(event, Event::CameBack);
                let (request_id, contact_id) = (new_id(), contact.to_string());
                given.stop(pb::StopFollowUpsRequest { request_id, contact_id, caller_is_back }).await.unwrap()
            }
            Event::HoursPassed(passed) => {
                hours += passed;
                given = given.later(hours);
                given.catch_up(&intake).await;
                given.plan_of(contact).await.unwrap()
            }
        };
        assert_called(&given, &plan, &intake).await;
        assert!(!is_not_made || plan.state() == before, "what nobody made ends no plan");
    }
    given.catch_up(&intake).await;
    let told = intake.ended().pop().map(|told| (told.sequence, told.end));
    match end_of(&plan) {
        Some(end) => assert_eq!(told, Some((sequence, end)), "the newest is told"),
        None => assert!(told.is_none_or(|(ended, _)| ended < sequence), "what is open is not told to have ended"),
    }
}

#[test]
fn an_open_plan_is_always_owed_an_attempt_and_the_newest_that_was_asked_is_told_at_the_end() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let given = runtime.block_on(Given::new());
    let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    let orders = prop::collection::vec(event(), 1..12);
    runner
        .run(&orders, |events| {
            runtime.block_on(assert_called_through(&given, events));
            Ok(())
        })
        .unwrap();
}
