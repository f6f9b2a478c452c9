//! Commands as they are posted for a matcher elsewhere, and answers as they are stored.

use std::str::FromStr;

use harborline_proto::availability::v1 as pb;
use harborline_types::wire::number;
use harborline_types::{ContactId, PersonId};
use prost::Message;

use super::{
    accept_offer, decline_offer, finish_wrap_up, leave_shift, raise_ticket, release_counselor, request_counselor,
    set_break, transfer, withdraw_ticket,
};
use crate::domain::matcher::{Answer, Command};

pub(super) const REQUEST_COUNSELOR: &str = "RequestCounselor";
pub(super) const RAISE_TICKET: &str = "RaiseTicket";
pub(super) const WITHDRAW_TICKET: &str = "WithdrawTicket";
pub(super) const RELEASE_COUNSELOR: &str = "ReleaseCounselor";
pub(super) const ACCEPT_OFFER: &str = "AcceptOffer";
pub(super) const DECLINE_OFFER: &str = "DeclineOffer";
pub(super) const FINISH_WRAP_UP: &str = "FinishWrapUp";
pub(super) const SET_BREAK: &str = "SetBreak";
pub(super) const LEAVE_SHIFT: &str = "LeaveShift";
pub(super) const REQUEST_TRANSFER: &str = "RequestTransfer";
pub(super) const COMPLETE_TRANSFER: &str = "CompleteTransfer";
pub(super) const CANCEL_TRANSFER: &str = "CancelTransfer";
pub(super) const REQUEST_CONFERENCE: &str = "RequestConference";
pub(super) const LEAVE_CONFERENCE: &str = "LeaveConference";
pub(super) const END_CONFERENCE: &str = "EndConference";
/// Not an RPC: what a duty asks. Its body is `<contact>/<assignment>`.
pub(crate) const END_ASSIGNMENT: &str = "EndAssignment";

/// The command of a posted request; none when this version does not know it.
pub(crate) fn command(method: &str, person: Option<&PersonId>, body: &[u8]) -> Option<Command> {
    let command = match method {
        REQUEST_COUNSELOR => Command::Request(request_counselor::parse(&read(body)?).ok()?.1),
        RAISE_TICKET => raise_ticket::parse(&read(body)?).ok()?.1,
        WITHDRAW_TICKET => withdraw_ticket::parse(&read(body)?).ok()?.1,
        RELEASE_COUNSELOR => release_counselor::parse(&read(body)?).ok()?.1,
        ACCEPT_OFFER => accept_offer::parse(&read(body)?, person?).ok()?.1,
        DECLINE_OFFER => decline_offer::parse(&read(body)?, person?).ok()?.1,
        FINISH_WRAP_UP => finish_wrap_up::parse(&read(body)?, person?).ok()?.1,
        SET_BREAK => set_break::parse(&read(body)?, person?).ok()?.1,
        LEAVE_SHIFT => leave_shift::parse(&read(body)?, person?).ok()?.1,
        REQUEST_TRANSFER => transfer::request_transfer(&read(body)?, person?).ok()?.1,
        COMPLETE_TRANSFER => transfer::complete_transfer(&read(body)?, person?).ok()?.1,
        CANCEL_TRANSFER => transfer::cancel_transfer(&read(body)?, person?).ok()?.1,
        REQUEST_CONFERENCE => transfer::request_conference(&read(body)?, person?).ok()?.1,
        LEAVE_CONFERENCE => transfer::leave_conference(&read(body)?, person?).ok()?.1,
        END_CONFERENCE => transfer::end_conference(&read(body)?, person?).ok()?.1,
        END_ASSIGNMENT => {
            let (contact, number) = std::str::from_utf8(body).ok()?.split_once('/')?;
            Command::EndAssignment(ContactId::from_str(contact).ok()?, number.parse().ok()?)
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
        // RequestConference answers the same.
        Answer::AskedIn(ticket) => pb::RequestTransferResponse { ticket_id: ticket.to_string() }.encode_to_vec(),
        // The others say that it is done, and no more.
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
