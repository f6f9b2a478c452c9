//! What a matcher is asked to do, and what it answers.

use std::time::Duration;

use harborline_types::{Acuity, ContactId, Need, OfferId, PersonId, TicketId, text_enum};

use super::AskedIn;
use crate::domain::{DeclineReason, TicketKind};

/// What somebody asks of a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Puts a contact into the queue.
    Request(Wanted),
    /// Raises the acuity of a ticket, or changes what it needs.
    Raise(ContactId, Acuity, Option<Need>),
    /// The caller, who had left a counselor, is back; and what has become more urgent meanwhile.
    CallerBack(ContactId, Acuity, Option<Need>),
    /// The caller is gone.
    Withdraw(ContactId, CallerGone),
    /// The conversation has ended.
    Release(ContactId),
    /// A counselor takes the contact that was offered.
    Accept(OfferId, PersonId),
    /// A counselor gives an offer back; perhaps for a break.
    Decline(OfferId, PersonId, DeclineReason),
    /// A counselor ends the wrap-up of a contact.
    FinishWrapUp(ContactId, PersonId),
    /// The n-th assignment is of no use: the contact had ended before.
    EndAssignment(ContactId, i32),
    /// A counselor begins or ends a break.
    SetBreak(PersonId, bool),
    /// A counselor goes off duty once nothing is in hand.
    LeaveShift(PersonId),
    /// A counselor asks somebody else into a contact, or to take it over.
    AskIn(AskedIn),
    /// The giver hands over to who has accepted the contact's transfer.
    CompleteTransfer(ContactId, PersonId),
    /// The giver asks for nobody any more.
    CancelTransfer(ContactId, PersonId),
    /// Somebody who joined a contact leaves it.
    LeaveConference(ContactId, PersonId),
    /// The counselor who has the contact ends one of its conferences.
    EndConference(ContactId, TicketId, PersonId),
}

/// Where a caller went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallerGone {
    /// Away.
    Left,
    /// To the backup line, which is known to have them.
    ToBackup,
}

/// A contact that wants a counselor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The ticket's id, if it has none yet.
    pub ticket: TicketId,
    /// The contact.
    pub contact: ContactId,
    /// How urgent.
    pub acuity: Acuity,
    /// What it takes.
    pub need: Need,
    /// Whom the caller knows.
    pub preferred: Option<PersonId>,
    /// Whether it is a call that we make.
    pub outbound: bool,
    /// What the caller has waited before: it counts for the place in the queue.
    pub waited_before: Duration,
}

/// The answer to a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The contact's ticket.
    Requested(TicketId),
    /// Done, or nothing was to be done.
    Raised,
    /// Whether the caller left before a human had the contact.
    Withdrawn(bool),
    /// Done, or nothing was to be done.
    Released,
    /// What the counselor has taken.
    Accepted(ContactId, TicketId, TicketKind),
    /// Given back: this contact.
    Declined(ContactId),
    /// Done, or nothing was to be done.
    Finished,
    /// Done, or nothing was to be done.
    EndedAssignment,
    /// Done.
    BreakSet,
    /// Done.
    Leaving,
    /// The ticket of the transfer or the conference.
    AskedIn(TicketId),
    /// Done.
    Transferred,
    /// Done, or nothing was to be done.
    Left,
}

text_enum! {
    /// Why a command is refused.
    pub enum Refused {
        /// The program has no ticket for this contact.
        TicketNotFound = "ticket_not_found",
        /// The counselor was never made this offer.
        OfferNotFound = "offer_not_found",
        /// The offer ran out before it was answered.
        OfferExpired = "offer_expired",
        /// The offer was answered otherwise before, or taken back.
        OfferClosed = "offer_closed",
        /// The person does not have this contact.
        NotInContact = "not_in_contact",
        /// The contact has a transfer that is open.
        TransferOpen = "transfer_open",
        /// Somebody asks for themselves.
        AskedSelf = "asked_self",
        /// Nobody has accepted the transfer.
        TransferNotAccepted = "transfer_not_accepted",
    }
}

impl Command {
    /// The contact whose ticket it is about, unless it makes one.
    pub fn contact(&self) -> Option<ContactId> {
        match self {
            Self::Raise(contact, ..)
            | Self::CallerBack(contact, ..)
            | Self::Withdraw(contact, _)
            | Self::Release(contact)
            | Self::FinishWrapUp(contact, _)
            | Self::EndAssignment(contact, _)
            | Self::CompleteTransfer(contact, _)
            | Self::CancelTransfer(contact, _)
            | Self::LeaveConference(contact, _)
            | Self::EndConference(contact, ..) => Some(*contact),
            Self::AskIn(asked) => Some(asked.contact),
            Self::Request(_) | Self::Accept(..) | Self::Decline(..) | Self::SetBreak(..) | Self::LeaveShift(_) => None,
        }
    }

    /// The contact that it is known to be about.
    pub fn concerned(&self) -> Option<ContactId> {
        match self {
            Self::Request(wanted) => Some(wanted.contact),
            other => other.contact(),
        }
    }

    /// The offer that it answers.
    pub fn offer(&self) -> Option<OfferId> {
        match self {
            Self::Accept(offer, _) | Self::Decline(offer, ..) => Some(*offer),
            _ => None,
        }
    }
}
