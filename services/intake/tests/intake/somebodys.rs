//! A person at risk is somebody's at every instant: custody follows from what is open (P4).

use std::sync::atomic::Ordering;

use harborline_identity::ServiceName;
use harborline_intake::domain::ending::{AttemptOutcome, ContactEnding};
use harborline_proto::common::v1::{Acuity, CallerKind, Channel, Signal};
use harborline_proto::intake::v1::mesh_service_server::MeshService;
use harborline_proto::intake::v1::{self as pb, ContactState, FollowUpsEnd, Outcome, Verdict};
use harborline_status::Reason;
use harborline_testkit::{assert_refused, owner, request, run_again, wait_until};
use harborline_types::PlanId;
use harborline_types::wire::WireEnum;

use crate::fixture::{Given, id, open_request};
use crate::neighbors::assessment;

/// A participant's contact that Ana has closed as routine.
async fn closed_as_routine(intake: &Given) -> String {
    let participant = intake.enroll("+12025550101").await;
    let contact = intake.open_for(&participant).await;
    intake.neighbors.assessment.lock().unwrap().replace(assessment(&contact, 1, Acuity::Routine));
    intake.settle().await;
    intake.closed(&contact).await;
    intake.settle().await;
    contact
}

async fn last_owner(intake: &Given, contact: &str) -> String {
    intake.owners(contact).await.0.pop().unwrap()
}

#[tokio::test]
async fn a_contact_that_needs_no_follow_up_is_somebodys_while_a_referral_of_it_is_open() {
    let intake = Given::new().await;
    let participant = intake.enroll("+12025550101").await;
    let contact = intake.open_for(&participant).await;
    intake.settle().await;
    let referral = intake.register_referral(&contact).await;
    intake.closed(&contact).await;
    intake.end_follow_ups_as(&contact, 1, FollowUpsEnd::NotNeeded).await;
    assert_eq!(last_owner(&intake, &contact).await, "clinician");
    intake.accept(&contact, &referral).await;
    assert_eq!(last_owner(&intake, &contact).await, "clinic-nurse");
    intake.end_referral(&contact, &referral).await;
    let owners = ["supervisor", "ana", "clinician", "clinic-nurse", ""].map(str::to_owned).to_vec();
    assert_eq!(intake.owners(&contact).await, (owners, false));
}

#[tokio::test]
async fn a_referral_that_was_accepted_before_the_contact_closed_stays_the_clinics() {
    let intake = Given::new().await;
    let contact = intake.open().await;
    intake.settle().await;
    let referral = intake.register_referral(&contact).await;
    intake.accept(&contact, &referral).await;
    intake.closed(&contact).await;
    intake.end_follow_ups_as(&contact, 1, FollowUpsEnd::NotNeeded).await;
    assert_eq!(last_owner(&intake, &contact).await, "clinic-nurse");
    intake.end_referral(&contact, &referral).await;
    intake.accept(&contact, &referral).await;
    assert!(!intake.owners(&contact).await.1, "an acceptance that is told late changes nothing");
}

#[tokio::test]
async fn a_referral_that_was_registered_and_never_made_does_not_keep_custody_for_ever() {
    let intake = Given::new().await;
    let contact = closed_as_routine(&intake).await;
    intake.end_follow_ups(&contact).await;
    let (never_made, made) = (intake.register_referral(&contact).await, intake.register_referral(&contact).await);
    intake.neighbors.referrals_made.lock().unwrap().insert(made.parse().unwrap());
    assert!(intake.owners(&contact).await.1);
    for referral in [&never_made, &made] {
        run_again(&intake.store, "referral-made", referral).await;
    }
    intake.settle().await;
    assert!(intake.owners(&contact).await.1, "the one that was made is open");
    intake.end_referral(&contact, &made).await;
    assert!(!intake.owners(&contact).await.1);
    intake.accept(&contact, &never_made).await;
    assert!(!intake.owners(&contact).await.1, "it counts as ended");
}

