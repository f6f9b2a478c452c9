//! Closing duties and the end of a conversation.

use std::sync::atomic::Ordering;

use harborline_identity::Role;
use harborline_proto::common::v1::{Acuity, Assessment, ClosingDuty};
use harborline_proto::intake::v1::{ContactState, DecisionKind, Outcome, Verdict};
use harborline_status::Reason;
use harborline_testkit::{assert_refused, wait_until};
use harborline_types::wire::WireEnum;
use tonic_types::StatusExt;

use crate::fixture::Given;
use crate::neighbors::assessment;

#[tokio::test]
async fn a_contact_closes_only_when_the_duties_of_its_acuity_are_done() {
    let intake = Given::new().await;
    let contact = intake.open().await;
    intake.settle().await;
    intake.assign(&contact, "ana", 1).await;
    let ana = intake.as_("ana", Role::Counselor);
    let refused = assert_refused(intake.close(&ana, &contact, Outcome::Resolved).await, Reason::ClosingDutiesOpen);
    let open = refused.get_error_details().error_info().unwrap().metadata["open"].clone();
    assert_eq!(open, "reason_coded", "the screen is on record");
    intake.complete(&ana, &contact, &[ClosingDuty::ReasonCoded, ClosingDuty::ScreenComplete]).await.unwrap();
    let closed = intake.close(&ana, &contact, Outcome::Resolved).await.unwrap();
    assert_eq!((closed.state(), closed.outcome()), (ContactState::Closed, Outcome::Resolved));
    assert_refused(intake.close(&ana, &contact, Outcome::Resolved).await, Reason::ContactEnded);
    assert_refused(intake.complete(&ana, &contact, &[ClosingDuty::BriefPlan]).await, Reason::ContactEnded);
}

#[tokio::test]
async fn a_screening_recorded_a_moment_ago_counts() {
    let intake = Given::new().await;
    let contact = not_screened(&intake).await;
    let ana = intake.as_("ana", Role::Counselor);
    intake.complete(&ana, &contact, &[ClosingDuty::ReasonCoded]).await.unwrap();
    let closed = assert_refused(intake.close(&ana, &contact, Outcome::Resolved).await, Reason::ClosingDutiesOpen);
    assert_eq!(closed.get_error_details().error_info().unwrap().metadata["open"], "screen_complete");
    let screened =
        Assessment { reasons: vec!["asq_non_acute_positive".to_owned()], ..assessment(&contact, 2, Acuity::High) };
    intake.neighbors.assessment.lock().unwrap().replace(screened);
    let closed = intake.close(&ana, &contact, Outcome::Resolved).await.unwrap();
    assert_eq!(closed.assessment.unwrap().sequence, 2);
}

/// A contact that Ana has answered, of which triage has no screening.
async fn not_screened(intake: &Given) -> String {
    let contact = intake.open().await;
    let reasons = vec!["relapse_today".to_owned()];
    let not_screened = Assessment { reasons, ..assessment(&contact, 1, Acuity::High) };
    intake.neighbors.assessment.lock().unwrap().replace(not_screened);
    intake.settle().await;
    intake.assign(&contact, "ana", 1).await;
    contact
}

#[tokio::test]
async fn a_screen_that_is_not_on_record_is_not_ticked_and_neither_is_what_is_not_owed() {
    let intake = Given::new().await;
    let contact = not_screened(&intake).await;
    let ana = intake.as_("ana", Role::Counselor);
    let screen = [ClosingDuty::ScreenComplete, ClosingDuty::ReasonCoded];
    let refused = assert_refused(intake.complete(&ana, &contact, &screen).await, Reason::ClosingDutyUnproven);
    assert_eq!(refused.get_error_details().error_info().unwrap().metadata["unproven"], "screen_complete");
    let refused =
        assert_refused(intake.complete(&ana, &contact, &[ClosingDuty::BriefPlan]).await, Reason::ClosingDutyNotOwed);
    assert_eq!(refused.get_error_details().error_info().unwrap().metadata["not_owed"], "brief_plan");
    assert!(intake.contact(&contact).await.completed_duties.is_empty(), "all or none");
}

