//! Every mutation may be repeated (P7): same id, same answer, one effect.

use harborline_identity::{Role, ServiceName};
use harborline_proto::common::v1::{Acuity, ClosingDuty};
use harborline_proto::intake::v1 as pb;
use harborline_proto::intake::v1::consent_service_server::ConsentService;
use harborline_proto::intake::v1::contact_service_server::ContactService;
use harborline_proto::intake::v1::decision_service_server::DecisionService;
use harborline_proto::intake::v1::disclosure_service_server::DisclosureService;
use harborline_proto::intake::v1::mesh_service_server::MeshService;
use harborline_proto::intake::v1::program_service_server::ProgramService;
use harborline_status::{Reason, violations_of};
use harborline_testkit::{assert_refused, owner, request};
use harborline_types::{Clock, FacilityId, PlanId, ReferralId};
use prost::Message;
use tonic::{Response, Status};

use crate::consents::consent_of;
use crate::fixture::{Given, enroll_request, id, open_request, somebody};
use crate::neighbors::assessment;

/// Everything that a call could have changed, as text.
async fn everything(intake: &Given) -> String {
    let tables = "select concat(
        (select jsonb_agg(p order by p.program_id) from program p),
        (select jsonb_agg(p order by p.participant_id) from participant p),
        (select jsonb_agg(c order by c.contact_id) from contact c),
        (select jsonb_agg(c order by c.contact_id, c.sequence) from custody c),
        (select jsonb_agg(r order by r.referral_id) from contact_referral r),
        (select jsonb_agg(d order by d.decision_id) from decision d),
        (select jsonb_agg(c order by c.consent_id) from consent c),
        (select jsonb_agg(b order by b.break_glass_id) from break_glass b),
        (select jsonb_agg(f order by f.decision_id) from family_decision f),
        (select jsonb_agg(d order by d.duty_id) from duty d))";
    sqlx::query_scalar(tables).fetch_one(&owner(&intake.store)).await.unwrap()
}

/// Calls three times with one request id: once, once more, and once with another body.
async fn assert_repeatable<M: Clone, A: Message>(
    intake: &Given,
    message: M,
    alter: impl FnOnce(&mut M),
    call: impl AsyncFn(M) -> Result<Response<A>, Status>,
) {
    let untouched = everything(intake).await;
    let first = call(message.clone()).await.unwrap_or_else(|status| panic!("{}", status.message())).into_inner();
    let effect = everything(intake).await;
    assert_ne!(effect, untouched, "the call has an effect");
    let second = call(message.clone()).await.unwrap_or_else(|status| panic!("{}", status.message())).into_inner();
    assert_eq!(first.encode_to_vec(), second.encode_to_vec(), "the same answer");
    let mut other = message;
    alter(&mut other);
    assert_refused(call(other).await, Reason::RequestIdReused);
    assert_eq!(everything(intake).await, effect, "one effect");
}

#[tokio::test]
async fn programs_and_participants() {
    let intake = Given::without_program().await;
    let admin = intake.as_("admin", Role::Administrator);
    let program = pb::PutProgramRequest {
        request_id: id(),
        name: "Harbor IOP".to_owned(),
        clinical_director: Some(somebody("director")),
        backup_line: "988".to_owned(),
        part2_program: None,
        etag: String::new(),
        backup_text_line: String::new(),
        same_caller_within: None,
    };
    let put = async |m| intake.rpc.put_program(request(&admin, m)).await;
    assert_repeatable(&intake, program, |other| other.name.push('!'), put).await;
    let enroll = async |m| intake.rpc.enroll_participant(request(&admin, m)).await;
    assert_repeatable(&intake, enroll_request("+12025550101"), |other| other.name.push('!'), enroll).await;
    let supervisor =
        pb::RecordSupervisorOnCallRequest { request_id: id(), supervisor: Some(somebody("night")), sequence: 1 };
    let availability = intake.as_service(ServiceName::Availability);
    let record = async |m| intake.rpc.record_supervisor_on_call(request(&availability, m)).await;
    assert_repeatable(&intake, supervisor, |other| other.sequence = 2, record).await;
}

