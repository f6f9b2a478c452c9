//! The neighbors, as intake needs them. Each call may be repeated; its request id comes from what it is about.

use harborline_identity::ProgramScope;
use harborline_proto::availability::v1::ticket_service_client::TicketServiceClient;
use harborline_proto::common::v1 as common;
use harborline_proto::common::v1::access_record_service_client::AccessRecordServiceClient;
use harborline_proto::followup::v1::follow_up_service_client::FollowUpServiceClient;
use harborline_proto::referral::v1::disclosure_service_client::DisclosureServiceClient;
use harborline_proto::triage::v1::triage_service_client::TriageServiceClient;
use harborline_proto::{
    availability::v1 as availability, followup::v1 as followup, referral::v1 as referral, triage::v1 as triage,
};
use harborline_runtime::{MeshClient, for_program};
use tonic::{Response, Status};

/// Triage: turns facts into an acuity.
#[tonic::async_trait]
pub trait TriagePort: Send + Sync + 'static {
    /// Assesses a contact from its facts.
    async fn assess_contact(
        &self,
        scope: &ProgramScope,
        request: triage::AssessContactRequest,
    ) -> Result<triage::AssessContactResponse, Status>;

    /// The newest assessment of a contact.
    async fn get_assessment(
        &self,
        scope: &ProgramScope,
        request: triage::GetAssessmentRequest,
    ) -> Result<triage::GetAssessmentResponse, Status>;
}

/// Availability: the queue.
#[tonic::async_trait]
pub trait AvailabilityPort: Send + Sync + 'static {
    /// Puts a contact into the queue.
    async fn request_counselor(
        &self,
        scope: &ProgramScope,
        request: availability::RequestCounselorRequest,
    ) -> Result<availability::RequestCounselorResponse, Status>;

    /// Raises a waiting contact, or changes what it needs.
    async fn raise_ticket(
        &self,
        scope: &ProgramScope,
        request: availability::RaiseTicketRequest,
    ) -> Result<availability::RaiseTicketResponse, Status>;

    /// Takes a contact out of the queue.
    async fn withdraw_ticket(
        &self,
        scope: &ProgramScope,
        request: availability::WithdrawTicketRequest,
    ) -> Result<availability::WithdrawTicketResponse, Status>;

    /// Lets the counselor go.
    async fn release_counselor(
        &self,
        scope: &ProgramScope,
        request: availability::ReleaseCounselorRequest,
    ) -> Result<availability::ReleaseCounselorResponse, Status>;

    /// The counselor who has a contact now.
    async fn get_assignment(
        &self,
        scope: &ProgramScope,
        request: availability::GetAssignmentRequest,
    ) -> Result<availability::GetAssignmentResponse, Status>;
}

/// Followup: the obligation to reach a person again.
#[tonic::async_trait]
pub trait FollowUpPort: Send + Sync + 'static {
    /// Plans attempts for a contact that has ended.
    async fn plan_follow_ups(
        &self,
        scope: &ProgramScope,
        request: followup::PlanFollowUpsRequest,
    ) -> Result<followup::PlanFollowUpsResponse, Status>;

    /// Tells how an attempt went.
    async fn record_attempt(
        &self,
        scope: &ProgramScope,
        request: followup::RecordAttemptRequest,
    ) -> Result<followup::RecordAttemptResponse, Status>;

    /// Tells that nobody calls any more.
    async fn stop_follow_ups(
        &self,
        scope: &ProgramScope,
        request: followup::StopFollowUpsRequest,
    ) -> Result<followup::StopFollowUpsResponse, Status>;
}

/// Referral: whoever was told something about a person.
#[tonic::async_trait]
pub trait ReferralPort: Send + Sync + 'static {
    /// Tells that a consent was revoked.
    async fn record_consent_revoked(
        &self,
        scope: &ProgramScope,
        request: referral::RecordConsentRevokedRequest,
    ) -> Result<referral::RecordConsentRevokedResponse, Status>;

    /// Where a referral stands.
    async fn describe_referral(
        &self,
        scope: &ProgramScope,
        request: referral::DescribeReferralRequest,
    ) -> Result<referral::DescribeReferralResponse, Status>;
}

/// Any neighbor: what it has on record about accesses.
#[tonic::async_trait]
pub trait RecordsPort: Send + Sync + 'static {
    /// The acts that touched any of these participants and contacts.
    async fn list_recorded_accesses(
        &self,
        scope: &ProgramScope,
        request: common::ListRecordedAccessesRequest,
    ) -> Result<common::ListRecordedAccessesResponse, Status>;
}

