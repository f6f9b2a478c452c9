//! Wrong requests name every wrong field, and another program's rows do not exist.

use harborline_identity::{Call, Role, ServiceName};
use harborline_proto::common::v1::{Acuity, ClosingDuty};
use harborline_proto::intake::v1 as pb;
use harborline_proto::intake::v1::caller_service_server::CallerService;
use harborline_proto::intake::v1::contact_service_server::ContactService;
use harborline_proto::intake::v1::decision_service_server::DecisionService;
use harborline_proto::intake::v1::mesh_service_server::MeshService;
use harborline_proto::intake::v1::participant_service_server::ParticipantService;
use harborline_proto::intake::v1::program_rule_service_server::ProgramRuleService;
use harborline_proto::intake::v1::program_service_server::ProgramService;
use harborline_proto::intake::v1::support_person_service_server::SupportPersonService;
use harborline_status::{Reason, violations_of};
use harborline_testkit::{assert_refused, person, request, some_program};
use harborline_types::{Clock, FacilityId, PlanId, ReferralId};
use tonic::{Response, Status};

use crate::fixture::{Given, id, somebody};
use crate::neighbors::assessment;

#[track_caller]
fn assert_names<T>(answer: Result<Response<T>, Status>, fields: &[&str]) {
    let refused = assert_refused(answer, Reason::RequestInvalid);
    assert_eq!(violations_of(&refused), fields);
}

#[tokio::test]
async fn an_empty_request_names_every_required_field() {
    let intake = Given::new().await;
    let rpc = &intake.rpc;
    let call = intake.as_("somebody", Role::Supervisor);
    assert_names(
        rpc.put_program(request(&call, pb::PutProgramRequest::default())).await,
        &[
            "request_id",
            "name",
            "clinical_director",
            "clinical_director.person_id",
            "clinical_director.name",
            "backup_line",
        ],
    );
    assert_names(
        rpc.enroll_participant(request(&call, pb::EnrollParticipantRequest::default())).await,
        &[
            "request_id",
            "verification_phrase",
            "name",
            "dedicated_number",
            "responsible_clinician",
            "responsible_clinician.person_id",
            "responsible_clinician.name",
        ],
    );
    assert_names(rpc.get_care_brief(request(&call, pb::GetCareBriefRequest::default())).await, &["participant_id"]);
    assert_names(
        rpc.update_participant(request(&call, pb::UpdateParticipantRequest::default())).await,
        &[
            "request_id",
            "participant_id",
            "etag",
            "details",
            "details.name",
            "details.dedicated_number",
            "details.responsible_clinician",
            "details.responsible_clinician.person_id",
            "details.responsible_clinician.name",
        ],
    );
    assert_names(
        rpc.add_support_person(request(&call, pb::AddSupportPersonRequest::default())).await,
        &["request_id", "participant_id", "details", "details.name", "details.relationship"],
    );
    assert_names(
        rpc.update_support_person(request(&call, pb::UpdateSupportPersonRequest::default())).await,
        &[
            "request_id",
            "participant_id",
            "support_person_id",
            "etag",
            "details",
            "details.name",
            "details.relationship",
        ],
    );
    assert_names(
        rpc.put_program_rule(request(&call, pb::PutProgramRuleRequest::default())).await,
        &["request_id", "key", "rule", "rule.title", "rule.do"],
    );
    assert_names(
        rpc.end_program_rule(request(&call, pb::EndProgramRuleRequest::default())).await,
        &["request_id", "key"],
    );
    let versions = pb::ListProgramRuleVersionsRequest::default();
    assert_names(rpc.list_program_rule_versions(request(&call, versions)).await, &["key"]);
    assert_names(rpc.list_fired_rules(request(&call, pb::ListFiredRulesRequest::default())).await, &["contact_id"]);
    assert_names(
        rpc.record_self_harm(request(&call, pb::RecordSelfHarmRequest::default())).await,
        &["request_id", "participant_id", "happened_at"],
    );
    assert_names(rpc.find_support_persons(request(&call, pb::FindSupportPersonsRequest::default())).await, &["name"]);
    assert_names(
        rpc.identify_caller(request(&call, pb::IdentifyCallerRequest::default())).await,
        &["request_id", "contact_id", "participant_id", "caller", "basis"],
    );
    assert_names(rpc.find_participants(request(&call, pb::FindParticipantsRequest::default())).await, &["name"]);
    assert_names(rpc.open_contact(request(&call, pb::OpenContactRequest::default())).await, &["request_id", "channel"]);
    assert_names(rpc.get_contact(request(&call, pb::GetContactRequest::default())).await, &["contact_id"]);
    assert_names(rpc.watch_contact(request(&call, pb::WatchContactRequest::default())).await, &["contact_id"]);
    assert_names(rpc.list_custody(request(&call, pb::ListCustodyRequest::default())).await, &["contact_id"]);
    let page = pb::ListContactsRequest { page_size: 501, ..pb::ListContactsRequest::default() };
    assert_names(rpc.list_contacts(request(&call, page)).await, &["page_size"]);
    assert_names(
        rpc.leave_contact(request(&call, pb::LeaveContactRequest::default())).await,
        &["request_id", "contact_id"],
    );
    assert_names(
        rpc.complete_closing_duty(request(&call, pb::CompleteClosingDutyRequest::default())).await,
        &["request_id", "contact_id", "closing_duties"],
    );
    assert_names(
        rpc.close_contact(request(&call, pb::CloseContactRequest::default())).await,
        &["request_id", "contact_id", "outcome"],
    );
}