#[tokio::test]
async fn while_triage_is_away_the_conversation_ends_and_a_supervisor_decides_about_what_it_would_prove() {
    let intake = Given::new().await;
    let contact = not_screened(&intake).await;
    let ana = intake.as_("ana", Role::Counselor);
    intake.complete(&ana, &contact, &[ClosingDuty::ReasonCoded]).await.unwrap();
    intake.neighbors.triage_away.store(true, Ordering::SeqCst);
    intake.close(&ana, &contact, Outcome::Resolved).await.unwrap();
    let decision = intake.to_decide().await.pop().unwrap();
    assert_eq!(decision.kind(), DecisionKind::DutiesOpen);
    assert_eq!(decision.open_duties, [i32::from(ClosingDuty::ScreenComplete)]);
    intake.end_follow_ups(&contact).await;
    assert_eq!(intake.to_decide().await.len(), 1, "that they were reached screens nobody");
    intake.make_decision(&decision.decision_id, Verdict::FollowUp).await.unwrap();
    assert!(!intake.owners(&contact).await.1);
}

#[tokio::test]
async fn triage_is_asked_only_when_the_call_is_no_repeat_and_the_caller_may_make_it() {
    let intake = Given::new().await;
    let contact = intake.open().await;
    intake.settle().await;
    intake.assign(&contact, "ana", 1).await;
    let (ana, ben) = (intake.as_("ana", Role::Counselor), intake.as_("ben", Role::Counselor));
    let asked = || intake.neighbors.newest_asked.load(Ordering::SeqCst);
    assert_refused(intake.close(&ben, &contact, Outcome::Resolved).await, Reason::CallerNotAllowed);
    let duties = [ClosingDuty::ReasonCoded];
    assert_refused(intake.complete(&ben, &contact, &duties).await, Reason::CallerNotAllowed);
    assert_eq!(asked(), 0);
    intake.complete(&ana, &contact, &duties).await.unwrap();
    let message = intake.closing(&contact, Outcome::Resolved);
    intake.close_with(&ana, message.clone()).await.unwrap();
    let before = asked();
    intake.close_with(&ana, message).await.unwrap();
    assert_eq!(asked(), before, "the repeat has its answer");
}

#[tokio::test]
async fn only_the_counselor_in_the_contact_or_a_supervisor_acts_in_it() {
    let intake = Given::new().await;
    let contact = intake.open().await;
    let (ana, ben) = (intake.as_("ana", Role::Counselor), intake.as_("ben", Role::Counselor));
    let supervisor = intake.as_("supervisor", Role::Supervisor);
    let reason = [ClosingDuty::ReasonCoded];
    assert_refused(intake.complete(&supervisor, &contact, &reason).await, Reason::ContactNotAnswered);
    assert_refused(intake.close(&ana, &contact, Outcome::Disconnected).await, Reason::CallerNotAllowed);
    intake.assign(&contact, "ana", 1).await;
    assert_refused(intake.complete(&ben, &contact, &reason).await, Reason::CallerNotAllowed);
    assert_refused(intake.close(&ben, &contact, Outcome::Disconnected).await, Reason::CallerNotAllowed);
    assert_eq!(intake.complete(&ana, &contact, &reason).await.unwrap().completed_duties, [1]);
    intake.close(&supervisor, &contact, Outcome::Disconnected).await.unwrap();
}

#[tokio::test]
async fn the_counselor_is_released_even_while_followup_is_away_and_follow_ups_are_planned_when_it_is_back() {
    let intake = Given::new().await;
    let participant = intake.enroll("+12025550101").await;
    let contact = intake.open_for(&participant).await;
    intake.settle().await;
    intake.neighbors.follow_up_away.store(true, Ordering::SeqCst);
    intake.closed(&contact).await;
    let released = wait_until("the counselor is released", || async {
        let released = intake.neighbors.released.all();
        (!released.is_empty()).then_some(())
    });
    intake.working(released).await;
    intake.neighbors.follow_up_away.store(false, Ordering::SeqCst);
    intake.settle().await;
    assert_eq!(intake.planned().len(), 1);
    let (owners, open) = intake.owners(&contact).await;
    assert_eq!((owners, open), (vec!["supervisor".into(), "ana".into(), "clinician".into()], true));
}

#[tokio::test]
async fn an_assessment_that_comes_after_the_end_plans_follow_ups_again_when_it_changes_the_acuity() {
    let intake = Given::new().await;
    let contact = intake.open().await;
    intake.settle().await;
    intake.closed(&contact).await;
    intake.settle().await;
    intake.assess(assessment(&contact, 2, Acuity::High)).await;
    intake.settle().await;
    assert_eq!(intake.planned().len(), 1, "the same acuity changes nothing");
    intake.assess(assessment(&contact, 3, Acuity::Emergency)).await;
    intake.settle().await;
    let planned: Vec<_> = intake.planned().iter().map(|plan| plan.acuity.to_wire()).collect();
    assert_eq!(planned, [Acuity::High, Acuity::Emergency]);
    assert_eq!(intake.contact(&contact).await.state(), ContactState::Closed);
}