#[tonic::async_trait]
impl RecordsPort for MeshClient {
    async fn list_recorded_accesses(
        &self,
        scope: &ProgramScope,
        request: common::ListRecordedAccessesRequest,
    ) -> Result<common::ListRecordedAccessesResponse, Status> {
        let mut client = AccessRecordServiceClient::new(self.clone());
        client.list_recorded_accesses(for_program(scope, request)).await.map(Response::into_inner)
    }
}

#[tonic::async_trait]
impl TriagePort for MeshClient {
    async fn assess_contact(
        &self,
        scope: &ProgramScope,
        request: triage::AssessContactRequest,
    ) -> Result<triage::AssessContactResponse, Status> {
        let mut client = TriageServiceClient::new(self.clone());
        client.assess_contact(for_program(scope, request)).await.map(Response::into_inner)
    }

    async fn get_assessment(
        &self,
        scope: &ProgramScope,
        request: triage::GetAssessmentRequest,
    ) -> Result<triage::GetAssessmentResponse, Status> {
        let mut client = TriageServiceClient::new(self.clone());
        client.get_assessment(for_program(scope, request)).await.map(Response::into_inner)
    }
}

#[tonic::async_trait]
impl AvailabilityPort for MeshClient {
    async fn request_counselor(
        &self,
        scope: &ProgramScope,
        request: availability::RequestCounselorRequest,
    ) -> Result<availability::RequestCounselorResponse, Status> {
        let mut client = TicketServiceClient::new(self.clone());
        client.request_counselor(for_program(scope, request)).await.map(Response::into_inner)
    }

    async fn raise_ticket(
        &self,
        scope: &ProgramScope,
        request: availability::RaiseTicketRequest,
    ) -> Result<availability::RaiseTicketResponse, Status> {
        let mut client = TicketServiceClient::new(self.clone());
        client.raise_ticket(for_program(scope, request)).await.map(Response::into_inner)
    }

    async fn withdraw_ticket(
        &self,
        scope: &ProgramScope,
        request: availability::WithdrawTicketRequest,
    ) -> Result<availability::WithdrawTicketResponse, Status> {
        let mut client = TicketServiceClient::new(self.clone());
        client.withdraw_ticket(for_program(scope, request)).await.map(Response::into_inner)
    }

    async fn release_counselor(
        &self,
        scope: &ProgramScope,
        request: availability::ReleaseCounselorRequest,
    ) -> Result<availability::ReleaseCounselorResponse, Status> {
        let mut client = TicketServiceClient::new(self.clone());
        client.release_counselor(for_program(scope, request)).await.map(Response::into_inner)
    }

    async fn get_assignment(
        &self,
        scope: &ProgramScope,
        request: availability::GetAssignmentRequest,
    ) -> Result<availability::GetAssignmentResponse, Status> {
        let mut client = TicketServiceClient::new(self.clone());
        client.get_assignment(for_program(scope, request)).await.map(Response::into_inner)
    }
}

#[tonic::async_trait]
impl FollowUpPort for MeshClient {
    async fn plan_follow_ups(
        &self,
        scope: &ProgramScope,
        request: followup::PlanFollowUpsRequest,
    ) -> Result<followup::PlanFollowUpsResponse, Status> {
        let mut client = FollowUpServiceClient::new(self.clone());
        client.plan_follow_ups(for_program(scope, request)).await.map(Response::into_inner)
    }

    async fn record_attempt(
        &self,
        scope: &ProgramScope,
        request: followup::RecordAttemptRequest,
    ) -> Result<followup::RecordAttemptResponse, Status> {
        let mut client = FollowUpServiceClient::new(self.clone());
        client.record_attempt(for_program(scope, request)).await.map(Response::into_inner)
    }

    async fn stop_follow_ups(
        &self,
        scope: &ProgramScope,
        request: followup::StopFollowUpsRequest,
    ) -> Result<followup::StopFollowUpsResponse, Status> {
        let mut client = FollowUpServiceClient::new(self.clone());
        client.stop_follow_ups(for_program(scope, request)).await.map(Response::into_inner)
    }
}

#[tonic::async_trait]
impl ReferralPort for MeshClient {
    async fn record_consent_revoked(
        &self,
        scope: &ProgramScope,
        request: referral::RecordConsentRevokedRequest,
    ) -> Result<referral::RecordConsentRevokedResponse, Status> {
        let mut client = DisclosureServiceClient::new(self.clone());
        client.record_consent_revoked(for_program(scope, request)).await.map(Response::into_inner)
    }

    async fn describe_referral(
        &self,
        scope: &ProgramScope,
        request: referral::DescribeReferralRequest,
    ) -> Result<referral::DescribeReferralResponse, Status> {
        let mut client = DisclosureServiceClient::new(self.clone());
        client.describe_referral(for_program(scope, request)).await.map(Response::into_inner)
    }
}
