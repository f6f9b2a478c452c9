//! What followup promises, through its RPCs over a real Postgres; intake is a fake that remembers what it was asked.

mod decisions;
mod endings;
mod fixture;
mod intake;
mod not_made;
mod orders;
mod overdue;
mod sequences;

use std::sync::Arc;

use fixture::{Given, attempt_ended, closed, new_id};
use harborline_identity::Role;
use harborline_proto::common::v1 as common;
use harborline_proto::followup::v1 as pb;
use harborline_proto::followup::v1::follow_up_service_server::FollowUpService;
use harborline_status::{Reason, violations_of};
use harborline_testkit::{assert_refused, owner, person, request, some_program, wait_until};
use harborline_types::{ContactId, ParticipantId, RequestId};
use intake::FakeIntake;
use pb::{AttemptOutcome, AttemptState, DigestEntryKind, PlanState};
use prost::Message as _;
use tonic::Code;

#[tokio::test]
async fn a_closed_contact_gets_a_plan_an_attempt_and_its_place_in_the_digest() {
    let given = Given::new().await;
    let (contact, participant) = (ContactId::new(), ParticipantId::new());
    let plan = given.plan(closed(contact, Some(participant), common::Acuity::VeryHigh)).await.unwrap();
    assert_eq!(plan.state(), PlanState::Open);
    assert_eq!(plan.attempts.len(), 1);
    assert_eq!(plan.attempts[0].state(), AttemptState::Planned);
    let closed_at = given.closed_at();
    assert_eq!(plan.attempts[0].due_at.unwrap().seconds - closed_at.seconds, 12 * 3600);
    assert_eq!(plan.attempts[0].due_by.unwrap().seconds - closed_at.seconds, 24 * 3600);
    assert_eq!(given.plan_of(contact).await.unwrap().encode_to_vec(), plan.encode_to_vec());
    let owed = [("attempt".to_owned(), format!("{}/1", plan.plan_id)), ("overdue".to_owned(), plan.plan_id.clone())];
    assert_eq!(given.duties().await, owed);

    let digest = given.digest(participant).await;
    assert_eq!(digest.len(), 1);
    assert_eq!((digest[0].kind(), digest[0].sequence), (DigestEntryKind::Contact, 1));
    assert_eq!(
        (digest[0].contact_id.as_str(), digest[0].acuity()),
        (plan.contact_id.as_str(), common::Acuity::VeryHigh)
    );
    assert_eq!(digest[0].reasons, ["asq_acute_positive"]);
}

#[tokio::test]
async fn a_contact_has_one_plan_and_a_higher_acuity_only_brings_its_attempt_forward() {
    let given = Given::new().await;
    let (contact, participant) = (ContactId::new(), Some(ParticipantId::new()));
    let first = given.plan(closed(contact, participant, common::Acuity::High)).await.unwrap();
    let lower = given.plan(closed(contact, participant, common::Acuity::Routine)).await.unwrap();
    assert_eq!(lower.encode_to_vec(), first.encode_to_vec());
    let higher = given.plan(closed(contact, participant, common::Acuity::Emergency)).await.unwrap();
    assert_eq!((&higher.plan_id, higher.attempts.len()), (&first.plan_id, 1));
    let hours_sooner = first.attempts[0].due_at.unwrap().seconds - higher.attempts[0].due_at.unwrap().seconds;
    assert_eq!(hours_sooner, 12 * 3600);
    let due = (given.due("attempt").await, given.due("overdue").await);
    let attempt = &higher.attempts[0];
    let expected = (attempt.due_at.unwrap().seconds, attempt.due_by.unwrap().seconds);
    assert_eq!(due, expected, "the duties come forward with the attempt");
    assert_eq!(given.digest(participant.unwrap()).await.len(), 1, "once a contact");
}

