//! What a service answers when it refuses.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::time::Duration;

use harborline_proto::common::v1::Reason;
use harborline_types::BudgetSpent;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};
use uuid::Uuid;

/// `google.rpc.ErrorInfo.domain` of every error.
pub const ERROR_DOMAIN: &str = "harborline";

type Source = Box<dyn Error + Send + Sync>;

/// A refusal or a fault, ready for the wire.
pub struct ServiceError {
    reason: Reason,
    message: String,
    metadata: BTreeMap<String, String>,
    violations: Vec<(String, String)>,
    resource: Option<(&'static str, String)>,
    retry_after: Option<Duration>,
    source: Option<Source>,
}

impl ServiceError {
    /// A refusal for this reason. The message is for developers, lower case, without personal or health information.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
            metadata: BTreeMap::new(),
            violations: Vec::new(),
            resource: None,
            retry_after: None,
            source: None,
        }
    }

    /// One or more fields of the request are wrong: field path and what it must be.
    pub fn invalid(violations: Vec<(String, String)>) -> Self {
        let fields: Vec<_> = violations.iter().map(|(field, _)| field.as_str()).collect();
        let message = format!("wrong fields: {}", fields.join(", "));
        Self { violations, ..Self::new(Reason::RequestInvalid, message) }
    }

    /// The caller's program has no such row. `kind` is the resource's type, for example `"contact"`. Only an id that
    /// was made by a service is repeated: what somebody wrote as an id may be anything.
    ///
    /// ```compile_fail,E0277
    /// use harborline_status::{Reason, ServiceError};
    /// ServiceError::not_found(Reason::CounselorNotFound, "counselor", "what somebody wrote");
    /// ```
    pub fn not_found(reason: Reason, kind: &'static str, id: impl Into<Uuid>) -> Self {
        Self { resource: Some((kind, id.into().to_string())), ..Self::not_found_unnamed(reason, kind) }
    }

    /// The caller's program has no such row, and its id is a text that people choose.
    pub fn not_found_unnamed(reason: Reason, kind: &'static str) -> Self {
        Self { resource: Some((kind, String::new())), ..Self::new(reason, format!("no such {kind}")) }
    }

    /// A part that is needed does not answer now; repeating the same request is safe.
    pub fn unavailable(message: impl Into<String>, source: impl Into<Source>) -> Self {
        Self {
            retry_after: Some(Duration::from_millis(250)),
            source: Some(source.into()),
            ..Self::new(Reason::TemporarilyUnavailable, message)
        }
    }

    /// A fault of ours. `operation` says what was being done; the source goes to the log and not to the caller.
    pub fn internal(operation: impl Into<String>, source: impl Into<Source>) -> Self {
        Self { source: Some(source.into()), ..Self::new(Reason::InternalFault, operation) }
    }

    /// Adds a machine-readable fact to `ErrorInfo.metadata`.
    pub fn with(mut self, key: &str, value: impl fmt::Display) -> Self {
        self.metadata.insert(key.to_owned(), value.to_string());
        self
    }

    /// Says when repeating the same request is worth it.
    pub fn retry_after(mut self, delay: Duration) -> Self {
        self.retry_after = Some(delay);
        self
    }

    /// The wrong fields, each with what it must be.
    pub fn wrong_fields(&self) -> &[(String, String)] {
        &self.violations
    }

    /// Why.
    pub fn reason(&self) -> Reason {
        self.reason
    }

    /// The gRPC code that this reason always travels with.
    pub fn code(&self) -> Code {
        code_of(self.reason)
    }
}