#[tokio::test]
async fn a_screening_that_comes_out_acute_after_a_routine_close_begins_custody_again() {
    let intake = Given::new().await;
    let contact = closed_as_routine(&intake).await;
    intake.end_follow_ups_as(&contact, 1, FollowUpsEnd::NotNeeded).await;
    assert!(!intake.owners(&contact).await.1);
    intake.assess(assessment(&contact, 2, Acuity::VeryHigh)).await;
    assert_eq!(last_owner(&intake, &contact).await, "clinician", "before followup knows of it");
    intake.settle().await;
    let planned = intake.planned().pop().unwrap();
    assert_eq!((planned.acuity.to_wire(), planned.sequence), (Acuity::VeryHigh, 2));
    intake.end_follow_ups_as(&contact, 1, FollowUpsEnd::NotNeeded).await;
    assert!(intake.owners(&contact).await.1, "an end that was told before the new plan is no end of it");
    intake.end_follow_ups_as(&contact, 2, FollowUpsEnd::Reached).await;
    let owners = ["supervisor", "ana", "clinician", "", "clinician", ""].map(str::to_owned).to_vec();
    assert_eq!(intake.owners(&contact).await, (owners, false));
}

#[tokio::test]
async fn an_attempt_in_which_no_counselor_was_is_not_made_also_for_an_unknown_caller() {
    let intake = Given::new().await;
    let contact = intake.open().await;
    intake.settle().await;
    intake.closed(&contact).await;
    let plan = PlanId::new().to_string();
    for attempt in 1..=3 {
        let outbound = intake.open_outbound(&contact, &plan, attempt).await;
        intake.offer_backup(&outbound).await;
        assert_refused(intake.confirm_hand_off(&outbound).await, Reason::HandOffNotOffered);
        intake.leave(&outbound).await.unwrap();
    }
    intake.settle().await;
    let told = intake.neighbors.attempts.all();
    assert_eq!(told.iter().map(|told| told.outcome).collect::<Vec<_>>(), [AttemptOutcome::NotMade; 3]);
    let queued = intake.neighbors.queued.all();
    assert_eq!(queued.iter().filter(|queued| queued.is_outbound).count(), queued.len() - 1);
    assert!(intake.owners(&contact).await.1);
}

#[tokio::test]
async fn attempts_in_vain_are_a_supervisors_to_decide_about_and_custody_lasts_until_then() {
    let intake = Given::new().await;
    let participant = intake.enroll("+12025550101").await;
    let contact = intake.open_for(&participant).await;
    intake.settle().await;
    intake.closed(&contact).await;
    intake.settle().await;
    intake.end_follow_ups_as(&contact, 1, FollowUpsEnd::NotReached).await;
    assert_eq!(last_owner(&intake, &contact).await, "supervisor");
    let decision = intake.to_decide().await.pop().unwrap();
    assert_eq!(decision.kind(), pb::DecisionKind::NotReached);
    assert_refused(intake.make_decision(&decision.decision_id, Verdict::FollowUp).await, Reason::RequestInvalid);
    intake.make_decision(&decision.decision_id, Verdict::CallAgain).await.unwrap();
    assert_refused(intake.make_decision(&decision.decision_id, Verdict::DoNotCall).await, Reason::DecisionMade);
    assert_eq!(last_owner(&intake, &contact).await, "clinician");
    intake.settle().await;
    let planned = intake.planned().pop().unwrap();
    assert_eq!((planned.sequence, planned.again, planned.ending), (2, true, ContactEnding::CallBack));
}