#[tokio::test]
async fn a_list_without_an_end_is_the_wrong_field() {
    let intake = Given::new().await;
    let (rpc, call) = (&intake.rpc, intake.as_("somebody", Role::Supervisor));
    let done = pb::CompleteClosingDutyRequest { request_id: id(), contact_id: id(), closing_duties: vec![1; 101] };
    assert_names(rpc.complete_closing_duty(request(&call, done)).await, &["closing_duties"]);
    let mut assessment = assessment(&id(), 1, Acuity::High);
    if let Some(need) = &mut assessment.need {
        need.skills = vec!["skill".to_owned(); 21];
    }
    assessment.closing_duties = vec![1; 101];
    let report = pb::RecordAssessmentRequest { request_id: id(), assessment: Some(assessment) };
    let fields = ["assessment.closing_duties", "assessment.need.skills"];
    assert_names(rpc.record_assessment(request(&call, report)).await, &fields);
}

#[tokio::test]
async fn an_empty_word_of_another_service_names_every_required_field() {
    let intake = Given::new().await;
    let rpc = &intake.rpc;
    let call = intake.as_service(ServiceName::Availability);
    assert_names(
        rpc.record_assessment(request(&call, pb::RecordAssessmentRequest::default())).await,
        &[
            "request_id",
            "assessment.contact_id",
            "assessment",
            "assessment.assessment_id",
            "assessment.acuity",
            "assessment.protocol",
            "assessment.assessed_at",
            "assessment.need",
            "assessment.need.channel",
            "assessment.sequence",
        ],
    );
    assert_names(
        rpc.record_assignment(request(&call, pb::RecordAssignmentRequest::default())).await,
        &[
            "request_id",
            "contact_id",
            "counselor",
            "counselor.person_id",
            "counselor.name",
            "accepted_at",
            "assignment",
        ],
    );
    assert_names(
        rpc.record_counselor_lost(request(&call, pb::RecordCounselorLostRequest::default())).await,
        &["request_id", "contact_id", "assignment"],
    );
    assert_names(
        rpc.record_backup_offered(request(&call, pb::RecordBackupOfferedRequest::default())).await,
        &["request_id", "contact_id", "waited"],
    );
    assert_names(
        rpc.register_referral(request(&call, pb::RegisterReferralRequest::default())).await,
        &["request_id", "contact_id", "referral_id"],
    );
    assert_names(
        rpc.record_referral_ended(request(&call, pb::RecordReferralEndedRequest::default())).await,
        &["request_id", "contact_id", "referral_id"],
    );
    assert_names(
        rpc.record_attempt_overdue(request(&call, pb::RecordAttemptOverdueRequest::default())).await,
        &["request_id", "contact_id", "follow_up_plan_id", "attempt"],
    );
    assert_names(
        rpc.record_follow_ups_ended(request(&call, pb::RecordFollowUpsEndedRequest::default())).await,
        &["request_id", "contact_id", "end"],
    );
    assert_names(
        rpc.make_decision(request(&call, pb::MakeDecisionRequest::default())).await,
        &["request_id", "decision_id", "verdict", "reason"],
    );
    assert_names(
        rpc.record_supervisor_on_call(request(&call, pb::RecordSupervisorOnCallRequest::default())).await,
        &["request_id", "supervisor", "supervisor.person_id", "supervisor.name", "sequence"],
    );
    assert_names(
        rpc.record_referral_accepted(request(&call, pb::RecordReferralAcceptedRequest::default())).await,
        &["request_id", "contact_id", "referral_id", "facility_id", "owner", "owner.person_id", "owner.name"],
    );
    assert_names(
        rpc.open_outbound_contact(request(&call, pb::OpenOutboundContactRequest::default())).await,
        &["request_id", "origin_contact_id", "follow_up_plan_id", "attempt"],
    );
}

