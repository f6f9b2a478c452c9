//! What triage refuses, and how it says so.

use harborline_status::{Reason, ServiceError};
use harborline_store::StoreError;
use harborline_types::{ContactId, LoweringId};

use crate::domain::acuity_rule::Unsigned;
use crate::domain::lowering::LoweringEnded;

/// A refusal or a failure of triage.
#[derive(Debug, thiserror::Error)]
pub enum TriageError {
    /// The contact was never assessed in the caller's program.
    #[error("no assessment of contact {0}")]
    AssessmentNotFound(ContactId),
    /// A judgment would lower the acuity, and does not say why.
    #[error("lowering an acuity takes a reason")]
    ReasonMissing,
    /// No such lowering was judged in the caller's program.
    #[error("no lowering {0}")]
    LoweringNotFound(LoweringId),
    /// A lowering that does not wait for anybody is confirmed.
    #[error(transparent)]
    LoweringEnded(#[from] LoweringEnded),
    /// The second person of a lowering may be the same person as the first.
    #[error(transparent)]
    LoweringUnsigned(#[from] Unsigned),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A refusal that is ready for the wire.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<TriageError> for ServiceError {
    fn from(error: TriageError) -> Self {
        match error {
            TriageError::AssessmentNotFound(contact) => {
                ServiceError::not_found(Reason::AssessmentNotFound, "assessment", contact)
            }
            TriageError::ReasonMissing => ServiceError::invalid(vec![(
                "reason".to_owned(),
                "must have 10 letters or digits, and at most 2000 characters, because this lowers the acuity"
                    .to_owned(),
            )]),
            TriageError::LoweringNotFound(id) => ServiceError::not_found(Reason::LoweringNotFound, "lowering", id),
            TriageError::LoweringEnded(LoweringEnded(state)) => {
                ServiceError::new(Reason::LoweringEnded, "the lowering has ended").with("state", state.as_str())
            }
            TriageError::LoweringUnsigned(_) => {
                ServiceError::new(Reason::ReviewerNotIndependent, "whoever judged does not confirm")
            }
            TriageError::Store(error) => error.into(),
            TriageError::Service(error) => error,
        }
    }
}