#[tokio::test]
async fn concurrent_first_calls_make_one_plan() {
    let given = Arc::new(Given::new().await);
    let (contact, participant) = (ContactId::new(), ParticipantId::new());
    let calls: Vec<_> = (0..8)
        .map(|_| {
            let given = given.clone();
            let message = closed(contact, Some(participant), common::Acuity::High);
            tokio::spawn(async move { given.plan(message).await.unwrap().plan_id })
        })
        .collect();
    let mut plans = std::collections::BTreeSet::new();
    for call in calls {
        plans.insert(call.await.unwrap());
    }
    assert_eq!(plans.len(), 1);
    assert_eq!(given.digest(participant).await.len(), 1);
}

#[tokio::test]
async fn intake_is_told_when_no_follow_up_is_needed_and_a_later_higher_acuity_opens_the_plan() {
    let given = Given::new().await;
    let (contact, participant) = (ContactId::new(), Some(ParticipantId::new()));
    let plan = given.plan(closed(contact, participant, common::Acuity::Routine)).await.unwrap();
    assert_eq!((plan.state(), plan.attempts.len()), (PlanState::NotNeeded, 0));
    let intake = Arc::new(FakeIntake::default());
    given.catch_up(&intake).await;
    assert_eq!(intake.ended().iter().map(|ended| ended.contact).collect::<Vec<_>>(), [contact]);

    let opened = given.plan(closed(contact, participant, common::Acuity::High)).await.unwrap();
    assert_eq!((&opened.plan_id, opened.state(), opened.attempts.len()), (&plan.plan_id, PlanState::Open, 1));
    given.record(attempt_ended(&opened, 1, AttemptOutcome::Reached)).await.unwrap();
    given.catch_up(&intake).await;
    let ids: Vec<_> = intake.ended().iter().map(|ended| ended.request_id).collect();
    assert_eq!(ids.len(), 2, "the second end is told as well");
    assert_ne!(ids[0], ids[1], "and is not taken for a repetition of the first");
}

#[tokio::test]
async fn a_due_attempt_opens_an_outbound_contact_also_when_intake_was_down() {
    let given = Given::closed_hours_ago(13).await;
    let contact = ContactId::new();
    let plan = given.plan_closed(contact, common::Acuity::VeryHigh).await;
    let intake = Arc::new(FakeIntake::refusing(1));
    given.catch_up(&intake).await;

    let underway = given.plan_of(contact).await.unwrap();
    assert_eq!(underway.attempts[0].state(), AttemptState::Underway);
    let calls = intake.opened();
    assert_eq!(calls.len(), 1);
    assert_eq!(underway.attempts[0].outbound_contact_id, calls[0].outbound.to_string());
    assert_eq!((calls[0].program, calls[0].origin, calls[0].attempt), (given.program, contact, 1));
    let subject = format!("{}/1", plan.plan_id);
    assert_eq!(calls[0].request_id, RequestId::derived("OpenOutboundContact", subject));
}

#[tokio::test]
async fn an_attempt_that_is_not_due_is_not_made() {
    let given = Given::new().await;
    let contact = ContactId::new();
    given.plan_closed(contact, common::Acuity::VeryHigh).await;
    // A plan whose attempt is due shows that the worker has looked at what there is.
    let due = ContactId::new();
    let mut message = closed(due, Some(ParticipantId::new()), common::Acuity::VeryHigh);
    message.closed_at.as_mut().unwrap().seconds -= 13 * 3600;
    given.plan(message).await.unwrap();
    let intake = Arc::new(FakeIntake::default());
    let due_is_underway = || async {
        let attempt = given.plan_of(due).await.unwrap().attempts[0].state();
        (attempt == AttemptState::Underway).then_some(())
    };
    given.working(&intake, wait_until("the due attempt is underway", due_is_underway)).await;
    assert_eq!(given.plan_of(contact).await.unwrap().attempts[0].state(), AttemptState::Planned);
}

