//! Intake: contacts and programs.

use harborline_identity::{Role, ServiceName};
use harborline_proto::intake::v1 as intake;
use harborline_tests::As;

use super::{Case, Expected, case, person, supervisor};
use crate::tenancy::other_program::{Known, MARK, THEIR_RULE, admin, enrollment, opening, request_id, rule, supporter};

pub(in crate::tenancy) fn contacts(known: &Known) -> Vec<Case> {
    use Expected::{Nothing, Own};
    let front_end = As::Person("front-end", Role::FrontEnd);
    vec![
        case("intake.v1.ContactService/OpenContact", front_end, Own, opening(&known.participant)),
        case("intake.v1.ContactService/ListContacts", supervisor(), Nothing, intake::ListContactsRequest::default()),
        case("intake.v1.DecisionService/ListDecisions", supervisor(), Nothing, intake::ListDecisionsRequest::default()),
    ]
}

pub(in crate::tenancy) fn programs(known: &Known) -> Vec<Case> {
    use Expected::{NotFound, Nothing, Own};
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
        // The version of a participant that nobody has edited.
        case(
            "intake.v1.ParticipantService/ChangeParticipantStatus",
            admin(),
            NotFound,
            intake::ChangeParticipantStatusRequest {
                request_id: request_id(),
                participant_id: known.participant.clone(),
                status: intake::ParticipantStatus::Active.into(),
                etag: "1".to_owned(),
            },
        ),
        case(
            "intake.v1.ParticipantService/UpdateParticipant",
            admin(),
            NotFound,
            intake::UpdateParticipantRequest {
                request_id: request_id(),
                participant_id: known.participant.clone(),
                etag: "1".to_owned(),
                details: Some(intake::ParticipantDetails {
                    name: MARK.to_owned(),
                    dedicated_number: "+15550100001".to_owned(),
                    responsible_clinician: person(),
                    ..Default::default()
                }),
            },
        ),
        case(
            "intake.v1.ParticipantService/ListParticipants",
            supervisor(),
            Nothing,
            intake::ListParticipantsRequest::default(),
        ),
        case(
            "intake.v1.ParticipantService/ImportParticipants",
            admin(),
            Own,
            intake::ImportParticipantsRequest {
                source: "a list".to_owned(),
                row_key: "1".to_owned(),
                dry_run: true,
                participant: Some(enrollment("a row")),
            },
        ),
        case(
            "intake.v1.ParticipantService/FindParticipants",
            supervisor(),
            Nothing,
            intake::FindParticipantsRequest { name: MARK.to_owned(), ..Default::default() },
        ),
        case(
            "intake.v1.SupportPersonService/UpdateSupportPerson",
            supervisor(),
            NotFound,
            intake::UpdateSupportPersonRequest {
                request_id: request_id(),
                participant_id: known.participant.clone(),
                support_person_id: known.support_person.clone(),
                etag: "1".to_owned(),
                details: Some(supporter()),
                verification_phrase: String::new(),
            },
        ),
        case("intake.v1.ProgramRuleService/PutProgramRule", supervisor(), NotFound, {
            // Each time another one.
            let key = format!("rule-{}", request_id());
            intake::PutProgramRuleRequest { key, ..rule(&known.participant) }
        }),
        case(
            "intake.v1.ProgramRuleService/EndProgramRule",
            supervisor(),
            NotFound,
            intake::EndProgramRuleRequest {
                request_id: request_id(),
                key: THEIR_RULE.to_owned(),
                participant_id: known.participant.clone(),
                etag: "1".to_owned(),
            },
        ),
        case(
            "intake.v1.ProgramRuleService/ListProgramRuleVersions",
            supervisor(),
            NotFound,
            intake::ListProgramRuleVersionsRequest {
                key: THEIR_RULE.to_owned(),
                participant_id: known.participant.clone(),
            },
        ),
        case(
            "intake.v1.SupportPersonService/FindSupportPersons",
            supervisor(),
            Nothing,
            intake::FindSupportPersonsRequest { name: MARK.to_owned(), ..Default::default() },
        ),
        case(
            "intake.v1.MeshService/RecordSupervisorOnCall",
            As::Service(ServiceName::Availability),
            Own,
            intake::RecordSupervisorOnCallRequest { request_id: request_id(), supervisor: person(), sequence: 1 },
        ),
    ]
}
