//! Availability: the roster, a counselor at work, the queue.

use harborline_identity::ServiceName;
use harborline_proto::{availability::v1 as availability, common::v1 as common};
use harborline_tests::As;

use super::{Case, Expected, case, counselor_calls, need, supervisor};
use crate::tenancy::other_program::{COUNSELOR, Known, THEIR_COUNSELOR, admin, counselor, request_id};

pub(in crate::tenancy) fn roster() -> Vec<Case> {
    use Expected::{NotFound, Own};
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
            "availability.v1.RosterService/GetCounselor",
            admin(),
            NotFound,
            availability::GetCounselorRequest { counselor_id: THEIR_COUNSELOR.to_owned() },
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
    use Expected::{NotFound, Own};
    let offer_id = || known.offer.clone();
    vec![
        case("availability.v1.AttendService/Attend", counselor_calls(), Own, availability::AttendRequest::default()),
        case(
            "availability.v1.AttendService/DeclineOffer",
            counselor_calls(),
            NotFound,
            availability::DeclineOfferRequest {
                request_id: request_id(),
                offer_id: offer_id(),
                reason: availability::DeclineReason::Technical.into(),
            },
        ),
        case(
            "availability.v1.AttendService/AcceptOffer",
            counselor_calls(),
            NotFound,
            availability::AcceptOfferRequest { request_id: request_id(), offer_id: offer_id() },
        ),
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
    use Expected::{NotFound, Nothing, Own};
    let (intake, contact_id) = (|| As::Service(ServiceName::Intake), || known.contact.clone());
    let acuity = common::Acuity::Routine.into();
    vec![
        case(
            "availability.v1.TicketService/RequestCounselor",
            intake(),
            Own,
            availability::RequestCounselorRequest {
                request_id: request_id(),
                contact_id: contact_id(),
                acuity,
                need: need(),
                ..availability::RequestCounselorRequest::default()
            },
        ),
        case(
            "availability.v1.TicketService/RaiseTicket",
            intake(),
            NotFound,
            availability::RaiseTicketRequest {
                request_id: request_id(),
                contact_id: contact_id(),
                acuity,
                need: need(),
                caller_is_back: false,
            },
        ),
        case(
            "availability.v1.TicketService/GetAssignment",
            intake(),
            NotFound,
            availability::GetAssignmentRequest { contact_id: contact_id() },
        ),
        case(
            "availability.v1.TicketService/GetTicket",
            supervisor(),
            NotFound,
            availability::GetTicketRequest { contact_id: contact_id() },
        ),
        case(
            "availability.v1.TicketService/ExplainTicket",
            supervisor(),
            NotFound,
            availability::ExplainTicketRequest { contact_id: contact_id() },
        ),
        case(
            "availability.v1.TicketService/ListTickets",
            supervisor(),
            Nothing,
            availability::ListTicketsRequest::default(),
        ),
        case(
            "availability.v1.TicketService/WithdrawTicket",
            intake(),
            NotFound,
            availability::WithdrawTicketRequest {
                request_id: request_id(),
                contact_id: contact_id(),
                handed_off: false,
            },
        ),
        case(
            "availability.v1.TicketService/ReleaseCounselor",
            intake(),
            NotFound,
            availability::ReleaseCounselorRequest { request_id: request_id(), contact_id: contact_id() },
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

/// Somebody else for a contact: another program's contact is none here.
pub(in crate::tenancy) fn transfers(known: &Known) -> Vec<Case> {
    use Expected::NotFound;
    let contact_id = || known.contact.clone();
    let target = || Some(availability::Target { who: Some(availability::target::Who::SupervisorOnCall(true)) });
    let asked_for = availability::AskedFor::Supervision.into();
    vec![
        case(
            "availability.v1.TransferService/RequestTransfer",
            counselor_calls(),
            NotFound,
            availability::RequestTransferRequest {
                request_id: request_id(),
                contact_id: contact_id(),
                kind: availability::TransferKind::Warm.into(),
                target: target(),
                asked_for,
            },
        ),
        case(
            "availability.v1.TransferService/RequestConference",
            counselor_calls(),
            NotFound,
            availability::RequestConferenceRequest {
                request_id: request_id(),
                contact_id: contact_id(),
                target: target(),
                asked_for,
            },
        ),
        case(
            "availability.v1.TransferService/CompleteTransfer",
            counselor_calls(),
            NotFound,
            availability::CompleteTransferRequest { request_id: request_id(), contact_id: contact_id() },
        ),
        case(
            "availability.v1.TransferService/CancelTransfer",
            counselor_calls(),
            NotFound,
            availability::CancelTransferRequest { request_id: request_id(), contact_id: contact_id() },
        ),
        case(
            "availability.v1.TransferService/LeaveConference",
            counselor_calls(),
            NotFound,
            availability::LeaveConferenceRequest { request_id: request_id(), contact_id: contact_id() },
        ),
        case(
            "availability.v1.TransferService/EndConference",
            counselor_calls(),
            NotFound,
            availability::EndConferenceRequest {
                request_id: request_id(),
                contact_id: contact_id(),
                ticket_id: request_id(),
            },
        ),
    ]
}