#[tokio::test]
async fn whoever_is_not_reached_by_the_last_attempt_needs_a_decision() {
    let given = Given::closed_hours_ago(30).await;
    let contact = ContactId::new();
    let participant = ParticipantId::new();
    let mut plan = given.plan(given.of_closing(contact, participant, common::Acuity::Emergency)).await.unwrap();
    for number in 1..=3 {
        assert_eq!((plan.state(), plan.attempts.len() as i32), (PlanState::Open, number));
        plan = given.record(attempt_ended(&plan, number, AttemptOutcome::NotReached)).await.unwrap();
    }
    assert_eq!((plan.state(), plan.attempts.len()), (PlanState::NotReached, 3));
    let kinds: Vec<_> = given.digest(participant).await.iter().map(pb::DigestEntry::kind).collect();
    use DigestEntryKind::{Attempt, Contact, DecisionNeeded};
    assert_eq!(kinds, [Contact, Attempt, Attempt, Attempt, DecisionNeeded]);
    assert_eq!(given.duties().await, [("ended".to_owned(), contact.to_string())]);
}

#[tokio::test]
async fn whoever_is_reached_or_declines_is_not_called_again() {
    let given = Given::new().await;
    for (outcome, state) in
        [(AttemptOutcome::Reached, PlanState::Reached), (AttemptOutcome::Declined, PlanState::Declined)]
    {
        let contact = ContactId::new();
        let plan = given.plan_closed(contact, common::Acuity::High).await;
        let ended = given.record(attempt_ended(&plan, 1, outcome)).await.unwrap();
        assert_eq!((ended.state(), ended.attempts.len()), (state, 1));
        let duties = given.duties().await;
        assert!(duties.contains(&("ended".to_owned(), contact.to_string())));
        assert!(!duties.contains(&("attempt".to_owned(), format!("{}/1", plan.plan_id))), "the attempt is not owed");
    }
}

#[tokio::test]
async fn what_is_told_again_or_out_of_order_changes_nothing() {
    let given = Given::new().await;
    let plan = given.plan_closed(ContactId::new(), common::Acuity::High).await;
    let ahead = given.record(attempt_ended(&plan, 2, AttemptOutcome::Reached)).await;
    assert_eq!(violations_of(&assert_refused(ahead, Reason::RequestInvalid)), ["number"]);
    let once = given.record(attempt_ended(&plan, 1, AttemptOutcome::NotReached)).await.unwrap();
    let again = given.record(attempt_ended(&plan, 1, AttemptOutcome::Reached)).await.unwrap();
    assert_eq!(again.encode_to_vec(), once.encode_to_vec());
    given.record(attempt_ended(&plan, 2, AttemptOutcome::Reached)).await.unwrap();
    let late = given.record(attempt_ended(&plan, 1, AttemptOutcome::Declined)).await.unwrap();
    assert_eq!(late.state(), PlanState::Reached);
}

#[tokio::test]
async fn every_mutation_may_be_repeated_and_refuses_its_request_id_for_another_body() {
    let given = Given::new().await;
    let (contact, participant) = (ContactId::new(), ParticipantId::new());
    let message = closed(contact, Some(participant), common::Acuity::High);
    let plan = given.plan(message.clone()).await.unwrap();
    let record = attempt_ended(&plan, 1, AttemptOutcome::NotReached);
    let recorded = given.record(record.clone()).await.unwrap();
    assert_eq!(given.record(record.clone()).await.unwrap().encode_to_vec(), recorded.encode_to_vec());
    let repeated = given.plan(message.clone()).await.unwrap();
    assert_eq!(repeated.encode_to_vec(), plan.encode_to_vec(), "the first answer, not how the plan stands now");

    let other = pb::PlanFollowUpsRequest { reachable: false, ..message };
    assert_refused(given.plan(other).await, Reason::RequestIdReused);
    let other = pb::RecordAttemptRequest { number: 2, ..record };
    assert_refused(given.record(other).await, Reason::RequestIdReused);

    let read =
        pb::AcknowledgeSessionDigestRequest { request_id: new_id(), participant_id: participant.to_string(), up_to: 1 };
    given.acknowledge(read.clone()).await.unwrap();
    given.acknowledge(read.clone()).await.unwrap();
    let stop =
        pb::StopFollowUpsRequest { request_id: new_id(), contact_id: contact.to_string(), caller_is_back: false };
    let stopped = given.stop(stop.clone()).await.unwrap();
    assert_eq!(given.stop(stop.clone()).await.unwrap().encode_to_vec(), stopped.encode_to_vec());
    let other = pb::StopFollowUpsRequest { contact_id: new_id(), ..stop };
    assert_refused(given.stop(other).await, Reason::RequestIdReused);
    let other = pb::AcknowledgeSessionDigestRequest { up_to: 2, ..read };
    assert_refused(given.acknowledge(other).await, Reason::RequestIdReused);
    assert_eq!(given.digest(participant).await.len(), 2, "the attempts' entries are unread");
}

