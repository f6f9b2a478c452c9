//! Triage.

use harborline_identity::ServiceName;
use harborline_proto::{common::v1 as common, triage::v1 as triage};
use harborline_tests::As;

use super::{Case, Expected, case, counselor_calls, supervisor};
use crate::tenancy::other_program::{Known, request_id};

pub(in crate::tenancy) fn triage(known: &Known) -> Vec<Case> {
    use Expected::{NotFound, Nothing, Own};
    let contact_id = || known.contact.clone();
    let no = triage::AsqAnswer::No.into();
    let asq = triage::AsqAnswers {
        wished_dead: no,
        better_off_dead: no,
        thoughts_past_week: no,
        ever_tried: no,
        ..Default::default()
    };
    vec![
        case(
            "triage.v1.TriageService/AssessContact",
            As::Service(ServiceName::Intake),
            Own,
            triage::AssessContactRequest {
                request_id: request_id(),
                contact_id: contact_id(),
                channel: common::Channel::Phone.into(),
                caller: common::CallerKind::Unknown.into(),
                language: "en".to_owned(),
                ..Default::default()
            },
        ),
        case(
            "triage.v1.TriageService/RecordScreening",
            counselor_calls(),
            NotFound,
            triage::RecordScreeningRequest { request_id: request_id(), contact_id: contact_id(), asq: Some(asq) },
        ),
        case(
            "triage.v1.TriageService/GetLowering",
            supervisor(),
            NotFound,
            triage::GetLoweringRequest { lowering_id: known.lowering.clone() },
        ),
        case(
            "triage.v1.TriageService/ConfirmLowering",
            supervisor(),
            NotFound,
            triage::ConfirmLoweringRequest { request_id: request_id(), lowering_id: known.lowering.clone() },
        ),
        case(
            "common.v1.AccessRecordService/ListRecordedAccesses",
            As::Service(ServiceName::Intake),
            Nothing,
            common::ListRecordedAccessesRequest { subject_ids: vec![contact_id()], ..Default::default() },
        ),
        case("triage.v1.TriageService/GetProtocol", supervisor(), Own, triage::GetProtocolRequest {}),
    ]
}
