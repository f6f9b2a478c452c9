//! Commands for a pool's matcher, from requests, also from those that another replica has forwarded as bytes; and the
//! encoded answers, as they are stored.

pub(crate) mod attend;
pub(crate) mod ticket;
pub(crate) mod transfer;

use harborline_proto::availability::v1 as pb;
use harborline_status::ServiceError;
use harborline_types::wire::number;
use harborline_types::{PersonId, RequestId};
use prost::Message;

use crate::domain::matcher::{Answer, Command};
use crate::domain::task::AssignmentOf;

/// The command of a request with its request id, or all faults of the request.
pub(crate) type Read = Result<(RequestId, Command), ServiceError>;

pub(crate) const REQUEST_COUNSELOR: &str = "RequestCounselor";
pub(crate) const RAISE_TICKET: &str = "RaiseTicket";
pub(crate) const WITHDRAW_TICKET: &str = "WithdrawTicket";
pub(crate) const RELEASE_COUNSELOR: &str = "ReleaseCounselor";
pub(crate) const REQUEST_SECOND_COUNSELOR: &str = "RequestSecondCounselor";
pub(crate) const ACCEPT_OFFER: &str = "AcceptOffer";
pub(crate) const DECLINE_OFFER: &str = "DeclineOffer";
pub(crate) const FINISH_WRAP_UP: &str = "FinishWrapUp";
pub(crate) const SET_BREAK: &str = "SetBreak";
pub(crate) const LEAVE_SHIFT: &str = "LeaveShift";
pub(crate) const REQUEST_TRANSFER: &str = "RequestTransfer";
pub(crate) const COMPLETE_TRANSFER: &str = "CompleteTransfer";
pub(crate) const CANCEL_TRANSFER: &str = "CancelTransfer";
pub(crate) const REQUEST_CONFERENCE: &str = "RequestConference";
pub(crate) const LEAVE_CONFERENCE: &str = "LeaveConference";
pub(crate) const END_CONFERENCE: &str = "EndConference";
/// The method of a duty's command, which is no RPC. Its body is an [`AssignmentOf`].
pub(crate) const END_ASSIGNMENT: &str = "EndAssignment";

/// The command of a posted request; none when this version does not know it.
pub(crate) fn command(method: &str, person: Option<&PersonId>, body: &[u8]) -> Option<Command> {
    let command = match method {
        REQUEST_COUNSELOR => ticket::request_counselor(&read(body)?).ok()?.1,
        RAISE_TICKET => ticket::raise_ticket(&read(body)?).ok()?.1,
        WITHDRAW_TICKET => ticket::withdraw_ticket(&read(body)?).ok()?.1,
        RELEASE_COUNSELOR => ticket::release_counselor(&read(body)?).ok()?.1,
        REQUEST_SECOND_COUNSELOR => transfer::request_second_counselor(&read(body)?).ok()?.1,
        ACCEPT_OFFER => attend::accept_offer(&read(body)?, person?).ok()?.1,
        DECLINE_OFFER => attend::decline_offer(&read(body)?, person?).ok()?.1,
        FINISH_WRAP_UP => attend::finish_wrap_up(&read(body)?, person?).ok()?.1,
        SET_BREAK => attend::set_break(&read(body)?, person?).ok()?.1,
        LEAVE_SHIFT => attend::leave_shift(&read(body)?, person?).ok()?.1,
        REQUEST_TRANSFER => transfer::request_transfer(&read(body)?, person?).ok()?.1,
        COMPLETE_TRANSFER => transfer::complete_transfer(&read(body)?, person?).ok()?.1,
        CANCEL_TRANSFER => transfer::cancel_transfer(&read(body)?, person?).ok()?.1,
        REQUEST_CONFERENCE => transfer::request_conference(&read(body)?, person?).ok()?.1,
        LEAVE_CONFERENCE => transfer::leave_conference(&read(body)?, person?).ok()?.1,
        END_CONFERENCE => transfer::end_conference(&read(body)?, person?).ok()?.1,
        END_ASSIGNMENT => {
            let AssignmentOf { contact, number } = std::str::from_utf8(body).ok()?.parse().ok()?;
            Command::EndAssignment(contact, number)
        }
        _ => return None,
    };
    Some(command)
}

/// The answer of a command as its RPC gives it.
pub(crate) fn encoded(answer: &Answer) -> Vec<u8> {
    match answer {
        Answer::Requested(ticket) => pb::RequestCounselorResponse { ticket_id: ticket.to_string() }.encode_to_vec(),
        Answer::Withdrawn(withdrawn) => pb::WithdrawTicketResponse { withdrawn: *withdrawn }.encode_to_vec(),
        Answer::Accepted(contact, ticket, kind) => {
            let (contact_id, ticket_id) = (contact.to_string(), ticket.to_string());
            pb::AcceptOfferResponse { contact_id, ticket_id, kind: number(*kind) }.encode_to_vec()
        }
        // The messages of RequestConference and RequestSecondCounselor are the same.
        Answer::AskedIn(ticket) => pb::RequestTransferResponse { ticket_id: ticket.to_string() }.encode_to_vec(),
        // The other responses are empty.
        Answer::Raised
        | Answer::Released
        | Answer::Declined(_)
        | Answer::Finished
        | Answer::EndedAssignment
        | Answer::BreakSet
        | Answer::Leaving
        | Answer::Transferred
        | Answer::Left => Vec::new(),
    }
}

fn read<M: Message + Default>(body: &[u8]) -> Option<M> {
    M::decode(body).ok()
}