#[tokio::test]
async fn that_nobody_calls_is_a_supervisors_decision_and_ends_what_is_planned() {
    let intake = Given::new().await;
    let contact = intake.open().await;
    intake.settle().await;
    intake.closed(&contact).await;
    intake.settle().await;
    let plan = PlanId::new().to_string();
    let outbound = intake.open_outbound(&contact, &plan, 1).await;
    let message = pb::RecordAttemptOverdueRequest {
        request_id: id(),
        contact_id: contact.clone(),
        follow_up_plan_id: plan,
        attempt: 1,
    };
    for _ in 0..2 {
        let message = pb::RecordAttemptOverdueRequest { request_id: id(), ..message.clone() };
        intake.rpc.record_attempt_overdue(request(&intake.as_service(ServiceName::Followup), message)).await.unwrap();
    }
    let decisions = intake.to_decide().await;
    assert_eq!((decisions.len(), decisions[0].kind()), (1, pb::DecisionKind::AttemptOverdue), "told twice, it is one");
    intake.make_decision(&decisions[0].decision_id, Verdict::DoNotCall).await.unwrap();
    assert_eq!(intake.contact(&outbound).await.state(), ContactState::Left);
    intake.settle().await;
    let stopped = intake.neighbors.stopped.all();
    assert_eq!(stopped[0].0.to_string(), contact);
    assert!(intake.owners(&contact).await.1, "until followup has said that nothing is left");
    intake.end_follow_ups_as(&contact, 1, FollowUpsEnd::Stopped).await;
    assert!(!intake.owners(&contact).await.1);
}

#[tokio::test]
async fn a_call_that_was_on_its_way_when_a_supervisor_decided_that_nobody_calls_is_not_made() {
    let intake = Given::new().await;
    let contact = intake.open().await;
    intake.leave(&contact).await.unwrap();
    let decision = intake.to_decide().await.pop().unwrap();
    intake.make_decision(&decision.decision_id, Verdict::DoNotCall).await.unwrap();
    let outbound = intake.open_outbound(&contact, &PlanId::new().to_string(), 1).await;
    assert_eq!(intake.contact(&outbound).await.state(), ContactState::Left);
}

#[tokio::test]
async fn an_attempt_that_is_missed_again_after_a_verdict_is_another_decision() {
    let intake = Given::new().await;
    let contact = intake.open().await;
    intake.settle().await;
    intake.closed(&contact).await;
    let missed = pb::RecordAttemptOverdueRequest {
        request_id: id(),
        contact_id: contact.clone(),
        follow_up_plan_id: PlanId::new().to_string(),
        attempt: 1,
    };
    for _ in 0..2 {
        let missed = pb::RecordAttemptOverdueRequest { request_id: id(), ..missed.clone() };
        intake.rpc.record_attempt_overdue(request(&intake.as_service(ServiceName::Followup), missed)).await.unwrap();
        let decision = intake.to_decide().await.pop().unwrap();
        intake.make_decision(&decision.decision_id, Verdict::FollowUp).await.unwrap();
    }
    intake.settle().await;
    assert_eq!(intake.planned().iter().filter(|planned| planned.again).count(), 2, "with a new latest time each");
}

#[tokio::test]
async fn somebody_at_risk_whom_the_backup_line_has_and_nobody_can_call_is_a_supervisors() {
    let intake = Given::new().await;
    let contact = intake.open().await;
    intake.neighbors.assessment.lock().unwrap().replace(assessment(&contact, 1, Acuity::VeryHigh));
    intake.settle().await;
    intake.hand_off(&contact).await;
    intake.end_follow_ups_as(&contact, 1, FollowUpsEnd::NotNeeded).await;
    assert_eq!(intake.to_decide().await.len(), 1);
    assert!(intake.owners(&contact).await.1);
}

#[tokio::test]
async fn a_caller_at_risk_who_leaves_the_queue_is_a_supervisors_who_is_paged_at_once() {
    let intake = Given::new().await;
    let signals = vec![Signal::AttemptInProgress.into()];
    let contacts = [
        intake.open_with(pb::OpenContactRequest { signals: signals.clone(), ..open_request() }).await.contact_id,
        intake.open_with(pb::OpenContactRequest { signals, ..open_request() }).await.contact_id,
    ];
    for contact in &contacts {
        intake.leave(contact).await.unwrap();
    }
    intake.neighbors.triage_away.store(true, Ordering::SeqCst);
    intake.settle().await;
    let rung = intake.pages.rung();
    assert_eq!((rung[0].who.as_str(), rung.iter().map(|page| page.count).max()), ("supervisor", Some(2)), "{rung:?}");
    assert_eq!(rung.len(), 1, "pages of one program and cause are one");
    for planned in intake.planned() {
        assert_eq!((planned.acuity.to_wire(), planned.ending), (Acuity::Emergency, ContactEnding::BrokenOff));
    }
    let decisions = intake.to_decide().await;
    assert_eq!(decisions.iter().map(|one| one.kind()).collect::<Vec<_>>(), [pb::DecisionKind::BrokenOff; 2]);
    assert!(!decisions[0].open_duties.is_empty());
    for contact in &contacts {
        assert_eq!(last_owner(&intake, contact).await, "supervisor");
    }
    intake.make_decision(&decisions[0].decision_id, Verdict::FollowUp).await.unwrap();
    assert_eq!(last_owner(&intake, &decisions[0].contact_id).await, "director", "an unknown caller's follow-up");
}

