//! The state of a counselor on duty: presence, offers, conversations, and the transfers of the contacts they have.

use std::collections::BTreeSet;

use harborline_types::{PersonId, Timestamp, text_enum};
use uuid::Uuid;

use super::Ticket;

/// After so many unanswered offers in a row the counselor is put on a break.
pub const SILENT_OFFERS: i16 = 2;

text_enum! {
    /// Why a counselor is on a break.
    pub enum BreakReason {
        /// The counselor began it, or declined an offer for it.
        Chosen = "chosen",
        /// [`SILENT_OFFERS`] in a row ran out.
        UnansweredOffers = "unanswered_offers",
    }
}

impl BreakReason {
    /// The reason, by the number of offers in a row that ran out; none for a counselor who is not on a break. A break
    /// that the counselor begins sets that number to zero.
    pub fn of(on_break: bool, silent_count: i16) -> Option<Self> {
        let reason = if silent_count >= SILENT_OFFERS { Self::UnansweredOffers } else { Self::Chosen };
        on_break.then_some(reason)
    }
}

/// The state of a counselor on duty.
#[derive(Clone, Debug)]
pub struct CounselorState {
    /// The Attend streams that are open: each sends the same.
    pub streams: BTreeSet<Uuid>,
    /// Whether one of the streams still has a client.
    pub connected: bool,
    /// Why the counselor takes no new offers for now; none: takes them.
    pub on_break: Option<BreakReason>,
    /// The tickets that the counselor is offered, is in, or wraps up, the oldest offer first.
    pub held: Vec<HeldTicket>,
    /// The transfers and conferences of the contacts that the counselor has.
    pub transfers: Vec<TransferStatus>,
}

/// A ticket that a counselor is offered, is in, or wraps up.
#[derive(Clone, Debug)]
pub struct HeldTicket {
    /// The ticket, with its offer.
    pub ticket: Ticket,
    /// When the offer runs out, or would have run out. Real time.
    pub expires_at: Option<Timestamp>,
}

/// A transfer or a conference of a contact, for the counselor who has the contact.
#[derive(Clone, Debug)]
pub struct TransferStatus {
    /// The ticket.
    pub ticket: Ticket,
    /// The one person who could come is off duty or has declined.
    pub unreachable: bool,
}

impl HeldTicket {
    /// Whether it is offered because the caller knows this counselor.
    pub fn is_preferred(&self, counselor: &PersonId) -> bool {
        self.ticket.preferred.as_ref() == Some(counselor)
    }
}