#[tokio::test]
async fn the_way_of_a_contact_to_its_end() {
    let intake = Given::new().await;
    let availability = intake.as_service(ServiceName::Availability);
    let open = async |m| intake.rpc.open_contact(request(&intake.front_end(), m)).await;
    assert_repeatable(&intake, open_request(), |other| other.own_words.push('!'), open).await;

    let contact_id = intake.open().await;
    let assessed =
        pb::RecordAssessmentRequest { request_id: id(), assessment: Some(assessment(&contact_id, 1, Acuity::High)) };
    let triage = intake.as_service(ServiceName::Triage);
    let record = async |m| intake.rpc.record_assessment(request(&triage, m)).await;
    assert_repeatable(&intake, assessed, |other| other.assessment.as_mut().unwrap().sequence = 2, record).await;

    let assignment = pb::RecordAssignmentRequest {
        request_id: id(),
        contact_id: contact_id.clone(),
        counselor: Some(somebody("ana")),
        assignment: 1,
        accepted_at: Some(harborline_types::wire::timestamp(Clock::System.now())),
    };
    let assign = async |m| intake.rpc.record_assignment(request(&availability, m)).await;
    assert_repeatable(&intake, assignment, |other| other.assignment = 2, assign).await;
    let lost = pb::RecordCounselorLostRequest { request_id: id(), contact_id: contact_id.clone(), assignment: 1 };
    let lose = async |m| intake.rpc.record_counselor_lost(request(&availability, m)).await;
    assert_repeatable(&intake, lost, |other| other.assignment = 2, lose).await;
    intake.assign(&contact_id, "ana", 2).await;

    let ana = intake.as_("ana", Role::Counselor);
    let done = pb::CompleteClosingDutyRequest {
        request_id: id(),
        contact_id: contact_id.clone(),
        closing_duties: vec![ClosingDuty::ReasonCoded.into()],
    };
    let complete = async |m| intake.rpc.complete_closing_duty(request(&ana, m)).await;
    assert_repeatable(&intake, done, |other| other.closing_duties.push(2), complete).await;
    let end = pb::CloseContactRequest {
        request_id: id(),
        contact_id,
        outcome: pb::Outcome::Disconnected.into(),
        note: "talked".to_owned(),
    };
    let close = async |m| intake.rpc.close_contact(request(&ana, m)).await;
    assert_repeatable(&intake, end, |other| other.note.push('!'), close).await;
}

#[tokio::test]
async fn leaving_and_handing_off() {
    let intake = Given::new().await;
    let leaving = pb::LeaveContactRequest { request_id: id(), contact_id: intake.open().await, channel: 0 };
    let leave = async |m| intake.rpc.leave_contact(request(&intake.front_end(), m)).await;
    assert_repeatable(&intake, leaving, |other| other.contact_id = id(), leave).await;
    let contact_id = intake.open().await;
    let offered = pb::RecordBackupOfferedRequest {
        request_id: id(),
        contact_id: contact_id.clone(),
        waited: Some(prost_types::Duration { seconds: 60, nanos: 0 }),
    };
    let availability = intake.as_service(ServiceName::Availability);
    let offer = async |m| intake.rpc.record_backup_offered(request(&availability, m)).await;
    assert_repeatable(&intake, offered, |other| other.contact_id = id(), offer).await;
    let handed = pb::ConfirmHandOffRequest { request_id: id(), contact_id };
    let confirm = async |m| intake.rpc.confirm_hand_off(request(&intake.front_end(), m)).await;
    assert_repeatable(&intake, handed, |other| other.contact_id = id(), confirm).await;
}

