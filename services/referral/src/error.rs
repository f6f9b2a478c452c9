//! What can go wrong here.

use harborline_disclosure::{DataClass, Refusal};
use harborline_status::{Reason, ServiceError};
use harborline_store::StoreError;
use harborline_types::ReferralId;

use crate::domain::{Draft, Refused, TooMany};

/// A refusal or failure of this service.
#[derive(Debug, thiserror::Error)]
pub enum ReferralError {
    /// The caller's program, or clinic, has no such referral.
    #[error("no such referral")]
    NotFound(ReferralId),
    /// The referral's state, as the caller sees it, does not allow this.
    #[error("the referral is {0}")]
    StateConflict(&'static str),
    /// The acceptance expects the person in the past.
    #[error("the person is expected in the past")]
    ExpectedInThePast,
    /// The acceptance expects the person absurdly far ahead.
    #[error("the person is expected more than a year ahead")]
    ExpectedTooFarAhead,
    /// Nothing permits telling a facility these classes.
    #[error("nothing permits telling a facility what it must know")]
    DisclosureRefused(Refusal, Vec<DataClass>),
    /// The contact has as many referrals open as one may have.
    #[error("the contact has {} referrals open", Draft::MOST_OPEN)]
    TooMany,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Refused before the story began: who calls, what is asked, a request id used twice.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl ReferralError {
    /// A refusal of the domain about this referral.
    pub fn refused(refused: Refused, referral: ReferralId) -> Self {
        match refused {
            Refused::NotAsked => Self::NotFound(referral),
            Refused::State(state) => Self::StateConflict(state),
            Refused::ExpectedInThePast => Self::ExpectedInThePast,
            Refused::ExpectedTooFarAhead => Self::ExpectedTooFarAhead,
        }
    }
}

impl From<TooMany> for ReferralError {
    fn from(_: TooMany) -> Self {
        Self::TooMany
    }
}

impl From<ReferralError> for ServiceError {
    fn from(error: ReferralError) -> Self {
        match error {
            ReferralError::NotFound(id) => ServiceError::not_found(Reason::ReferralNotFound, "referral", id),
            ReferralError::StateConflict(state) => {
                ServiceError::new(Reason::ReferralStateConflict, error.to_string()).with("state", state)
            }
            ReferralError::ExpectedInThePast => {
                ServiceError::invalid(vec![("expected_by".to_owned(), "must not be in the past".to_owned())])
            }
            ReferralError::ExpectedTooFarAhead => {
                ServiceError::invalid(vec![("expected_by".to_owned(), "must be at most a year ahead".to_owned())])
            }
            ReferralError::DisclosureRefused(refusal, ref classes) => {
                let classes: Vec<_> = classes.iter().map(|class| class.as_str().to_uppercase()).collect();
                ServiceError::new(Reason::DisclosureRefused, error.to_string())
                    .with("refusal", refusal.as_str().to_uppercase())
                    .with("data_classes", classes.join(","))
            }
            ReferralError::TooMany => {
                ServiceError::new(Reason::ReferralsTooMany, error.to_string()).with("most", Draft::MOST_OPEN)
            }
            ReferralError::Store(error) => error.into(),
            ReferralError::Service(error) => error,
        }
    }
}
