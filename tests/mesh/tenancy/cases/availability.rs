//! Availability: the roster, a counselor at work, the queue.

use harborline_identity::ServiceName;
use harborline_proto::{availability::v1 as availability, common::v1 as common};
use harborline_tests::As;

use super::{Case, Expected, case, counselor_calls, need, supervisor};
use crate::tenancy::other_program::{COUNSELOR, Known, admin, counselor, request_id};

pub(in crate::tenancy) fn roster() -> Vec<Case> {
    use Expected::Own;
    vec![
        case(
            "availability.v1.RosterService/PutPool",
            admin(),
            Own,
            availability::PutPoolRequest { request_id: request_id(), ..Default::default() },
        ),
        case("availability.v1.RosterService/GetPool", admin(), Own, availability::GetPoolRequest {}),
        case(
            "availability.v1.RosterService/PutCounselor",
            admin(),
            Own,
            availability::PutCounselorRequest { request_id: request_id(), counselor: Some(counselor("another")) },
        ),
        case(
            "availability.v1.RosterService/ListCounselors",
            admin(),
            Own,
            availability::ListCounselorsRequest::default(),
        ),
        case(
            "availability.v1.RosterService/PutSupervisorOnCall",
            admin(),
            Own,
            availability::PutSupervisorOnCallRequest {
                request_id: request_id(),
                supervisor_id: COUNSELOR.to_owned(),
                name: "Supervisor".to_owned(),
            },
        ),
    ]
}

pub(in crate::tenancy) fn attend(known: &Known) -> Vec<Case> {
    use Expected::Own;
    vec![
        case("availability.v1.AttendService/Attend", counselor_calls(), Own, availability::AttendRequest::default()),
        case(
            "availability.v1.AttendService/FinishWrapUp",
            counselor_calls(),
            Own,
            availability::FinishWrapUpRequest { request_id: request_id(), contact_id: known.contact.clone() },
        ),
        case(
            "availability.v1.AttendService/SetBreak",
            counselor_calls(),
            Own,
            availability::SetBreakRequest { request_id: request_id(), on_break: true },
        ),
        case(
            "availability.v1.AttendService/LeaveShift",
            counselor_calls(),
            Own,
            availability::LeaveShiftRequest { request_id: request_id() },
        ),
    ]
}

pub(in crate::tenancy) fn tickets(known: &Known) -> Vec<Case> {
    use Expected::{Nothing, Own};
    vec![
        case(
            "availability.v1.TicketService/RequestCounselor",
            As::Service(ServiceName::Intake),
            Own,
            availability::RequestCounselorRequest {
                request_id: request_id(),
                contact_id: known.contact.clone(),
                acuity: common::Acuity::Routine.into(),
                need: need(),
                ..availability::RequestCounselorRequest::default()
            },
        ),
        case(
            "availability.v1.TicketService/ListTickets",
            supervisor(),
            Nothing,
            availability::ListTicketsRequest::default(),
        ),
    ]
}

/// Figures have no ids to be found by: what is asked for is one's own program's, and it tells nothing of another's.
pub(in crate::tenancy) fn overview() -> Vec<Case> {
    use Expected::Own;
    let at = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
    vec![
        case(
            "availability.v1.MeasureService/GetMeasures",
            supervisor(),
            Own,
            availability::GetMeasuresRequest {
                from: at(1_767_225_600),
                until: at(1_798_761_600),
                ..Default::default()
            },
        ),
        case("availability.v1.BoardService/WatchBoard", supervisor(), Own, availability::WatchBoardRequest::default()),
    ]
}