#[tokio::test]
async fn what_a_supervisor_decides() {
    let intake = Given::new().await;
    intake.leave(&intake.open().await).await.unwrap();
    let deciding = pb::MakeDecisionRequest {
        request_id: id(),
        decision_id: intake.to_decide().await[0].decision_id.clone(),
        verdict: pb::Verdict::CallAgain.into(),
        reason: "as agreed".to_owned(),
    };
    let supervisor = intake.as_("supervisor", Role::Supervisor);
    let decide = async |m| intake.rpc.make_decision(request(&supervisor, m)).await;
    assert_repeatable(&intake, deciding, |other| other.reason.push('!'), decide).await;
}

#[tokio::test]
async fn what_follows_a_contact() {
    let intake = Given::new().await;
    let contact_id = intake.open().await;
    intake.closed(&contact_id).await;
    let referral_id = ReferralId::new().to_string();
    let referral = intake.as_service(ServiceName::Referral);
    let registered = pb::RegisterReferralRequest {
        request_id: id(),
        contact_id: contact_id.clone(),
        referral_id: referral_id.clone(),
    };
    let register = async |m| intake.rpc.register_referral(request(&referral, m)).await;
    assert_repeatable(&intake, registered, |other| other.referral_id = id(), register).await;
    let accepted = pb::RecordReferralAcceptedRequest {
        request_id: id(),
        contact_id: contact_id.clone(),
        referral_id: referral_id.clone(),
        facility_id: FacilityId::new().to_string(),
        owner: Some(somebody("clinic-nurse")),
    };
    let accept = async |m| intake.rpc.record_referral_accepted(request(&referral, m)).await;
    assert_repeatable(&intake, accepted, |other| other.owner = Some(somebody("another")), accept).await;

    let over = pb::RecordReferralEndedRequest { request_id: id(), contact_id: contact_id.clone(), referral_id };
    let end = async |m| intake.rpc.record_referral_ended(request(&referral, m)).await;
    assert_repeatable(&intake, over, |other| other.referral_id = id(), end).await;

    let followup = intake.as_service(ServiceName::Followup);
    let overdue = pb::RecordAttemptOverdueRequest {
        request_id: id(),
        contact_id: contact_id.clone(),
        follow_up_plan_id: PlanId::new().to_string(),
        attempt: 1,
    };
    let tell = async |m| intake.rpc.record_attempt_overdue(request(&followup, m)).await;
    assert_repeatable(&intake, overdue, |other| other.attempt = 2, tell).await;
    let ended = pb::RecordFollowUpsEndedRequest {
        request_id: id(),
        contact_id: contact_id.clone(),
        sequence: 1,
        end: pb::FollowUpsEnd::Reached.into(),
    };
    let end = async |m| intake.rpc.record_follow_ups_ended(request(&followup, m)).await;
    assert_repeatable(&intake, ended, |other| other.contact_id = id(), end).await;
    let due = pb::OpenOutboundContactRequest {
        request_id: id(),
        origin_contact_id: contact_id,
        follow_up_plan_id: PlanId::new().to_string(),
        attempt: 1,
    };
    let open = async |m| intake.rpc.open_outbound_contact(request(&followup, m)).await;
    assert_repeatable(&intake, due, |other| other.attempt = 2, open).await;
}

#[tokio::test]
async fn consents_and_their_revocation() {
    let intake = Given::new().await;
    let participant = intake.enroll("+12025550101").await;
    let ana = intake.as_("ana", Role::Counselor);
    let consent = consent_of(&participant, &FacilityId::new().to_string());
    let given = pb::RecordConsentRequest { request_id: id(), consent: Some(consent.clone()) };
    let record = async |m| intake.rpc.record_consent(request(&ana, m)).await;
    assert_repeatable(&intake, given, |other| other.consent.as_mut().unwrap().description.push('!'), record).await;
    let consent_id = intake.record_consent(consent).await.consent_id;
    let revoked = pb::RevokeConsentRequest { request_id: id(), consent_id };
    let revoke = async |m| intake.rpc.revoke_consent(request(&ana, m)).await;
    assert_repeatable(&intake, revoked, |other| other.consent_id = id(), revoke).await;
}