#[tokio::test]
async fn a_digest_is_read_up_to_an_entry_and_never_back() {
    let given = Given::new().await;
    let participant = ParticipantId::new();
    for _ in 0..3 {
        given.plan(closed(ContactId::new(), Some(participant), common::Acuity::Routine)).await.unwrap();
    }
    let read = |participant: ParticipantId, up_to| pb::AcknowledgeSessionDigestRequest {
        request_id: new_id(),
        participant_id: participant.to_string(),
        up_to,
    };
    assert_refused(given.acknowledge(read(participant, 4)).await, Reason::SessionDigestNotFound);
    assert_refused(given.acknowledge(read(ParticipantId::new(), 1)).await, Reason::SessionDigestNotFound);
    for up_to in [2, 1] {
        given.acknowledge(read(participant, up_to)).await.unwrap();
        let unread: Vec<_> = given.digest(participant).await.iter().map(|entry| entry.sequence).collect();
        assert_eq!(unread, [3]);
    }
    given.acknowledge(read(participant, 3)).await.unwrap();
    assert!(given.digest(participant).await.is_empty());
    assert!(given.digest(ParticipantId::new()).await.is_empty(), "empty when nothing happened");
}

#[tokio::test]
async fn plans_are_listed_oldest_first_in_pages() {
    let given = Given::new().await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(given.plan_closed(ContactId::new(), common::Acuity::High).await.plan_id);
    }
    let (mut listed, mut page_token, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let page = given.list(2, &page_token).await.unwrap();
        listed
            .extend(page.plans.into_iter().inspect(|plan| assert_eq!(plan.attempts.len(), 1)).map(|plan| plan.plan_id));
        pages += 1;
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!((listed, pages), (made, 3));
    for foreign in ["2", "v1:2"] {
        assert_refused(given.list(2, foreign).await.map(drop), Reason::CursorInvalid);
    }
}

#[tokio::test]
async fn a_bad_request_names_all_its_wrong_fields() {
    let given = Given::new().await;
    let empty = given.plan(pb::PlanFollowUpsRequest { participant_id: "x".to_owned(), ..Default::default() }).await;
    let wrong = [
        "request_id",
        "contact_id",
        "participant_id",
        "acuity",
        "channel",
        "caller",
        "closed_at",
        "sequence",
        "ending",
    ];
    assert_eq!(violations_of(&assert_refused(empty, Reason::RequestInvalid)), wrong);
    let empty = given.record(pb::RecordAttemptRequest::default()).await;
    let wrong = ["request_id", "plan_id", "number", "outcome", "ended_at"];
    assert_eq!(violations_of(&assert_refused(empty, Reason::RequestInvalid)), wrong);
    let empty = given.stop(pb::StopFollowUpsRequest::default()).await;
    assert_eq!(violations_of(&assert_refused(empty, Reason::RequestInvalid)), ["request_id", "contact_id"]);
    let empty = given.acknowledge(pb::AcknowledgeSessionDigestRequest::default()).await;
    let wrong = ["request_id", "participant_id", "up_to"];
    assert_eq!(violations_of(&assert_refused(empty, Reason::RequestInvalid)), wrong);
    let empty = given.list(501, "").await.map(drop);
    assert_eq!(violations_of(&assert_refused(empty, Reason::RequestInvalid)), ["page_size"]);
    let empty = given.rpc.get_follow_up_plan(request(&given.ana(), pb::GetFollowUpPlanRequest::default())).await;
    assert_eq!(violations_of(&assert_refused(empty.map(drop), Reason::RequestInvalid)), ["contact_id"]);
    let empty = given.rpc.get_session_digest(request(&given.ana(), pb::GetSessionDigestRequest::default())).await;
    assert_eq!(violations_of(&assert_refused(empty.map(drop), Reason::RequestInvalid)), ["participant_id"]);
}

