//! Why calls to availability are refused.

use std::time::Duration;

use harborline_status::{Reason, ServiceError};
use harborline_store::StoreError;
use harborline_types::{BudgetSpent, ContactId, OfferId, PersonId, RequirementId, ShiftId, SwapId};

use crate::domain::matcher::Refused;

/// After this time a connection that broke silently has been noticed, and its stream does not count any more.
const BROKEN_STREAM_IS_NOTICED: Duration = Duration::from_secs(40);

/// Why a call did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum AvailabilityError {
    /// The program's roster has no such counselor.
    #[error("no such counselor")]
    CounselorNotFound(PersonId),
    /// The program has no ticket for this contact.
    #[error("no such ticket")]
    TicketNotFound(ContactId),
    /// The counselor was never made this offer.
    #[error("no such offer")]
    OfferNotFound(OfferId),
    /// The offer ran out before it was answered.
    #[error("the offer ran out")]
    OfferExpired,
    /// The offer was answered otherwise before, or taken back.
    #[error("the offer is closed")]
    OfferClosed,
    /// The program has no such shift, or not on that day, or it has begun.
    #[error("no such shift")]
    ShiftNotFound(ShiftId),
    /// The program has no such swap, or the caller has no part in it.
    #[error("no such swap")]
    SwapNotFound(SwapId),
    /// The program has no such requirement.
    #[error("no such requirement")]
    RequirementNotFound(RequirementId),
    /// The program has no roster rules.
    #[error("the program has no roster rules")]
    RosterNotReady,
    /// The swap is over, or the roster is no longer what it was offered on.
    #[error("the swap is closed")]
    SwapClosed,
    /// A counselor would be on two shifts at once.
    #[error("a counselor would be on two shifts at once")]
    ShiftOverlaps,
    /// The person has as many open Attend streams as one may have.
    #[error("too many open Attend streams of one person")]
    TooManyStreams,
    /// The program's history is too short to expect arrivals from.
    #[error("the history is too short to tell arrivals")]
    ArrivalsUnknown,
    /// The caller does not have the contact.
    #[error("the caller does not have the contact")]
    NotInContact,
    /// The contact has a transfer that is open.
    #[error("a transfer of the contact is open")]
    TransferOpen,
    /// The caller asks for a transfer to themselves.
    #[error("the target of the transfer is the caller")]
    AskedSelf,
    /// No counselor has accepted the transfer.
    #[error("no counselor has accepted the transfer yet")]
    TransferNotAccepted,
    /// The call takes longer to compute than a call may take.
    #[error(transparent)]
    TooLarge(#[from] BudgetSpent),
    /// A refusal that is ready for the wire: wrong fields, a caller who may not.
    #[error(transparent)]
    Refused(#[from] ServiceError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AvailabilityError {
    /// The error of a call about this contact or offer that a matcher has refused.
    pub(crate) fn of_refusal(refused: Refused, contact: Option<ContactId>, offer: Option<OfferId>) -> Self {
        match (refused, contact, offer) {
            (Refused::TicketNotFound, Some(contact), _) => Self::TicketNotFound(contact),
            (Refused::OfferNotFound, _, Some(offer)) => Self::OfferNotFound(offer),
            (Refused::OfferExpired, ..) => Self::OfferExpired,
            (Refused::OfferClosed, ..) => Self::OfferClosed,
            (Refused::NotInContact, ..) => Self::NotInContact,
            (Refused::TransferOpen, ..) => Self::TransferOpen,
            (Refused::TransferNotAccepted, ..) => Self::TransferNotAccepted,
            (Refused::AskedSelf, ..) => Self::AskedSelf,
            (Refused::TicketNotFound | Refused::OfferNotFound, ..) => Self::Store(StoreError::Fault(
                "refused for a contact or an offer that the call does not name".to_owned(),
            )),
        }
    }
}

impl From<AvailabilityError> for ServiceError {
    fn from(error: AvailabilityError) -> Self {
        let message = error.to_string();
        match error {
            AvailabilityError::CounselorNotFound(_) => Self::not_found_unnamed(Reason::CounselorNotFound, "counselor"),
            AvailabilityError::TicketNotFound(id) => Self::not_found(Reason::TicketNotFound, "ticket", id),
            AvailabilityError::OfferNotFound(id) => Self::not_found(Reason::OfferNotFound, "offer", id),
            AvailabilityError::OfferExpired => Self::new(Reason::OfferExpired, message),
            AvailabilityError::OfferClosed => Self::new(Reason::OfferClosed, message),
            AvailabilityError::ShiftNotFound(id) => Self::not_found(Reason::ShiftNotFound, "shift", id),
            AvailabilityError::SwapNotFound(id) => Self::not_found(Reason::ShiftSwapNotFound, "swap", id),
            AvailabilityError::RequirementNotFound(id) => {
                Self::not_found(Reason::CoverageRequirementNotFound, "requirement", id)
            }
            AvailabilityError::RosterNotReady => Self::new(Reason::RosterNotReady, message),
            AvailabilityError::SwapClosed => Self::new(Reason::ShiftSwapClosed, message),
            AvailabilityError::ShiftOverlaps => Self::new(Reason::ShiftOverlaps, message),
            AvailabilityError::TooManyStreams => {
                Self::new(Reason::StreamsTooMany, message).retry_after(BROKEN_STREAM_IS_NOTICED)
            }
            AvailabilityError::ArrivalsUnknown => Self::new(Reason::ArrivalsUnknown, message),
            AvailabilityError::NotInContact => Self::new(Reason::CounselorNotInContact, message),
            AvailabilityError::TransferOpen => Self::new(Reason::TransferOpen, message),
            AvailabilityError::AskedSelf => {
                Self::invalid(vec![("target".to_owned(), "must be a person other than the caller".to_owned())])
            }
            AvailabilityError::TransferNotAccepted => Self::new(Reason::TransferNotAccepted, message),
            AvailabilityError::TooLarge(spent) => spent.into(),
            AvailabilityError::Refused(error) => error,
            AvailabilityError::Store(error) => error.into(),
        }
    }
}