#[tokio::test]
async fn a_caller_who_left_before_triage_answered_wakes_nobody_when_triage_finds_no_risk() {
    let intake = Given::new().await;
    let contact = intake.open().await;
    intake.neighbors.assessment.lock().unwrap().replace(assessment(&contact, 1, Acuity::Routine));
    intake.leave(&contact).await.unwrap();
    assert_eq!(last_owner(&intake, &contact).await, "supervisor", "until more is known");
    intake.settle().await;
    assert_eq!(intake.pages.rung(), []);
    assert!(intake.to_decide().await.is_empty());
}

#[tokio::test]
async fn a_conversation_at_risk_that_breaks_off_leaves_its_open_duties_to_a_supervisor() {
    let intake = Given::new().await;
    let contact = intake.open().await;
    intake.neighbors.assessment.lock().unwrap().replace(assessment(&contact, 1, Acuity::VeryHigh));
    intake.settle().await;
    intake.closed_as(&contact, Outcome::Disconnected).await;
    let decision = intake.to_decide().await.pop().unwrap();
    assert_eq!(decision.kind(), pb::DecisionKind::BrokenOff);
    intake.settle().await;
    assert_eq!(intake.planned()[0].ending, ContactEnding::BrokenOff);
    intake.end_follow_ups_as(&contact, 1, FollowUpsEnd::Reached).await;
    assert!(intake.to_decide().await.is_empty(), "they were reached");
    assert!(!intake.owners(&contact).await.1);
}

#[tokio::test]
async fn a_family_member_is_called_at_their_own_number_and_nobody_elses() {
    let intake = Given::new().await;
    let participant = intake.enroll("+12025550101").await;
    let caller = CallerKind::FamilyMember.into();
    let named = pb::OpenContactRequest { caller, participant_id: participant, ..open_request() };
    let with_number = intake.open_with(named.clone()).await.contact_id;
    let without = intake
        .open_with(pb::OpenContactRequest { request_id: id(), callback_number: String::new(), ..named })
        .await
        .contact_id;
    intake.settle().await;
    intake.leave(&with_number).await.unwrap();
    intake.leave(&without).await.unwrap();
    intake.settle().await;
    for planned in intake.planned() {
        assert_eq!(planned.reachable, planned.contact.to_string() == with_number);
    }
}

#[tokio::test]
async fn a_caller_keeps_the_place_until_the_backup_line_is_known_to_have_them() {
    let intake = Given::new().await;
    let contact = intake.open().await;
    intake.settle().await;
    assert_refused(intake.confirm_hand_off(&contact).await, Reason::HandOffNotOffered);
    intake.offer_backup(&contact).await;
    let offered = intake.contact(&contact).await;
    assert_eq!(offered.state(), ContactState::Waiting);
    assert!(offered.backup_offered_at.is_some());
    assert_eq!(last_owner(&intake, &contact).await, "supervisor");
    intake.settle().await;
    assert!(intake.neighbors.withdrawn.all().is_empty());
    assert_eq!(intake.confirm_hand_off(&contact).await.unwrap().state(), ContactState::HandedOff);
    assert_eq!(last_owner(&intake, &contact).await, "backup-line");
    intake.settle().await;
    assert!(intake.neighbors.withdrawn.all()[0].1);
    assert_eq!(intake.planned()[0].ending, ContactEnding::HandedOff, "our follow-up stays ours");
}

