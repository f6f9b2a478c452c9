//! The neighbors of an intake whose duties are held: nobody asks them.

use std::sync::Arc;

use harborline_identity::ProgramScope;
use harborline_intake::Ports;
use harborline_intake::domain::assessment::Assessment;
use harborline_intake::ports::{
    AttemptEnded, AvailabilityPort, ContactEnded, CounselorWanted, FactsToAssess, FollowUpPort, InContact,
    NewestAssessment, ReferralPort, SecondCounselor, TicketRaised, TriagePort,
};
use harborline_types::{ConsentId, ContactId, ReferralId, RequestId, Timestamp};
use tonic::Status;

pub(super) fn neighbors() -> Ports {
    let unasked = Arc::new(Unasked);
    Ports {
        triage: unasked.clone(),
        availability: unasked.clone(),
        follow_up: unasked.clone(),
        referral: unasked,
        records: Vec::new(),
    }
}

/// A neighbor that is away.
struct Unasked;

fn away<T>() -> Result<T, Status> {
    Err(Status::unavailable("the bench has no neighbors"))
}

#[tonic::async_trait]
impl TriagePort for Unasked {
    async fn assess_contact(&self, _: &ProgramScope, _: RequestId, _: FactsToAssess) -> Result<Assessment, Status> {
        away()
    }

    async fn newest_assessment(&self, _: &ProgramScope, _: ContactId) -> Result<NewestAssessment, Status> {
        away()
    }
}

#[tonic::async_trait]
impl AvailabilityPort for Unasked {
    async fn request_counselor(&self, _: &ProgramScope, _: RequestId, _: CounselorWanted) -> Result<(), Status> {
        away()
    }

    async fn raise_ticket(&self, _: &ProgramScope, _: RequestId, _: TicketRaised) -> Result<(), Status> {
        away()
    }

    async fn withdraw_ticket(&self, _: &ProgramScope, _: RequestId, _: ContactId, _: bool) -> Result<(), Status> {
        away()
    }

    async fn request_second_counselor(&self, _: &ProgramScope, _: RequestId, _: SecondCounselor) -> Result<(), Status> {
        away()
    }

    async fn release_counselor(&self, _: &ProgramScope, _: RequestId, _: ContactId) -> Result<(), Status> {
        away()
    }

    async fn get_assignment(&self, _: &ProgramScope, _: ContactId) -> Result<InContact, Status> {
        away()
    }
}

#[tonic::async_trait]
impl FollowUpPort for Unasked {
    async fn plan_follow_ups(&self, _: &ProgramScope, _: RequestId, _: ContactEnded) -> Result<(), Status> {
        away()
    }

    async fn record_attempt(&self, _: &ProgramScope, _: RequestId, _: AttemptEnded) -> Result<(), Status> {
        away()
    }

    async fn stop_follow_ups(&self, _: &ProgramScope, _: RequestId, _: ContactId, _: bool) -> Result<(), Status> {
        away()
    }
}

#[tonic::async_trait]
impl ReferralPort for Unasked {
    async fn record_consent_revoked(
        &self,
        _: &ProgramScope,
        _: RequestId,
        _: ConsentId,
        _: Timestamp,
    ) -> Result<(), Status> {
        away()
    }

    async fn describe_referral(&self, _: &ProgramScope, _: ReferralId) -> Result<(), Status> {
        away()
    }
}
