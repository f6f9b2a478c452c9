//! An attempt that no counselor made is none.

use harborline_proto::common::v1 as common;
use harborline_proto::followup::v1 as pb;
use harborline_types::{ContactId, ParticipantId};
use pb::{AttemptOutcome, AttemptState, DigestEntryKind, PlanState};

use crate::fixture::{Given, closed};

/// Records three attempts that nobody made, then three in vain; answers the plan after each.
async fn three_of_each(given: &Given, mut plan: pb::FollowUpPlan) -> Vec<pb::FollowUpPlan> {
    let mut plans = Vec::new();
    for number in 1..=6 {
        let outcome = if number <= 3 { AttemptOutcome::NotMade } else { AttemptOutcome::NotReached };
        plan = given.ends(&plan, number, outcome).await;
        plans.push(plan.clone());
    }
    plans
}

#[tokio::test]
async fn an_attempt_that_no_counselor_made_is_planned_again_soon_and_is_not_counted() {
    let given = Given::closed_hours_ago(13).await;
    for (acuity, minutes) in [(common::Acuity::Emergency, 5), (common::Acuity::VeryHigh, 5), (common::Acuity::High, 15)]
    {
        let known = given.of_closing(ContactId::new(), ParticipantId::new(), acuity);
        let unknown = pb::PlanFollowUpsRequest {
            participant_id: String::new(),
            caller: common::CallerKind::Unknown.into(),
            ..closed(ContactId::new(), None, acuity)
        };
        for message in [known, unknown] {
            let plan = given.plan(message).await.unwrap();
            let plans = three_of_each(&given, plan).await;
            let [first, .., before_last, last] = &plans[..] else { unreachable!() };
            let [not_made, next] = &first.attempts[..] else { panic!("another one takes its place") };
            assert_eq!((first.state(), not_made.state()), (PlanState::Open, AttemptState::NotMade));
            assert_eq!(next.due_at.unwrap().seconds - not_made.ended_at.unwrap().seconds, minutes * 60);
            assert_eq!(next.due_by, not_made.due_by);
            assert_eq!((before_last.state(), last.state()), (PlanState::Open, PlanState::NotReached));
        }
    }
}

#[tokio::test]
async fn the_attempt_in_its_place_is_owed() {
    let given = Given::new().await;
    let plan = given.plan_closed(ContactId::new(), common::Acuity::VeryHigh).await;
    let plan = given.ends(&plan, 1, AttemptOutcome::NotMade).await;
    let owed = [("attempt".to_owned(), format!("{}/2", plan.plan_id)), ("overdue".to_owned(), plan.plan_id.clone())];
    assert_eq!(given.duties().await, owed);
    assert_eq!(given.due("attempt").await, plan.attempts[1].due_at.unwrap().seconds);
}

#[tokio::test]
async fn the_digest_tells_attempts_that_nobody_made_once_in_a_row() {
    let given = Given::new().await;
    let participant = ParticipantId::new();
    let plan = given.plan(given.of_closing(ContactId::new(), participant, common::Acuity::High)).await.unwrap();
    three_of_each(&given, plan).await;
    let told: Vec<_> =
        given.digest(participant).await.iter().map(|entry| (entry.kind(), entry.attempt_state())).collect();
    let in_vain = (DigestEntryKind::Attempt, AttemptState::NotReached);
    let expected = [
        (DigestEntryKind::Contact, AttemptState::Unspecified),
        (DigestEntryKind::Attempt, AttemptState::NotMade),
        in_vain,
        in_vain,
        in_vain,
        (DigestEntryKind::DecisionNeeded, AttemptState::Unspecified),
    ];
    assert_eq!(told, expected);
}
