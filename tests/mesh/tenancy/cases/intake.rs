//! Intake: contacts, programs, and what the other services tell the hub.

use harborline_identity::{Role, ServiceName};
use harborline_proto::{common::v1 as common, intake::v1 as intake};
use harborline_tests::As;
use prost_types::Duration;
use uuid::Uuid;

use super::{Case, Expected, case, counselor_calls, need, now, person, supervisor};
use crate::tenancy::other_program::{COUNSELOR, Known, admin, enrollment, opening, request_id};

pub(in crate::tenancy) fn contacts(known: &Known) -> Vec<Case> {
    use Expected::{NotFound, Nothing, Own};
    let (contact_id, front_end) = (|| known.contact.clone(), || As::Person("front-end", Role::FrontEnd));
    vec![
        case("intake.v1.ContactService/OpenContact", front_end(), Own, opening(&known.participant)),
        case(
            "intake.v1.ContactService/GetContact",
            counselor_calls(),
            NotFound,
            intake::GetContactRequest { contact_id: contact_id() },
        ),
        case(
            "intake.v1.ContactService/GetContactDetails",
            counselor_calls(),
            NotFound,
            intake::GetContactDetailsRequest { contact_id: contact_id() },
        ),
        case("intake.v1.ContactService/ListContacts", supervisor(), Nothing, intake::ListContactsRequest::default()),
        case(
            "intake.v1.ContactService/WatchContact",
            counselor_calls(),
            NotFound,
            intake::WatchContactRequest { contact_id: contact_id(), cursor: String::new() },
        ),
        case(
            "intake.v1.ContactService/ListCustody",
            supervisor(),
            NotFound,
            intake::ListCustodyRequest { contact_id: contact_id() },
        ),
        case(
            "intake.v1.ContactService/CompleteClosingDuty",
            counselor_calls(),
            NotFound,
            intake::CompleteClosingDutyRequest {
                request_id: request_id(),
                contact_id: contact_id(),
                closing_duties: vec![common::ClosingDuty::ReasonCoded.into()],
            },
        ),
        case(
            "intake.v1.ContactService/CloseContact",
            counselor_calls(),
            NotFound,
            intake::CloseContactRequest {
                request_id: request_id(),
                contact_id: contact_id(),
                outcome: intake::Outcome::Resolved.into(),
                note: String::new(),
            },
        ),
        case(
            "intake.v1.ContactService/LeaveContact",
            front_end(),
            NotFound,
            intake::LeaveContactRequest { request_id: request_id(), contact_id: contact_id(), channel: 0 },
        ),
        case(
            "intake.v1.ContactService/ConfirmHandOff",
            front_end(),
            NotFound,
            intake::ConfirmHandOffRequest { request_id: request_id(), contact_id: contact_id() },
        ),
        case("intake.v1.DecisionService/ListDecisions", supervisor(), Nothing, intake::ListDecisionsRequest::default()),
        case(
            "intake.v1.DecisionService/MakeDecision",
            supervisor(),
            NotFound,
            intake::MakeDecisionRequest {
                request_id: request_id(),
                decision_id: known.decision.clone(),
                verdict: intake::Verdict::FollowUp.into(),
                reason: "as agreed".to_owned(),
            },
        ),
    ]
}

pub(in crate::tenancy) fn programs(known: &Known) -> Vec<Case> {
    use Expected::{NotFound, Own};
    vec![
        case(
            "intake.v1.ProgramService/PutProgram",
            admin(),
            Own,
            intake::PutProgramRequest {
                request_id: request_id(),
                name: "Again".to_owned(),
                clinical_director: person(),
                backup_line: "988".to_owned(),
                backup_text_line: String::new(),
                same_caller_within: None,
                part2_program: None,
                etag: String::new(),
            },
        ),
        case(
            "intake.v1.ProgramService/EndPart2Protection",
            admin(),
            Own,
            intake::EndPart2ProtectionRequest {
                request_id: request_id(),
                reason: "no longer federally assisted".to_owned(),
                etag: String::new(),
            },
        ),
        case("intake.v1.ProgramService/GetProgram", admin(), Own, intake::GetProgramRequest {}),
        case("intake.v1.ProgramService/EnrollParticipant", admin(), Own, enrollment("Somebody")),
        case(
            "intake.v1.ProgramService/GetCareBrief",
            supervisor(),
            NotFound,
            intake::GetCareBriefRequest { participant_id: known.participant.clone() },
        ),
        case(
            "intake.v1.AccessService/ListAccesses",
            As::Person("auditor", Role::Auditor),
            NotFound,
            intake::ListAccessesRequest { participant_id: known.participant.clone(), ..Default::default() },
        ),
    ]
}