#[tokio::test]
async fn another_programs_plans_and_digests_are_not_found() {
    let given = Given::new().await;
    let (contact, participant) = (ContactId::new(), ParticipantId::new());
    let plan = given.plan(closed(contact, Some(participant), common::Acuity::High)).await.unwrap();
    let elsewhere = Given { program: some_program(), ..given.clone() };
    let refused = assert_refused(elsewhere.plan_of(contact).await, Reason::FollowUpPlanNotFound);
    assert_eq!(refused.code(), Code::NotFound);
    let recorded = elsewhere.record(attempt_ended(&plan, 1, AttemptOutcome::Reached)).await;
    assert_refused(recorded, Reason::FollowUpPlanNotFound);
    let stop =
        pb::StopFollowUpsRequest { request_id: new_id(), contact_id: contact.to_string(), caller_is_back: false };
    assert_refused(elsewhere.stop(stop).await, Reason::FollowUpPlanNotFound);
    assert!(elsewhere.list(0, "").await.unwrap().plans.is_empty());
    assert!(elsewhere.digest(participant).await.is_empty());
    let read =
        pb::AcknowledgeSessionDigestRequest { request_id: new_id(), participant_id: participant.to_string(), up_to: 1 };
    assert_refused(elsewhere.acknowledge(read).await, Reason::SessionDigestNotFound);
    assert_eq!(given.plan_of(contact).await.unwrap().state(), PlanState::Open);
}

#[tokio::test]
async fn the_database_refuses_a_second_open_attempt_of_a_plan() {
    let given = Given::new().await;
    given.plan_closed(ContactId::new(), common::Acuity::High).await;
    let second = "insert into attempt select program_id, plan_id, 2, state, due_at, due_by, null, null from attempt";
    let refused = sqlx::query(second).execute(&owner(&given.app.store)).await.unwrap_err();
    assert_eq!(refused.as_database_error().and_then(|error| error.constraint()), Some("attempt_open"));
}

#[tokio::test]
async fn a_counselor_sees_the_plan_and_the_digest_of_whom_they_answer_and_nobody_elses() {
    let given = Given::new().await;
    let (contact, participant) = (ContactId::new(), ParticipantId::new());
    given.plan(given.of_closing(contact, participant, common::Acuity::High)).await.unwrap();
    given.hub.unassigns("ben");
    let see = async |who: &str| {
        let call = person(given.program, who, &[Role::Counselor]);
        let plan = pb::GetFollowUpPlanRequest { contact_id: contact.to_string() };
        let digest = pb::GetSessionDigestRequest { participant_id: participant.to_string() };
        let plan = given.rpc.get_follow_up_plan(request(&call, plan)).await.map(drop);
        (plan, given.rpc.get_session_digest(request(&call, digest)).await.map(drop))
    };
    let (plan, digest) = see("ana").await;
    plan.unwrap();
    digest.unwrap();
    let (plan, digest) = see("ben").await;
    assert_refused(plan, Reason::CallerNotAllowed);
    assert_refused(digest, Reason::CallerNotAllowed);
    let asked = given.hub.questions();
    given.plan_of(contact).await.unwrap();
    assert_eq!(given.hub.questions(), asked, "who may see every plan depends on no neighbor");
}