fn code_of(reason: Reason) -> Code {
    use Reason::*;
    match reason {
        RequestInvalid | RequestIdReused | CursorInvalid => Code::InvalidArgument,
        CredentialInvalid => Code::Unauthenticated,
        CallerNotAllowed | CounselorNotInContact | ReviewerNotIndependent => Code::PermissionDenied,
        TemporarilyUnavailable => Code::Unavailable,
        Overloaded | StreamsTooMany | ComputationTooLarge => Code::ResourceExhausted,
        DeadlineOver => Code::DeadlineExceeded,
        EtagMismatch => Code::Aborted,
        MethodUnknown => Code::Unimplemented,
        DedicatedNumberTaken | TransferOpen => Code::AlreadyExists,
        ProgramNotFound
        | ParticipantNotFound
        | ContactNotFound
        | AssessmentNotFound
        | CounselorNotFound
        | PoolNotFound
        | TicketNotFound
        | OfferNotFound
        | FacilityNotFound
        | ReferralNotFound
        | FollowUpPlanNotFound
        | SessionDigestNotFound
        | ConsentNotFound
        | BreakGlassNotFound
        | DecisionNotFound
        | SafetyPlanEntryNotFound
        | ShiftNotFound
        | ShiftSwapNotFound
        | CoverageRequirementNotFound
        | LoweringNotFound
        | SupportPersonNotFound
        | ProgramRuleNotFound => Code::NotFound,
        RecordsDestroyed
        | ProgramNotReady
        | ContactEnded
        | ContactNotAnswered
        | ClosingDutiesOpen
        | CustodyMismatch
        | DecisionMade
        | LoweringEnded
        | CallerIdentified
        | CallerNotVerified
        | SafetyPlanSectionFull
        | HandOffNotOffered
        | ClosingDutyNotOwed
        | ClosingDutyUnproven
        | OfferExpired
        | OfferClosed
        | TicketClosed
        | CounselorNotPresent
        | CounselorEngaged
        | RosterNotReady
        | ShiftSwapClosed
        | ShiftOverlaps
        | ArrivalsUnknown
        | TransferNotAccepted
        | ReferralStateConflict
        | ReferralUnplaced
        | ReferralsTooMany
        | FollowUpPlanEnded
        | DisclosureRefused
        | BreakGlassReviewed
        | Part2InForce => Code::FailedPrecondition,
        Unspecified | InternalFault => Code::Internal,
    }
}

/// The written form of a reason: the contract's name without its prefix.
pub(crate) fn written(reason: Reason) -> &'static str {
    reason.as_str_name().trim_start_matches("REASON_")
}

impl From<ServiceError> for Status {
    fn from(mut error: ServiceError) -> Self {
        if error.code() == Code::Internal {
            let reference = Uuid::new_v4();
            tracing::error!(%reference, operation = %error.message, error = %chain(&error), "internal fault");
            error.message = "internal fault".to_owned();
            error.metadata.insert("reference".to_owned(), reference.to_string());
        }
        let metadata: std::collections::HashMap<_, _> = error.metadata.clone().into_iter().collect();
        let mut details = ErrorDetails::with_error_info(written(error.reason), ERROR_DOMAIN, metadata);
        for (field, description) in &error.violations {
            details.add_bad_request_violation(field, description);
        }
        if let Some((kind, id)) = &error.resource {
            details.set_resource_info(*kind, id, "", "not in the caller's program");
        }
        if error.retry_after.is_some() {
            details.set_retry_info(error.retry_after);
        }
        Status::with_error_details(error.code(), error.message, details)
    }
}

impl From<BudgetSpent> for ServiceError {
    fn from(spent: BudgetSpent) -> Self {
        Self::new(Reason::ComputationTooLarge, spent.to_string())
    }
}

fn chain(error: &ServiceError) -> String {
    let mut text = String::new();
    let mut next: Option<&dyn Error> = error.source.as_deref().map(|source| source as &dyn Error);
    while let Some(source) = next {
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&source.to_string());
        next = source.source();
    }
    text
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", written(self.reason), self.message)
    }
}

impl fmt::Debug for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} ({})", chain(self))
    }
}

impl Error for ServiceError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{reason_of, violations_of};

    #[test]
    fn every_reason_has_a_written_form_without_its_prefix() {
        assert_eq!(written(Reason::OfferExpired), "OFFER_EXPIRED");
    }

    #[test]
    fn a_refused_request_names_all_its_wrong_fields() {
        let error = ServiceError::invalid(vec![("a".into(), "is required".into()), ("b".into(), "is wrong".into())]);
        let status = Status::from(error);
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(reason_of(&status), Some(Reason::RequestInvalid));
        assert_eq!(violations_of(&status), ["a", "b"]);
    }

    #[test]
    fn an_internal_fault_leaves_as_a_reference_only() {
        let status = Status::from(ServiceError::internal("reading a row", "the secret"));
        assert_eq!(status.message(), "internal fault");
        assert!(!String::from_utf8_lossy(status.details()).contains("secret"));
        assert!(status.get_error_details().error_info().unwrap().metadata.contains_key("reference"));
    }
}