pub(in crate::tenancy) fn hub(known: &Known) -> Vec<Case> {
    use Expected::{NotFound, Own};
    let contact_id = || known.contact.clone();
    let availability = || As::Service(ServiceName::Availability);
    let assessment = common::Assessment {
        assessment_id: Uuid::now_v7().to_string(),
        contact_id: contact_id(),
        acuity: common::Acuity::Routine.into(),
        reasons: vec!["stress".to_owned()],
        need: need(),
        protocol: "standard@1".to_owned(),
        assessed_at: now(),
        sequence: 1,
        ..Default::default()
    };
    vec![
        case(
            "intake.v1.MeshService/RecordAssessment",
            As::Service(ServiceName::Triage),
            NotFound,
            intake::RecordAssessmentRequest { request_id: request_id(), assessment: Some(assessment) },
        ),
        case(
            "intake.v1.MeshService/RecordLowering",
            As::Service(ServiceName::Triage),
            NotFound,
            intake::RecordLoweringRequest {
                request_id: request_id(),
                contact_id: contact_id(),
                lowering_id: known.lowering.clone(),
                is_pending: true,
            },
        ),
        case(
            "intake.v1.MeshService/RecordAssignment",
            availability(),
            NotFound,
            intake::RecordAssignmentRequest {
                request_id: request_id(),
                contact_id: contact_id(),
                counselor: person(),
                assignment: 1,
                accepted_at: now(),
            },
        ),
        case(
            "intake.v1.MeshService/RecordCounselorLost",
            availability(),
            NotFound,
            intake::RecordCounselorLostRequest { request_id: request_id(), contact_id: contact_id(), assignment: 1 },
        ),
        case(
            "intake.v1.MeshService/RecordJoined",
            availability(),
            NotFound,
            intake::RecordJoinedRequest {
                request_id: request_id(),
                contact_id: contact_id(),
                ticket_id: request_id(),
                sequence: 1,
                person_id: "counselor".to_owned(),
            },
        ),
        case(
            "intake.v1.MeshService/RecordBackupOffered",
            availability(),
            NotFound,
            intake::RecordBackupOfferedRequest {
                request_id: request_id(),
                contact_id: contact_id(),
                waited: Some(Duration { seconds: 60, nanos: 0 }),
            },
        ),
        case(
            "intake.v1.MeshService/RecordSupervisorOnCall",
            availability(),
            Own,
            intake::RecordSupervisorOnCallRequest { request_id: request_id(), supervisor: person(), sequence: 1 },
        ),
        case(
            "intake.v1.MeshService/RegisterReferral",
            As::Service(ServiceName::Referral),
            NotFound,
            intake::RegisterReferralRequest {
                request_id: request_id(),
                contact_id: contact_id(),
                referral_id: known.referral.clone(),
            },
        ),
        case(
            "intake.v1.MeshService/RecordReferralEnded",
            As::Service(ServiceName::Referral),
            NotFound,
            intake::RecordReferralEndedRequest {
                request_id: request_id(),
                contact_id: contact_id(),
                referral_id: known.referral.clone(),
            },
        ),
        case(
            "intake.v1.MeshService/RecordReferralAccepted",
            As::Service(ServiceName::Referral),
            NotFound,
            intake::RecordReferralAcceptedRequest {
                request_id: request_id(),
                contact_id: contact_id(),
                referral_id: known.referral.clone(),
                facility_id: known.facility.to_string(),
                owner: person(),
            },
        ),
        case(
            "intake.v1.MeshService/OpenOutboundContact",
            As::Service(ServiceName::Followup),
            NotFound,
            intake::OpenOutboundContactRequest {
                request_id: request_id(),
                origin_contact_id: contact_id(),
                follow_up_plan_id: known.plan.clone(),
                attempt: 1,
            },
        ),
        case(
            "intake.v1.MeshService/RecordFollowUpsEnded",
            As::Service(ServiceName::Followup),
            NotFound,
            intake::RecordFollowUpsEndedRequest {
                request_id: request_id(),
                contact_id: contact_id(),
                sequence: 1,
                end: intake::FollowUpsEnd::Reached.into(),
            },
        ),
        case(
            "intake.v1.MeshService/RecordAttemptOverdue",
            As::Service(ServiceName::Followup),
            NotFound,
            intake::RecordAttemptOverdueRequest {
                request_id: request_id(),
                contact_id: contact_id(),
                follow_up_plan_id: known.plan.clone(),
                attempt: 1,
            },
        ),
        case(
            "intake.v1.MeshService/DescribeContact",
            As::Service(ServiceName::Triage),
            NotFound,
            intake::DescribeContactRequest { contact_id: contact_id(), person_id: COUNSELOR.to_owned() },
        ),
        case(
            "intake.v1.MeshService/DescribeParticipant",
            As::Service(ServiceName::Followup),
            NotFound,
            intake::DescribeParticipantRequest {
                participant_id: known.participant.clone(),
                person_id: COUNSELOR.to_owned(),
            },
        ),
        case(
            "intake.v1.MeshService/CheckDisclosure",
            As::Service(ServiceName::Referral),
            NotFound,
            intake::CheckDisclosureRequest {
                contact_id: contact_id(),
                facility_id: known.facility.to_string(),
                gives_care: true,
                data_classes: Vec::new(),
                purpose: common::DisclosurePurpose::Treatment.into(),
            },
        ),
    ]
}
