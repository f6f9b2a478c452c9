//! What followup refuses, and how it says so.

use harborline_status::{Reason, ServiceError};
use harborline_store::StoreError;
use harborline_types::{ContactId, ParticipantId, PlanId};

/// A refusal or a failure of followup.
#[derive(Debug, thiserror::Error)]
pub enum FollowUpError {
    /// The caller's program has no such plan.
    #[error("no follow-up plan {0}")]
    PlanNotFound(PlanId),
    /// The contact has no plan in the caller's program.
    #[error("no follow-up plan of contact {0}")]
    PlanOfContactNotFound(ContactId),
    /// The plan never had an attempt of this number.
    #[error("no such attempt")]
    NoSuchAttempt,
    /// The participant has no digest in the caller's program, or not that far.
    #[error("no such digest entry")]
    DigestNotFound(ParticipantId),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A refusal that is ready for the wire.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<FollowUpError> for ServiceError {
    fn from(error: FollowUpError) -> Self {
        match error {
            FollowUpError::PlanNotFound(plan) => {
                ServiceError::not_found(Reason::FollowUpPlanNotFound, "follow-up plan", plan)
            }
            FollowUpError::PlanOfContactNotFound(contact) => {
                ServiceError::not_found(Reason::FollowUpPlanNotFound, "follow-up plan", contact)
            }
            FollowUpError::NoSuchAttempt => ServiceError::invalid(vec![(
                "number".to_owned(),
                "must be the number of one of the plan's attempts".to_owned(),
            )]),
            FollowUpError::DigestNotFound(participant) => {
                ServiceError::not_found(Reason::SessionDigestNotFound, "session digest", participant)
            }
            FollowUpError::Store(error) => error.into(),
            FollowUpError::Service(error) => error,
        }
    }
}
