//! A ticket: one contact in the queue, for as long as the contact lives.
//!
//! # Invariants
//! - No caller is dropped (P2): QUEUED and OFFERED are left only to a counselor, because the caller left, or because
//!   the backup line is known to have the caller. [`Change::take`] is total and has no other way out. Offering the
//!   backup line moves nothing: the ticket keeps its place.
//! - A counselor keeps the contact of a caller who left. When that counselor is lost, the ticket does not wait again.
//! - The place in the queue, `queued_at`, never changes.
//! - A ticket holds an offer exactly while it is OFFERED, ASSIGNED, or RELEASED and in wrap-up.
//! - A ticket [beside](Beside) the contact's own never leaves it to the backup line.
//! - A [race](TicketKind::Race), a parallel offer, is over with its offer: it never waits, and no counselor is assigned
//!   by it.

mod beside;
mod change;
#[cfg(test)]
mod tests;

use harborline_types::{Acuity, ContactId, Need, OfferId, PersonId, TicketId, Timestamp, text_enum};

pub use beside::{AskedFor, Beside, Target, TicketKind};
pub use change::{Change, Step, StepRefused};

use super::DeclineReason;

text_enum! {
    /// Where a ticket is.
    pub enum TicketState {
        /// Waits.
        Queued = "queued",
        /// A counselor is asked.
        Offered = "offered",
        /// A counselor has it.
        Assigned = "assigned",
        /// The conversation has ended.
        Released = "released",
        /// The caller left.
        Withdrawn = "withdrawn",
        /// The backup line has it.
        HandedOff = "handed_off",
    }
}

text_enum! {
    /// What happened to a ticket.
    pub enum TicketEventKind {
        /// Entered the queue.
        Queued = "queued",
        /// A counselor was asked.
        Offered = "offered",
        /// The counselor declined the offer.
        Declined = "declined",
        /// The offer ran out.
        Expired = "expired",
        /// The counselor accepted the offer.
        Accepted = "accepted",
        /// The counselor did not reconnect within the grace.
        CounselorLost = "counselor_lost",
        /// The contact became more urgent, or has another need.
        Raised = "raised",
        /// A requirement was given up.
        Widened = "widened",
        /// The supervisor on call was paged.
        SupervisorPaged = "supervisor_paged",
        /// The conversation ended.
        Released = "released",
        /// The slot is free again.
        WrappedUp = "wrapped_up",
        /// The caller left.
        Withdrawn = "withdrawn",
        /// The backup line has the caller.
        HandedOff = "handed_off",
        /// An open offer was taken back.
        OfferWithdrawn = "offer_withdrawn",
        /// A page was taken by its receiver. This and the next two are no steps: they stand beside the history.
        PageDelivered = "page_delivered",
        /// A page was refused by its receiver, or there is none.
        PageFailed = "page_failed",
        /// A page was not needed any more.
        PageSkipped = "page_skipped",
        /// The contact went over to this counselor.
        Transferred = "transferred",
        /// The counselor who had joined left again.
        Left = "left",
        /// The offer of a race belongs to the contact's own ticket from now on.
        OfferPassedOn = "offer_passed_on",
        /// No counselor took it in the program's time: the caller is offered the backup line.
        BackupOffered = "backup_offered",
        /// The caller left while a counselor has the contact.
        CallerLeft = "caller_left",
        /// The caller, who had left, is back.
        CallerBack = "caller_back",
        /// The counselor ended the wrap-up before intake had released them.
        FinishedEarly = "finished_early",
    }
}

/// One step of a ticket, to be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub kind: TicketEventKind,
    /// The counselor concerned.
    pub counselor: Option<PersonId>,
    /// For [`TicketEventKind::Raised`]: the acuity from then on.
    pub acuity: Option<Acuity>,
    /// For [`TicketEventKind::Declined`]: why.
    pub declined: Option<DeclineReason>,
}

/// One contact in the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Its id.
    pub id: TicketId,
    /// The contact that it stands for.
    pub contact: ContactId,
    /// Where it is.
    pub state: TicketState,
    /// How urgent it is; only ever raised.
    pub acuity: Acuity,
    /// What a counselor must meet to answer.
    pub need: Need,
    /// The counselor whom the caller knows.
    pub preferred: Option<PersonId>,
    /// A call that we make: at the same acuity it stands behind every inbound ticket, and it is never offered the
    /// backup line.
    pub outbound: bool,
    /// The place in the queue: when the ticket entered it, less what the caller had waited before. Real time.
    pub queued_at: Timestamp,
    /// When the present wait began. Real time.
    pub waiting_since: Timestamp,
    /// How many requirements were given up in the present wait.
    pub widened: i16,
    /// Whether the supervisor was paged in the present wait.
    pub paged: bool,
    /// Whether the caller was offered the backup line in the present wait.
    pub backup_offered: bool,
    /// Whether the caller left while a counselor has the contact.
    pub caller_left: bool,
    /// Whether the wrap-up of the present counselor is over with the release.
    pub finishes_early: bool,
    /// The counselor who is asked, has it, or had it.
    pub counselor: Option<PersonId>,
    /// The offer that holds slots for it.
    pub offer: Option<OfferId>,
    /// Grows with each accepted offer.
    pub assignment: i32,
    /// The number of its events.
    pub steps: i32,
    /// For a transfer or a conference; none for the ticket that answers the contact.
    pub beside: Option<Box<Beside>>,
}

impl Ticket {
    /// What it is for.
    pub fn kind(&self) -> TicketKind {
        self.beside.as_ref().map_or(TicketKind::Answer, |beside| beside.kind)
    }

    /// For a race: the ticket that answers the contact.
    pub fn raced(&self) -> Option<TicketId> {
        self.beside.as_ref().filter(|beside| beside.kind == TicketKind::Race).map(|beside| beside.of)
    }

    /// The contact, while the ticket's counselor has it.
    pub fn answered_contact(&self) -> Option<ContactId> {
        let has = self.beside.is_none() && self.state == TicketState::Assigned;
        has.then_some(self.contact)
    }

    /// Whether it is in the queue without its caller, who left before the counselor was lost: no counselor is asked for
    /// it until intake withdraws it or says that the caller is back.
    pub fn is_held(&self) -> bool {
        self.state == TicketState::Queued && self.caller_left
    }

    /// Whether the caller can be offered the backup line: once a wait, and only for a contact's own inbound ticket. The
    /// backup line takes callers, not the place of a second person.
    pub fn may_be_offered_backup(&self) -> bool {
        self.beside.is_none() && !self.outbound && !self.backup_offered
    }

    /// The step by which the end of the contact leaves the queue or the conversation; none when it was left before.
    pub fn end_step(&self) -> Option<Step> {
        match self.state {
            TicketState::Queued | TicketState::Offered => Some(Step::Withdraw),
            TicketState::Assigned => Some(Step::Release),
            TicketState::Released | TicketState::Withdrawn | TicketState::HandedOff => None,
        }
    }
}
