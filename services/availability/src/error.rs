//! What a service of counselors and tickets refuses, and why.

use harborline_status::{Reason, ServiceError};
use harborline_store::StoreError;
use harborline_types::{ContactId, OfferId, PersonId};

use crate::domain::matcher::Refused;

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
    /// A refusal that is ready for the wire: wrong fields, a caller who may not.
    #[error(transparent)]
    Refused(#[from] ServiceError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AvailabilityError {
    /// What a matcher's refusal means for a call about this contact or offer.
    pub(crate) fn of_refusal(refused: Refused, contact: Option<ContactId>, offer: Option<OfferId>) -> Self {
        match (refused, contact, offer) {
            (Refused::TicketNotFound, Some(contact), _) => Self::TicketNotFound(contact),
            (Refused::OfferNotFound, _, Some(offer)) => Self::OfferNotFound(offer),
            (Refused::OfferExpired, ..) => Self::OfferExpired,
            (Refused::OfferClosed, ..) => Self::OfferClosed,
            (Refused::TicketNotFound | Refused::OfferNotFound, ..) => {
                Self::Store(StoreError::Fault("refused for what was not asked".to_owned()))
            }
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
            AvailabilityError::Refused(error) => error,
            AvailabilityError::Store(error) => error.into(),
        }
    }
}
