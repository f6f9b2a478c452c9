//! How a contact ended decides when the person is called.

use harborline_proto::common::v1 as common;
use harborline_proto::followup::v1 as pb;
use harborline_status::{Reason, violations_of};
use harborline_testkit::assert_refused;
use harborline_types::{ContactId, ParticipantId};
use pb::{AttemptOutcome, ContactEnding, PlanState};

use crate::fixture::{Given, closed};

use common::Acuity::{Emergency, High, Moderate, Routine, VeryHigh};

fn ended(acuity: common::Acuity, ending: ContactEnding) -> pb::PlanFollowUpsRequest {
    let closed = closed(ContactId::new(), Some(ParticipantId::new()), acuity);
    pb::PlanFollowUpsRequest { ending: ending.into(), ..closed }
}

/// Minutes from the end of the contact to the first attempt and to its latest time; nothing when nobody is called.
async fn first_attempt(given: &Given, message: pb::PlanFollowUpsRequest) -> Option<(i64, i64)> {
    let plan = given.plan(message).await.unwrap();
    let attempt = plan.attempts.first()?;
    let minutes = |at: Option<prost_types::Timestamp>| (at.unwrap().seconds - given.closed_at().seconds) / 60;
    Some((minutes(attempt.due_at), minutes(attempt.due_by)))
}

#[tokio::test]
async fn a_caller_who_broke_off_at_acuity_1_or_2_is_called_within_minutes() {
    let given = Given::new().await;
    for (acuity, expected) in [
        (Emergency, Some((5, 60))),
        (VeryHigh, Some((5, 60))),
        (High, Some((24 * 60, 72 * 60))),
        (Moderate, None),
        (Routine, None),
    ] {
        assert_eq!(first_attempt(&given, ended(acuity, ContactEnding::BrokenOff)).await, expected, "{acuity:?}");
    }
}

#[tokio::test]
async fn a_caller_whom_we_lost_is_called_back_at_once_at_any_acuity() {
    let given = Given::new().await;
    for acuity in [Emergency, VeryHigh, High, Moderate, Routine] {
        let first = first_attempt(&given, ended(acuity, ContactEnding::CallBack)).await;
        assert_eq!(first, Some((0, 60)), "{acuity:?}");
    }
    let unknown = pb::PlanFollowUpsRequest {
        participant_id: String::new(),
        caller: common::CallerKind::Unknown.into(),
        ..ended(Routine, ContactEnding::CallBack)
    };
    assert_eq!(first_attempt(&given, unknown.clone()).await, Some((0, 60)), "a number is a way back");
    let contact_id = ContactId::new().to_string();
    let no_way_back =
        pb::PlanFollowUpsRequest { request_id: crate::fixture::new_id(), contact_id, reachable: false, ..unknown };
    assert_eq!(first_attempt(&given, no_way_back).await, None);

    for (acuity, attempts) in [(Routine, 1), (High, 3)] {
        let mut plan = given.plan(ended(acuity, ContactEnding::CallBack)).await.unwrap();
        for number in 1..=attempts {
            assert_eq!(plan.state(), PlanState::Open);
            plan = given.ends(&plan, number, AttemptOutcome::NotReached).await;
        }
        assert_eq!(plan.state(), PlanState::NotReached, "one, and more where the acuity asks for more");
    }
}

#[tokio::test]
async fn a_caller_whom_the_backup_line_has_is_called_within_24_hours_at_any_acuity() {
    let given = Given::new().await;
    for acuity in [Emergency, VeryHigh, High, Moderate, Routine] {
        let first = first_attempt(&given, ended(acuity, ContactEnding::HandedOff)).await;
        assert_eq!(first, Some((12 * 60, 24 * 60)), "{acuity:?}");
    }
}

#[tokio::test]
async fn a_family_member_is_called_who_told_of_a_life_in_danger_and_left_a_number() {
    let given = Given::new().await;
    for (acuity, reachable, is_called) in
        [(Emergency, true, true), (VeryHigh, true, true), (High, true, false), (Emergency, false, false)]
    {
        let caller = common::CallerKind::FamilyMember.into();
        let family = pb::PlanFollowUpsRequest { caller, reachable, ..ended(acuity, ContactEnding::Closed) };
        assert_eq!(first_attempt(&given, family).await.is_some(), is_called, "{acuity:?}, a number: {reachable}");
    }
}

#[tokio::test]
async fn an_ending_that_is_not_told_is_refused() {
    let given = Given::new().await;
    for ending in [0, 99] {
        let message = pb::PlanFollowUpsRequest { ending, ..ended(High, ContactEnding::Closed) };
        let refused = assert_refused(given.plan(message).await, Reason::RequestInvalid);
        assert_eq!(violations_of(&refused), ["ending"]);
    }
}
