//! What can go wrong in intake, and what of it the caller learns.

use std::time::Duration;

use harborline_status::{Reason, ServiceError};
use harborline_store::StoreError;
use harborline_types::{BreakGlassId, ClosingDuty, ConsentId, ContactId, DecisionId, ParticipantId, SupportPersonId};

use crate::domain::break_glass::BreakGlassRefusal;
use crate::domain::closing::ClosingRefused;
use crate::domain::contact::Refusal;
use crate::domain::decision::DecisionRefusal;
use crate::domain::safety_plan::PlanRefusal;

/// Why a call did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IntakeError {
    #[error("the program is not set up")]
    ProgramNotReady,
    #[error("the program is under 42 CFR Part 2, which EndPart2Protection ends")]
    Part2InForce,
    #[error("no such participant")]
    ParticipantNotFound(ParticipantId),
    #[error("no such support person")]
    SupportPersonNotFound(SupportPersonId),
    #[error("no such program rule")]
    ProgramRuleNotFound,
    #[error("no such contact")]
    ContactNotFound(ContactId),
    #[error("no such decision")]
    DecisionNotFound(DecisionId),
    #[error("the decision is not made so")]
    DecisionRefused(#[from] DecisionRefusal),
    #[error("availability does not answer who has the contact")]
    AssignmentUnknown,
    #[error("a counselor is in the contact, as far as is known here")]
    CounselorStillThere,
    #[error("no such consent")]
    ConsentNotFound(ConsentId),
    #[error("no such emergency access")]
    BreakGlassNotFound(BreakGlassId),
    #[error("the emergency access does not change so")]
    BreakGlassRefused(#[from] BreakGlassRefusal),
    #[error("the dedicated number belongs to another participant")]
    DedicatedNumberTaken,
    #[error("the caller's own access token says who they are")]
    CallerIdentified,
    #[error("the caller has not said this participant's phrase in this contact")]
    CallerNotVerified,
    #[error("the safety plan does not change so")]
    PlanRefused(#[from] PlanRefusal),
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
            IntakeError::Part2InForce => ServiceError::new(Reason::Part2InForce, error.to_string()),
            IntakeError::ParticipantNotFound(id) => {
                ServiceError::not_found(Reason::ParticipantNotFound, "participant", id)
            }
            IntakeError::SupportPersonNotFound(id) => {
                ServiceError::not_found(Reason::SupportPersonNotFound, "support person", id)
            }
            IntakeError::ProgramRuleNotFound => {
                ServiceError::not_found_unnamed(Reason::ProgramRuleNotFound, "program rule")
            }
            IntakeError::ContactNotFound(id) => ServiceError::not_found(Reason::ContactNotFound, "contact", id),
            IntakeError::DecisionNotFound(id) => ServiceError::not_found(Reason::DecisionNotFound, "decision", id),
            IntakeError::DecisionRefused(refusal) => undecided(refusal),
            IntakeError::AssignmentUnknown | IntakeError::CounselorStillThere => {
                ServiceError::new(Reason::TemporarilyUnavailable, error.to_string()).retry_after(RETRY_AFTER)
            }
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
            IntakeError::CallerIdentified => ServiceError::new(Reason::CallerIdentified, error.to_string()),
            IntakeError::CallerNotVerified => ServiceError::new(Reason::CallerNotVerified, error.to_string()),
            IntakeError::PlanRefused(refusal) => plan_refused(refusal),
            IntakeError::DedicatedNumberTaken => ServiceError::new(Reason::DedicatedNumberTaken, error.to_string()),
            IntakeError::Refused(refusal) => refused(&refusal),
            IntakeError::Store(error) => error.into(),
            IntakeError::Service(error) => error,
        }
    }
}

/// When a caller may repeat what was not known yet.
const RETRY_AFTER: Duration = Duration::from_secs(1);

fn undecided(refusal: DecisionRefusal) -> ServiceError {
    match refusal {
        DecisionRefusal::Made(verdict) => {
            ServiceError::new(Reason::DecisionMade, refusal.to_string()).with("verdict", verdict.as_str())
        }
        DecisionRefusal::Withdrawn => {
            ServiceError::new(Reason::DecisionMade, refusal.to_string()).with("verdict", "withdrawn")
        }
        DecisionRefusal::NothingPlanned => ServiceError::invalid(vec![("verdict".to_owned(), refusal.to_string())]),
        DecisionRefusal::NotIndependent => ServiceError::new(Reason::ReviewerNotIndependent, refusal.to_string()),
        DecisionRefusal::OfTriage => ServiceError::invalid(vec![("decision_id".to_owned(), refusal.to_string())]),
    }
}

fn plan_refused(refusal: PlanRefusal) -> ServiceError {
    match refusal {
        PlanRefusal::EntryNotFound(id) => {
            ServiceError::not_found(Reason::SafetyPlanEntryNotFound, "safety plan entry", id)
        }
        PlanRefusal::Changed => ServiceError::new(Reason::EtagMismatch, refusal.to_string()),
        PlanRefusal::SectionFull => ServiceError::new(Reason::SafetyPlanSectionFull, refusal.to_string()),
    }
}

fn listed(reason: Reason, message: &str, key: &'static str, duties: &[ClosingDuty]) -> ServiceError {
    let duties: Vec<_> = duties.iter().copied().map(ClosingDuty::as_str).collect();
    ServiceError::new(reason, message).with(key, duties.join(","))
}

fn refused(refusal: &Refusal) -> ServiceError {
    let reason = match refusal {
        Refusal::Ended => Reason::ContactEnded,
        Refusal::NotAnswered => Reason::ContactNotAnswered,
        Refusal::NotInContact => Reason::CounselorNotInContact,
        Refusal::DutiesOpen(open) => {
            return listed(Reason::ClosingDutiesOpen, &refusal.to_string(), "open", open);
        }
        Refusal::Closing(ClosingRefused::NotOwed(duties)) => {
            return listed(Reason::ClosingDutyNotOwed, &refusal.to_string(), "not_owed", duties);
        }
        Refusal::Closing(ClosingRefused::Unproven(duties)) => {
            return listed(Reason::ClosingDutyUnproven, &refusal.to_string(), "unproven", duties);
        }
        Refusal::HandOffNotOffered => Reason::HandOffNotOffered,
        Refusal::OutcomeOfFollowUp => {
            return ServiceError::invalid(vec![("outcome".to_owned(), "only a follow-up ends so".to_owned())]);
        }
    };
    ServiceError::new(reason, refusal.to_string())
}
