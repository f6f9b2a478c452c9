//! What a counselor has before them: presence, offers, conversations.

use std::collections::BTreeSet;

use harborline_types::{PersonId, Timestamp, text_enum};
use uuid::Uuid;

use super::Ticket;

/// Offers in a row that run out before the counselor is put on a break.
pub const SILENT_OFFERS: i16 = 2;

text_enum! {
    /// Why a counselor is on a break.
    pub enum BreakReason {
        /// They began it, or gave an offer back for it.
        Chosen = "chosen",
        /// So many offers in a row ran out.
        UnansweredOffers = "unanswered_offers",
    }
}

impl BreakReason {
    /// Why, for who is on a break after so many offers in a row ran out; a break of their own choice begins to count anew.
    pub fn of(on_break: bool, silent_count: i16) -> Option<Self> {
        let reason = if silent_count >= SILENT_OFFERS { Self::UnansweredOffers } else { Self::Chosen };
        on_break.then_some(reason)
    }
}

/// What a counselor on duty has before them.
#[derive(Clone, Debug)]
pub struct Desk {
    /// The Attend streams that are open: each shows the same.
    pub streams: BTreeSet<Uuid>,
    /// Whether anybody hears one of them.
    pub connected: bool,
    /// Takes no new offers for now, and why; none: takes them.
    pub on_break: Option<BreakReason>,
    /// What they are asked for, are in, or wrap up, the oldest first.
    pub at_hand: Vec<AtHand>,
    /// The transfers and conferences of the contacts that they have.
    pub asked_in: Vec<AskedIn>,
}

/// A ticket that a counselor is asked for, is in, or wraps up.
#[derive(Clone, Debug)]
pub struct AtHand {
    /// The ticket, with its offer.
    pub ticket: Ticket,
    /// When the offer runs out, or would have. Real time.
    pub expires_at: Option<Timestamp>,
}

/// A transfer or a conference of a contact, as who has the contact sees it.
#[derive(Clone, Debug)]
pub struct AskedIn {
    /// The ticket.
    pub ticket: Ticket,
    /// The one person who could come is off duty or has said no.
    pub unreachable: bool,
}

impl AtHand {
    /// Whether it is offered because the caller knows this counselor.
    pub fn is_preferred(&self, counselor: &PersonId) -> bool {
        self.ticket.preferred.as_ref() == Some(counselor)
    }
}
