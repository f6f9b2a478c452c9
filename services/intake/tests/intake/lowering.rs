//! While a lowering of an acuity waits for the second person, the supervisor on call is paged and no counselor is held.

use std::sync::atomic::Ordering;

use harborline_identity::Role;
use harborline_notify::PageKind;
use harborline_proto::common::v1::{Acuity, Assessment, ClosingDuty};
use harborline_proto::intake::v1::{ContactState, DecisionKind, DecisionState, Outcome, Verdict};
use harborline_status::{Reason, violations_of};
use harborline_testkit::assert_refused;
use harborline_types::LoweringId;

use crate::fixture::Given;
use crate::neighbors::assessment;

/// What the acuity on record asks for, and the counselor holds to be too much.
const DUTIES: [ClosingDuty; 2] = [ClosingDuty::SafetyPlanReviewed, ClosingDuty::ReasonCoded];

/// A contact that Ana has, and of which a lowering waits: its id and the lowering's.
async fn judged_lower(intake: &Given) -> (String, String) {
    let contact = intake.open().await;
    let closing_duties = DUTIES.map(i32::from).to_vec();
    let urgent = Assessment { closing_duties, ..assessment(&contact, 1, Acuity::VeryHigh) };
    intake.neighbors.assessment.lock().unwrap().replace(urgent);
    intake.settle().await;
    intake.assign(&contact, "ana", 1).await;
    (contact, LoweringId::new().to_string())
}

#[tokio::test]
async fn the_supervisor_on_call_is_paged_about_a_lowering_and_decides_it_with_triage() {
    let intake = Given::new().await;
    let (contact, lowering) = judged_lower(&intake).await;
    intake.lowering(&contact, &lowering, true).await;
    intake.settle().await;
    let decision = intake.to_decide().await.pop().unwrap();
    assert_eq!((decision.kind(), decision.acuity()), (DecisionKind::Lowering, Acuity::VeryHigh));
    assert_eq!((&decision.lowering_id, &decision.contact_id), (&lowering, &contact));
    let paged: Vec<_> = intake.pages.rung().into_iter().map(|page| (page.kind, page.who, page.count)).collect();
    assert_eq!(paged, [(PageKind::DecisionNeeded, "supervisor".to_owned(), 1)]);
    let refused = intake.make_decision(&decision.decision_id, Verdict::FollowUp).await;
    assert_eq!(violations_of(&assert_refused(refused.map(drop), Reason::RequestInvalid)), ["decision_id"]);

    intake.lowering(&contact, &lowering, false).await;
    assert!(intake.to_decide().await.is_empty());
    let withdrawn = intake.make_decision(&decision.decision_id, Verdict::FollowUp).await;
    assert_refused(withdrawn.map(drop), Reason::DecisionMade);
}

#[tokio::test]
async fn while_a_lowering_waits_the_conversation_may_end_and_what_is_open_is_a_supervisors() {
    let intake = Given::new().await;
    let (contact, _) = judged_lower(&intake).await;
    let ana = intake.as_("ana", Role::Counselor);
    assert_refused(intake.close(&ana, &contact, Outcome::Resolved).await, Reason::ClosingDutiesOpen);
    // Triage has told in its answer alone: its duty has not run yet.
    intake.neighbors.lowering_waits.store(true, Ordering::SeqCst);
    let closed = intake.close(&ana, &contact, Outcome::Resolved).await.unwrap();
    assert_eq!(closed.state(), ContactState::Closed);
    assert_eq!(closed.assessment.unwrap().acuity(), Acuity::VeryHigh, "the level on record holds");
    let decision = intake.to_decide().await.pop().unwrap();
    assert_eq!((decision.kind(), decision.state()), (DecisionKind::DutiesOpen, DecisionState::Open));
    assert_eq!(decision.open_duties, DUTIES.map(i32::from));
    assert!(decision.due_at.is_some(), "with a clock");
}

#[tokio::test]
async fn a_triage_that_is_silent_holds_nobody_whose_lowering_waits() {
    let intake = Given::new().await;
    let (contact, lowering) = judged_lower(&intake).await;
    let ana = intake.as_("ana", Role::Counselor);
    intake.neighbors.triage_away.store(true, Ordering::SeqCst);
    assert_refused(intake.close(&ana, &contact, Outcome::Resolved).await, Reason::ClosingDutiesOpen);
    intake.lowering(&contact, &lowering, true).await;
    intake.close(&ana, &contact, Outcome::Resolved).await.unwrap();
    let kinds: Vec<_> = intake.to_decide().await.iter().map(|decision| decision.kind()).collect();
    assert_eq!(kinds, [DecisionKind::Lowering, DecisionKind::DutiesOpen]);
}

#[tokio::test]
async fn a_lowering_that_waits_after_the_end_keeps_the_person_somebodys() {
    let intake = Given::new().await;
    let (contact, lowering) = judged_lower(&intake).await;
    intake.lowering(&contact, &lowering, true).await;
    intake.complete(&intake.as_("ana", Role::Counselor), &contact, &DUTIES).await.unwrap();
    intake.close(&intake.as_("ana", Role::Counselor), &contact, Outcome::Resolved).await.unwrap();
    intake.end_follow_ups(&contact).await;
    assert!(intake.owners(&contact).await.1, "somebody must still say how urgent it was");
    intake.lowering(&contact, &lowering, false).await;
    assert!(!intake.owners(&contact).await.1);
}

#[tokio::test]
async fn duties_that_the_confirmed_acuity_does_not_ask_for_are_nobodys_decision_any_more() {
    let intake = Given::new().await;
    let (contact, _) = judged_lower(&intake).await;
    intake.neighbors.lowering_waits.store(true, Ordering::SeqCst);
    let ana = intake.as_("ana", Role::Counselor);
    intake.complete(&ana, &contact, &[ClosingDuty::ReasonCoded]).await.unwrap();
    intake.close(&ana, &contact, Outcome::Resolved).await.unwrap();
    let closing_duties = vec![ClosingDuty::ReasonCoded.into()];
    intake.assess(Assessment { closing_duties, ..assessment(&contact, 2, Acuity::Routine) }).await;
    assert!(intake.to_decide().await.is_empty());
}

#[tokio::test]
async fn who_left_duties_open_does_not_decide_that_they_stay_so() {
    let intake = Given::new().await;
    let (contact, _) = judged_lower(&intake).await;
    intake.neighbors.lowering_waits.store(true, Ordering::SeqCst);
    intake.close(&intake.as_("ana", Role::Counselor), &contact, Outcome::Resolved).await.unwrap();
    let decision = intake.to_decide().await.pop().unwrap().decision_id;
    for same in ["ana", " ANA"] {
        let by = intake.as_(same, Role::Supervisor);
        let refused = intake.make_decision_as(&by, &decision, Verdict::FollowUp).await;
        assert_refused(refused.map(drop), Reason::ReviewerNotIndependent);
    }
    intake.make_decision(&decision, Verdict::FollowUp).await.unwrap();
}
