//! What can go wrong in intake, and what of it the caller learns.

use harborline_status::{Reason, ServiceError};
use harborline_store::StoreError;
use harborline_types::{BreakGlassId, ClosingDuty, ConsentId, ContactId, ParticipantId};

use crate::domain::break_glass::BreakGlassRefusal;
use crate::domain::contact::Refusal;

/// Why a call did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IntakeError {
    #[error("the program is not set up")]
    ProgramNotReady,
    #[error("no such participant")]
    ParticipantNotFound(ParticipantId),
    #[error("no such contact")]
    ContactNotFound(ContactId),
    #[error("no such consent")]
    ConsentNotFound(ConsentId),
    #[error("no such emergency access")]
    BreakGlassNotFound(BreakGlassId),
    #[error("the emergency access does not change so")]
    BreakGlassRefused(#[from] BreakGlassRefusal),
    #[error("the dedicated number belongs to another participant")]
    DedicatedNumberTaken,
    #[error("the contact does not change so")]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A wrong request, or a replay that does not match.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<IntakeError> for ServiceError {
    fn from(error: IntakeError) -> Self {
        match error {
            IntakeError::ProgramNotReady => {
                ServiceError::new(Reason::ProgramNotReady, "no program is set up under this id")
            }
            IntakeError::ParticipantNotFound(id) => {
                ServiceError::not_found(Reason::ParticipantNotFound, "participant", id)
            }
            IntakeError::ContactNotFound(id) => ServiceError::not_found(Reason::ContactNotFound, "contact", id),
            IntakeError::ConsentNotFound(id) => ServiceError::not_found(Reason::ConsentNotFound, "consent", id),
            IntakeError::BreakGlassNotFound(id) => {
                ServiceError::not_found(Reason::BreakGlassNotFound, "emergency access", id)
            }
            IntakeError::BreakGlassRefused(refusal) => {
                let reason = match refusal {
                    BreakGlassRefusal::ReviewerNotIndependent => Reason::ReviewerNotIndependent,
                    BreakGlassRefusal::Reviewed => Reason::BreakGlassReviewed,
                    BreakGlassRefusal::NotTheirs => Reason::CallerNotAllowed,
                };
                ServiceError::new(reason, refusal.to_string())
            }
            IntakeError::DedicatedNumberTaken => ServiceError::new(Reason::DedicatedNumberTaken, error.to_string()),
            IntakeError::Refused(refusal) => refused(&refusal),
            IntakeError::Store(error) => error.into(),
            IntakeError::Service(error) => error,
        }
    }
}

fn refused(refusal: &Refusal) -> ServiceError {
    let reason = match refusal {
        Refusal::Ended => Reason::ContactEnded,
        Refusal::NotAnswered => Reason::ContactNotAnswered,
        Refusal::NotInContact => Reason::CounselorNotInContact,
        Refusal::DutiesOpen(open) => {
            let open: Vec<_> = open.iter().copied().map(ClosingDuty::as_str).collect();
            return ServiceError::new(Reason::ClosingDutiesOpen, refusal.to_string()).with("open", open.join(","));
        }
        Refusal::OutcomeOfFollowUp => {
            return ServiceError::invalid(vec![("outcome".to_owned(), "only a follow-up ends so".to_owned())]);
        }
    };
    ServiceError::new(reason, refusal.to_string())
}