#[tokio::test]
async fn wrong_fields_are_named_though_others_are_missing() {
    let intake = Given::new().await;
    let message = pb::OpenContactRequest {
        request_id: "1".to_owned(),
        channel: 9,
        caller: 1,
        participant_id: String::new(),
        language: "e".to_owned(),
        jurisdiction: "virginia".to_owned(),
        callback_number: "555".to_owned(),
        own_words: "x".repeat(4001),
        signals: vec![99],
        self_screening: Some(pb::SelfScreening { thoughts_now: 9, ..pb::SelfScreening::default() }),
        call_back_rules: None,
    };
    assert_names(intake.rpc.open_contact(request(&intake.front_end(), message)).await, &["request_id", "channel"]);
}

/// Every call that names a contact, by somebody of another program.
async fn calls_about(intake: &Given, call: &Call, contact_id: &str) -> Vec<(&'static str, Result<(), Status>)> {
    let (rpc, contact_id) = (&intake.rpc, contact_id.to_owned());
    macro_rules! called {
        ($method:ident, $message:expr) => {
            (stringify!($method), rpc.$method(request(call, $message)).await.map(|_| ()))
        };
    }
    let accepted_at = Some(harborline_types::wire::timestamp(Clock::System.now()));
    let waited = Some(prost_types::Duration::default());
    vec![
        called!(get_contact, pb::GetContactRequest { contact_id: contact_id.clone() }),
        called!(watch_contact, pb::WatchContactRequest { contact_id: contact_id.clone(), cursor: String::new() }),
        called!(list_custody, pb::ListCustodyRequest { contact_id: contact_id.clone() }),
        called!(
            leave_contact,
            pb::LeaveContactRequest { request_id: id(), contact_id: contact_id.clone(), channel: 0 }
        ),
        called!(
            complete_closing_duty,
            pb::CompleteClosingDutyRequest {
                request_id: id(),
                contact_id: contact_id.clone(),
                closing_duties: vec![ClosingDuty::ReasonCoded.into()],
            }
        ),
        called!(
            close_contact,
            pb::CloseContactRequest {
                request_id: id(),
                contact_id: contact_id.clone(),
                outcome: 1,
                note: String::new(),
            }
        ),
        called!(
            record_assessment,
            pb::RecordAssessmentRequest {
                request_id: id(),
                assessment: Some(assessment(&contact_id, 1, Acuity::High)),
            }
        ),
        called!(
            record_assignment,
            pb::RecordAssignmentRequest {
                request_id: id(),
                contact_id: contact_id.clone(),
                counselor: Some(somebody("ana")),
                assignment: 1,
                accepted_at,
            }
        ),
        called!(
            record_counselor_lost,
            pb::RecordCounselorLostRequest { request_id: id(), contact_id: contact_id.clone(), assignment: 1 }
        ),
        called!(
            record_backup_offered,
            pb::RecordBackupOfferedRequest { request_id: id(), contact_id: contact_id.clone(), waited }
        ),
        called!(confirm_hand_off, pb::ConfirmHandOffRequest { request_id: id(), contact_id: contact_id.clone() }),
        called!(
            register_referral,
            pb::RegisterReferralRequest {
                request_id: id(),
                contact_id: contact_id.clone(),
                referral_id: ReferralId::new().to_string(),
            }
        ),
        called!(
            record_referral_ended,
            pb::RecordReferralEndedRequest {
                request_id: id(),
                contact_id: contact_id.clone(),
                referral_id: ReferralId::new().to_string(),
            }
        ),
        called!(
            record_attempt_overdue,
            pb::RecordAttemptOverdueRequest {
                request_id: id(),
                contact_id: contact_id.clone(),
                follow_up_plan_id: PlanId::new().to_string(),
                attempt: 1,
            }
        ),
        called!(
            record_referral_accepted,
            pb::RecordReferralAcceptedRequest {
                request_id: id(),
                contact_id: contact_id.clone(),
                referral_id: ReferralId::new().to_string(),
                facility_id: FacilityId::new().to_string(),
                owner: Some(somebody("nurse")),
            }
        ),
        called!(
            open_outbound_contact,
            pb::OpenOutboundContactRequest {
                request_id: id(),
                origin_contact_id: contact_id.clone(),
                follow_up_plan_id: PlanId::new().to_string(),
                attempt: 1,
            }
        ),
        called!(
            record_follow_ups_ended,
            pb::RecordFollowUpsEndedRequest {
                request_id: id(),
                contact_id,
                sequence: 1,
                end: pb::FollowUpsEnd::Reached.into(),
            }
        ),
    ]
}