#[tokio::test]
async fn a_caller_who_waits_again_after_the_counselor_was_lost_is_offered_the_backup_line_anew() {
    let intake = Given::new().await;
    let contact = intake.open().await;
    intake.offer_backup(&contact).await;
    intake.assign(&contact, "ana", 1).await;
    intake.lose(&contact, 1).await;
    assert_eq!(intake.contact(&contact).await.backup_offered_at, None);
    assert_refused(intake.confirm_hand_off(&contact).await, Reason::HandOffNotOffered);
    intake.offer_backup(&contact).await;
    intake.confirm_hand_off(&contact).await.unwrap();
}

#[tokio::test]
async fn somebody_who_writes_is_shown_the_backup_line_and_not_transferred_to_a_voice() {
    let intake = Given::new().await;
    let channel = Channel::Message.into();
    let opened = intake.open_with(pb::OpenContactRequest { channel, ..open_request() }).await;
    intake.offer_backup(&opened.contact_id).await;
    assert_refused(intake.confirm_hand_off(&opened.contact_id).await, Reason::HandOffNotOffered);
    assert!(intake.contact(&opened.contact_id).await.backup_offered_at.is_some());
}

#[tokio::test]
async fn a_counselor_who_is_lost_after_the_caller_hung_up_is_no_live_ring() {
    let intake = Given::new().await;
    let contact = intake.open().await;
    intake.settle().await;
    intake.assign(&contact, "ana", 1).await;
    let left = intake.leave(&contact).await.unwrap();
    assert!(left.state() == ContactState::Answered && left.caller_left_at.is_some(), "the counselor sees it");
    assert_eq!(last_owner(&intake, &contact).await, "ana");
    intake.settle().await;
    let told = intake.neighbors.withdrawn.all();
    assert_eq!(told.len(), 1, "the queue knows before the counselor is lost");
    intake.lose(&contact, 1).await;
    intake.offer_backup(&contact).await;
    let lost = intake.contact(&contact).await;
    assert_eq!((lost.state(), lost.backup_offered_at), (ContactState::Left, None));
    intake.settle().await;
    assert_eq!(intake.planned()[0].ending, ContactEnding::CallBack);
}

#[tokio::test]
async fn the_calls_that_we_make_say_what_the_person_called_safe_and_nothing_is_safe_unless_said() {
    let intake = Given::new().await;
    let rules = pb::CallBackRules { voicemail_is_safe: true, naming_the_program_is_safe: false };
    let said = intake.open_with(pb::OpenContactRequest { call_back_rules: Some(rules), ..open_request() }).await;
    let silent = intake.open_with(open_request()).await;
    for (opened, expected) in [(&said, rules), (&silent, pb::CallBackRules::default())] {
        intake.closed(&opened.contact_id).await;
        let outbound = intake.open_outbound(&opened.contact_id, &PlanId::new().to_string(), 1).await;
        let told = intake.contact(&outbound).await.call_back_rules;
        assert!(told == Some(expected), "nothing is safe unless it was said");
    }
}

#[tokio::test]
async fn an_undecided_decision_is_paged_again_and_once_overdue_to_the_clinical_director_too() {
    let intake = Given::new().await;
    let contact = intake.open().await;
    intake.neighbors.assessment.lock().unwrap().replace(assessment(&contact, 1, Acuity::VeryHigh));
    intake.settle().await;
    intake.leave(&contact).await.unwrap();
    intake.settle().await;
    let later = "update decision set opened_at = opened_at - interval '20 minutes', paged_at = paged_at - interval '20 minutes'";
    sqlx::query(later).execute(&owner(&intake.store)).await.unwrap();
    run_again(&intake.store, "page", "broken_off").await;
    intake
        .working(wait_until("the director is paged", || async {
            intake.pages.rung().iter().any(|page| page.who == "director").then_some(())
        }))
        .await;
    let supervisor = intake.pages.rung().iter().filter(|page| page.who == "supervisor").count();
    assert_eq!(supervisor, 2);
    let decision = intake.to_decide().await.pop().unwrap();
    assert!(decision.due_at.unwrap().seconds < harborline_types::Clock::System.now().timestamp());
}
