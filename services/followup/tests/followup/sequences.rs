//! Intake is told an end of everything that it asked.

use std::sync::Arc;

use harborline_followup::domain::plan::PlanEnd;
use harborline_proto::common::v1 as common;
use harborline_proto::followup::v1 as pb;
use harborline_testkit::wait_until;
use harborline_types::{ContactId, ParticipantId};
use pb::{AttemptOutcome, PlanState};
use prost::Message as _;

use crate::fixture::{Given, closed, new_id};
use crate::intake::FakeIntake;

fn asked(contact: ContactId, sequence: i64, acuity: common::Acuity) -> pb::PlanFollowUpsRequest {
    pb::PlanFollowUpsRequest { sequence, ..closed(contact, Some(ParticipantId::new()), acuity) }
}

#[tokio::test]
async fn an_end_is_told_with_why_and_with_the_newest_sequence_also_where_nothing_else_changed() {
    let given = Given::new().await;
    let intake = Arc::new(FakeIntake::default());
    let contact = ContactId::new();
    given.plan(asked(contact, 1, common::Acuity::Routine)).await.unwrap();
    given.catch_up(&intake).await;
    given.plan(asked(contact, 2, common::Acuity::Routine)).await.unwrap();
    given.catch_up(&intake).await;
    given.plan(asked(contact, 3, common::Acuity::Moderate)).await.unwrap();
    given.catch_up(&intake).await;
    let plan = given.plan(asked(contact, 4, common::Acuity::High)).await.unwrap();
    given.plan(asked(contact, 5, common::Acuity::High)).await.unwrap();
    given.ends(&plan, 1, AttemptOutcome::Reached).await;
    given.catch_up(&intake).await;
    given.plan(asked(contact, 6, common::Acuity::Routine)).await.unwrap();
    given.catch_up(&intake).await;
    use PlanEnd::{NotNeeded, Reached};
    assert_eq!(intake.ends(), [(1, NotNeeded), (2, NotNeeded), (3, NotNeeded), (5, Reached), (6, Reached)]);
    let ids: std::collections::BTreeSet<_> = intake.ended().iter().map(|ended| ended.request_id).collect();
    assert_eq!(ids.len(), 5, "none is taken for a repetition of another");
}

#[tokio::test]
async fn every_end_has_its_reason() {
    let given = Given::new().await;
    let intake = Arc::new(FakeIntake::default());
    for (outcome, end) in [
        (AttemptOutcome::Reached, PlanEnd::Reached),
        (AttemptOutcome::Declined, PlanEnd::Declined),
        (AttemptOutcome::NotReached, PlanEnd::NotReached),
    ] {
        let plan = given.plan_closed(ContactId::new(), common::Acuity::High).await;
        for number in 1..=3 {
            given.ends(&plan, number, outcome).await;
            if outcome != AttemptOutcome::NotReached {
                break;
            }
        }
        given.catch_up(&intake).await;
        assert_eq!(intake.ended().last().map(|ended| ended.end), Some(end));
    }
    let contact = ContactId::new();
    given.plan_closed(contact, common::Acuity::High).await;
    given
        .stop(pb::StopFollowUpsRequest { request_id: new_id(), contact_id: contact.to_string(), caller_is_back: false })
        .await
        .unwrap();
    given.catch_up(&intake).await;
    assert_eq!(intake.ended().last().map(|ended| ended.end), Some(PlanEnd::Stopped));
}

#[tokio::test]
async fn a_late_repeat_is_answered_and_changes_nothing() {
    let given = Given::new().await;
    let contact = ContactId::new();
    let plan = given.plan(asked(contact, 3, common::Acuity::High)).await.unwrap();
    for sequence in [2, 3] {
        let late = pb::PlanFollowUpsRequest { again: true, ..asked(contact, sequence, common::Acuity::Emergency) };
        assert_eq!(given.plan(late).await.unwrap().encode_to_vec(), plan.encode_to_vec());
    }
    given.ends(&plan, 1, AttemptOutcome::Reached).await;
    let intake = Arc::new(FakeIntake::default());
    given.catch_up(&intake).await;
    given.plan(asked(contact, 1, common::Acuity::Emergency)).await.unwrap();
    given.catch_up(&intake).await;
    assert_eq!(intake.ends(), [(3, PlanEnd::Reached)], "what intake waits for was told");
}

#[tokio::test]
async fn an_end_that_is_on_its_way_while_the_plan_opens_again_is_told_for_what_was_asked_before() {
    let given = Given::new().await;
    let contact = ContactId::new();
    given.plan(asked(contact, 1, common::Acuity::Routine)).await.unwrap();
    let intake = Arc::new(FakeIntake::holding());
    let reopened = async {
        intake.until_told_an_end().await;
        let plan = given.plan(asked(contact, 2, common::Acuity::High)).await.unwrap();
        assert_eq!(plan.state(), PlanState::Open);
        intake.may_answer();
        plan
    };
    let mut plan = None;
    given.working(&intake, async { plan = Some(reopened.await) }).await;
    given.catch_up(&intake).await;
    assert_eq!(intake.ends(), [(1, PlanEnd::NotNeeded)], "nothing is told of what intake asked since");
    given.ends(&plan.unwrap(), 1, AttemptOutcome::Reached).await;
    given.catch_up(&intake).await;
    assert_eq!(intake.ends()[1..], [(2, PlanEnd::Reached)]);
}

#[tokio::test]
async fn what_is_asked_while_an_end_is_on_its_way_is_told_as_well() {
    let given = Given::new().await;
    let contact = ContactId::new();
    given.plan(asked(contact, 1, common::Acuity::Routine)).await.unwrap();
    let intake = Arc::new(FakeIntake::holding());
    let both_told = async {
        intake.until_told_an_end().await;
        given.plan(asked(contact, 2, common::Acuity::Routine)).await.unwrap();
        intake.may_answer();
        wait_until("the second end is told", || async { (intake.ended().len() == 2).then_some(()) }).await;
    };
    given.working(&intake, both_told).await;
    assert_eq!(intake.ends(), [(1, PlanEnd::NotNeeded), (2, PlanEnd::NotNeeded)]);
}