#[tokio::test]
async fn another_programs_contact_does_not_exist() {
    let intake = Given::new().await;
    let contact = intake.open().await;
    let elsewhere = intake.elsewhere();
    elsewhere.put_program().await;
    let stranger = elsewhere.as_("stranger", Role::Supervisor);
    for (method, answer) in calls_about(&intake, &stranger, &contact).await {
        let refused = answer.expect_err(method);
        assert_eq!(refused.code(), tonic::Code::NotFound, "{method}");
        assert_refused::<()>(Err(refused), Reason::ContactNotFound);
    }
    assert_eq!(intake.contact(&contact).await.revision, 1);
}

#[tokio::test]
async fn another_programs_participant_does_not_exist() {
    let intake = Given::new().await;
    let participant_id = intake.enroll("+12025550101").await;
    let stranger = person(some_program(), "stranger", &[Role::Supervisor]);
    let message = || pb::GetCareBriefRequest { participant_id: participant_id.clone() };
    let brief = intake.rpc.get_care_brief(request(&stranger, message())).await;
    assert_refused(brief, Reason::ParticipantNotFound);
    let counselor = person(some_program(), "counselor", &[Role::Counselor]);
    let brief = intake.rpc.get_care_brief(request(&counselor, message())).await;
    assert_refused(brief, Reason::CallerNotAllowed);
    let listed = intake.rpc.list_contacts(request(&stranger, pb::ListContactsRequest::default())).await.unwrap();
    assert!(listed.into_inner().contacts.is_empty());
}