#[tokio::test]
async fn decisions_and_emergency_access() {
    let intake = Given::new().await;
    let participant = intake.enroll("+12025550101").await;
    let supervisor = intake.as_("supervisor", Role::Supervisor);
    let asked = pb::DecideFamilyDisclosureRequest {
        request_id: id(),
        contact_id: intake.open_for(&participant).await,
        name: "Rosa Diaz".to_owned(),
        relationship: pb::Relationship::Partner.into(),
        participant_state: pb::ParticipantState::Able.into(),
        preference: pb::FamilyPreference::Agreed.into(),
        threat: pb::FamilyThreat::Absent.into(),
        ..pb::DecideFamilyDisclosureRequest::default()
    };
    let decide = async |m| intake.rpc.decide_family_disclosure(request(&supervisor, m)).await;
    assert_repeatable(&intake, asked, |other| other.name.push('!'), decide).await;

    let needed = pb::BreakGlassRequest {
        request_id: id(),
        participant_id: participant,
        data_classes: vec![1],
        reason: pb::BreakGlassReason::CounselorUnreachable.into(),
        explanation: "nobody answers".to_owned(),
        ..pb::BreakGlassRequest::default()
    };
    let ana = intake.as_("ana", Role::Counselor);
    let take = async |m| intake.rpc.break_glass(request(&ana, m)).await;
    assert_repeatable(&intake, needed.clone(), |other| other.explanation.push('!'), take).await;
    let again = pb::BreakGlassRequest { request_id: id(), ..needed };
    let access = intake.rpc.break_glass(request(&ana, again)).await.unwrap().into_inner().access.unwrap();
    let end = pb::EndBreakGlassRequest { request_id: id(), break_glass_id: access.break_glass_id.clone() };
    let stop = async |m| intake.rpc.end_break_glass(request(&ana, m)).await;
    assert_repeatable(&intake, end, |other| other.break_glass_id = id(), stop).await;
    let review = pb::ReviewBreakGlassRequest {
        request_id: id(),
        break_glass_id: access.break_glass_id,
        finding: pb::BreakGlassFinding::Justified.into(),
        note: "it was right".to_owned(),
    };
    let close = async |m| intake.rpc.review_break_glass(request(&supervisor, m)).await;
    assert_repeatable(&intake, review, |other| other.note.push('!'), close).await;
}

#[tokio::test]
async fn a_request_id_is_the_same_however_it_is_spelled_and_none_is_refused() {
    let intake = Given::new().await;
    let open = async |request_id: String| {
        let message = pb::OpenContactRequest { request_id, ..open_request() };
        let answer = intake.rpc.open_contact(request(&intake.front_end(), message)).await;
        answer.map(|answer| answer.into_inner().contact.unwrap().contact_id)
    };
    let made = id();
    let first = open(made.clone()).await.unwrap();
    for spelled in [made.to_uppercase(), made.replace('-', ""), format!("urn:uuid:{made}"), format!("{{{made}}}")] {
        assert_eq!(open(spelled).await.unwrap(), first);
    }
    let nil = assert_refused(open(uuid::Uuid::nil().to_string()).await, Reason::RequestInvalid);
    assert_eq!(violations_of(&nil), ["request_id"]);
}

#[tokio::test]
async fn a_page_token_of_one_list_is_none_of_another() {
    let intake = Given::new().await;
    for _ in 0..2 {
        intake.open().await;
    }
    let supervisor = intake.as_("supervisor", Role::Supervisor);
    let list = async |page_token: String| {
        let message = pb::ListContactsRequest { page_size: 1, page_token };
        intake.rpc.list_contacts(request(&supervisor, message)).await.map(Response::into_inner)
    };
    let token = list(String::new()).await.unwrap().next_page_token;
    assert_eq!(list(token.clone()).await.unwrap().contacts.len(), 1);
    let decisions = pb::ListDecisionsRequest { page_token: token, ..pb::ListDecisionsRequest::default() };
    let refused = intake.rpc.list_decisions(request(&supervisor, decisions)).await;
    assert_refused(refused, Reason::CursorInvalid);
}
