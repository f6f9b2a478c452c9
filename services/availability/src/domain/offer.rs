//! An offer: one question to one counselor whether to take a contact. Its slots are held until it ends.

use harborline_types::{OfferId, PersonId, Timestamp, text_enum};

text_enum! {
    /// Where an offer is. `offered` and `accepted` hold slots.
    pub enum OfferState {
        /// Waits for the counselor's answer.
        Offered = "offered",
        /// The counselor is in the contact, or wraps it up.
        Accepted = "accepted",
        /// Declined by the counselor.
        Declined = "declined",
        /// Ran out without an answer.
        Expired = "expired",
        /// Withdrawn: the caller left, or the counselor did not reconnect within the grace.
        Withdrawn = "withdrawn",
        /// Was accepted; the engagement is over.
        Ended = "ended",
    }
}

text_enum! {
    /// Why a counselor declines an offer. There is no free text: it could say something about the caller.
    pub enum DeclineReason {
        /// Knows the caller, or should not take this contact for another reason of that kind.
        Conflict = "conflict",
        /// Is not qualified for it.
        NotQualified = "not_qualified",
        /// Needs a break, which begins with it.
        NeedsBreak = "needs_break",
        /// Has trouble with the equipment.
        Technical = "technical",
    }
}

/// An offer to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOffer {
    /// Its id.
    pub id: OfferId,
    /// The counselor who is asked.
    pub counselor: PersonId,
    /// The counselor's slots that it holds.
    pub slots: Vec<i16>,
    /// Whether the caller knows this counselor.
    pub preferred: bool,
    /// Real time.
    pub expires_at: Timestamp,
}

/// Why an offer cannot be answered any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfferRefused {
    /// It ran out.
    Expired,
    /// It was answered before, or withdrawn.
    Closed,
}

/// Whether an offer may still be answered; `time_is_up` says that its real time has passed.
///
/// # Errors
/// Why not.
pub fn answerable(state: OfferState, time_is_up: bool) -> Result<(), OfferRefused> {
    match state {
        OfferState::Offered if !time_is_up => Ok(()),
        OfferState::Offered | OfferState::Expired => Err(OfferRefused::Expired),
        OfferState::Accepted | OfferState::Declined | OfferState::Withdrawn | OfferState::Ended => {
            Err(OfferRefused::Closed)
        }
    }
}
