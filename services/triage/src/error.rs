//! What triage refuses, and how it says so.

use harborline_status::{Reason, ServiceError};
use harborline_store::StoreError;
use harborline_types::ContactId;

use crate::domain::acuity_rule::Lacking;

/// A refusal or a failure of triage.
#[derive(Debug, thiserror::Error)]
pub enum TriageError {
    /// The contact was never assessed in the caller's program.
    #[error("no assessment of contact {0}")]
    AssessmentNotFound(ContactId),
    /// A judgment would lower the acuity and lacks what that takes.
    #[error("lowering an acuity takes a reason and a second person")]
    LoweringUnsigned(Vec<Lacking>),
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
            TriageError::LoweringUnsigned(lacking) => {
                ServiceError::invalid(lacking.into_iter().map(violation).collect())
            }
            TriageError::Store(error) => error.into(),
            TriageError::Service(error) => error,
        }
    }
}

fn violation(lacking: Lacking) -> (String, String) {
    let (field, description) = match lacking {
        Lacking::Reason => ("reason", "must have 10 to 2000 characters, because this lowers the acuity"),
        Lacking::SecondPerson => ("second_person_id", "must name somebody else, because this lowers the acuity"),
    };
    (field.to_owned(), description.to_owned())
}
