//! Transport: unwrap, call, wrap. Each RPC's story is in the file of its name.

mod break_glass;
mod check_disclosure;
mod close_contact;
mod complete_closing_duty;
mod confirm_consent;
mod confirm_hand_off;
mod decide_family_disclosure;
mod decisions;
mod describe_contact;
mod describe_participant;
mod disclosures;
mod end_break_glass;
mod end_part2_protection;
mod enroll_participant;
mod expire_consent;
mod get_care_brief;
mod get_contact;
mod get_contact_details;
mod get_program;
mod leave_contact;
mod list_accesses;
mod list_break_glass;
mod list_consents;
mod list_contacts;
mod list_custody;
mod list_decisions;
mod make_decision;
mod newest_assessment;
mod open_contact;
mod open_outbound_contact;
mod opening;
mod permit;
mod put_program;
mod record_assessment;
mod record_assignment;
mod record_attempt_overdue;
mod record_backup_offered;
mod record_consent;
mod record_counselor_lost;
mod record_follow_ups_ended;
mod record_joined;
mod record_lowering;
mod record_referral_accepted;
mod record_referral_ended;
mod record_supervisor_on_call;
mod register_referral;
mod review_break_glass;
mod revoke_consent;
mod seen_by;
mod watch_contact;

use std::sync::Arc;

use harborline_proto::intake::v1 as pb;
use harborline_proto::intake::v1::access_service_server::AccessService;
use harborline_proto::intake::v1::contact_service_server::ContactService;
use harborline_proto::intake::v1::mesh_service_server::MeshService;
use harborline_proto::intake::v1::program_service_server::ProgramService;
use harborline_status::answer;
use tonic::{Request, Response, Status};

use crate::App;

/// The contracts of intake.
#[derive(Clone)]
pub struct IntakeRpc {
    app: Arc<App>,
}

impl IntakeRpc {
    /// The contracts over one app.
    pub fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

// === impl ProgramService ===

#[tonic::async_trait]
impl ProgramService for IntakeRpc {
    async fn put_program(
        &self,
        request: Request<pb::PutProgramRequest>,
    ) -> Result<Response<pb::PutProgramResponse>, Status> {
        answer(put_program::handle(&self.app, request).await)
    }

    async fn end_part2_protection(
        &self,
        request: Request<pb::EndPart2ProtectionRequest>,
    ) -> Result<Response<pb::EndPart2ProtectionResponse>, Status> {
        answer(end_part2_protection::handle(&self.app, request).await)
    }

    async fn get_program(
        &self,
        request: Request<pb::GetProgramRequest>,
    ) -> Result<Response<pb::GetProgramResponse>, Status> {
        answer(get_program::handle(&self.app, request).await)
    }

    async fn enroll_participant(
        &self,
        request: Request<pb::EnrollParticipantRequest>,
    ) -> Result<Response<pb::EnrollParticipantResponse>, Status> {
        answer(enroll_participant::handle(&self.app, request).await)
    }

    async fn get_care_brief(
        &self,
        request: Request<pb::GetCareBriefRequest>,
    ) -> Result<Response<pb::GetCareBriefResponse>, Status> {
        answer(get_care_brief::handle(&self.app, request).await)
    }
}

// === impl ContactService ===

#[tonic::async_trait]
impl ContactService for IntakeRpc {
    type WatchContactStream = watch_contact::Contacts;

    async fn open_contact(
        &self,
        request: Request<pb::OpenContactRequest>,
    ) -> Result<Response<pb::OpenContactResponse>, Status> {
        answer(open_contact::handle(&self.app, request).await)
    }

    async fn get_contact(
        &self,
        request: Request<pb::GetContactRequest>,
    ) -> Result<Response<pb::GetContactResponse>, Status> {
        answer(get_contact::handle(&self.app, request).await)
    }

    async fn list_contacts(
        &self,
        request: Request<pb::ListContactsRequest>,
    ) -> Result<Response<pb::ListContactsResponse>, Status> {
        answer(list_contacts::handle(&self.app, request).await)
    }

    async fn get_contact_details(
        &self,
        request: Request<pb::GetContactDetailsRequest>,
    ) -> Result<Response<pb::GetContactDetailsResponse>, Status> {
        answer(get_contact_details::handle(&self.app, request).await)
    }

    async fn watch_contact(
        &self,
        request: Request<pb::WatchContactRequest>,
    ) -> Result<Response<Self::WatchContactStream>, Status> {
        answer(watch_contact::handle(&self.app, request).await)
    }

    async fn leave_contact(
        &self,
        request: Request<pb::LeaveContactRequest>,
    ) -> Result<Response<pb::LeaveContactResponse>, Status> {
        answer(leave_contact::handle(&self.app, request).await)
    }

    async fn confirm_hand_off(
        &self,
        request: Request<pb::ConfirmHandOffRequest>,
    ) -> Result<Response<pb::ConfirmHandOffResponse>, Status> {
        answer(confirm_hand_off::handle(&self.app, request).await)
    }

    async fn complete_closing_duty(
        &self,
        request: Request<pb::CompleteClosingDutyRequest>,
    ) -> Result<Response<pb::CompleteClosingDutyResponse>, Status> {
        answer(complete_closing_duty::handle(&self.app, request).await)
    }

    async fn close_contact(
        &self,
        request: Request<pb::CloseContactRequest>,
    ) -> Result<Response<pb::CloseContactResponse>, Status> {
        answer(close_contact::handle(&self.app, request).await)
    }

    async fn list_custody(
        &self,
        request: Request<pb::ListCustodyRequest>,
    ) -> Result<Response<pb::ListCustodyResponse>, Status> {
        answer(list_custody::handle(&self.app, request).await)
    }
}

// === impl AccessService ===

#[tonic::async_trait]
impl AccessService for IntakeRpc {
    async fn list_accesses(
        &self,
        request: Request<pb::ListAccessesRequest>,
    ) -> Result<Response<pb::ListAccessesResponse>, Status> {
        answer(list_accesses::handle(&self.app, request).await)
    }
}

// === impl MeshService ===

#[tonic::async_trait]
impl MeshService for IntakeRpc {
    async fn record_assessment(
        &self,
        request: Request<pb::RecordAssessmentRequest>,
    ) -> Result<Response<pb::RecordAssessmentResponse>, Status> {
        answer(record_assessment::handle(&self.app, request).await)
    }

    async fn record_lowering(
        &self,
        request: Request<pb::RecordLoweringRequest>,
    ) -> Result<Response<pb::RecordLoweringResponse>, Status> {
        answer(record_lowering::handle(&self.app, request).await)
    }

    async fn record_assignment(
        &self,
        request: Request<pb::RecordAssignmentRequest>,
    ) -> Result<Response<pb::RecordAssignmentResponse>, Status> {
        answer(record_assignment::handle(&self.app, request).await)
    }

    async fn record_counselor_lost(
        &self,
        request: Request<pb::RecordCounselorLostRequest>,
    ) -> Result<Response<pb::RecordCounselorLostResponse>, Status> {
        answer(record_counselor_lost::handle(&self.app, request).await)
    }

    async fn record_joined(
        &self,
        request: Request<pb::RecordJoinedRequest>,
    ) -> Result<Response<pb::RecordJoinedResponse>, Status> {
        answer(record_joined::handle(&self.app, request).await)
    }

    async fn record_backup_offered(
        &self,
        request: Request<pb::RecordBackupOfferedRequest>,
    ) -> Result<Response<pb::RecordBackupOfferedResponse>, Status> {
        answer(record_backup_offered::handle(&self.app, request).await)
    }

    async fn record_supervisor_on_call(
        &self,
        request: Request<pb::RecordSupervisorOnCallRequest>,
    ) -> Result<Response<pb::RecordSupervisorOnCallResponse>, Status> {
        answer(record_supervisor_on_call::handle(&self.app, request).await)
    }

    async fn register_referral(
        &self,
        request: Request<pb::RegisterReferralRequest>,
    ) -> Result<Response<pb::RegisterReferralResponse>, Status> {
        answer(register_referral::handle(&self.app, request).await)
    }

    async fn record_referral_accepted(
        &self,
        request: Request<pb::RecordReferralAcceptedRequest>,
    ) -> Result<Response<pb::RecordReferralAcceptedResponse>, Status> {
        answer(record_referral_accepted::handle(&self.app, request).await)
    }

    async fn record_referral_ended(
        &self,
        request: Request<pb::RecordReferralEndedRequest>,
    ) -> Result<Response<pb::RecordReferralEndedResponse>, Status> {
        answer(record_referral_ended::handle(&self.app, request).await)
    }

    async fn open_outbound_contact(
        &self,
        request: Request<pb::OpenOutboundContactRequest>,
    ) -> Result<Response<pb::OpenOutboundContactResponse>, Status> {
        answer(open_outbound_contact::handle(&self.app, request).await)
    }

    async fn record_attempt_overdue(
        &self,
        request: Request<pb::RecordAttemptOverdueRequest>,
    ) -> Result<Response<pb::RecordAttemptOverdueResponse>, Status> {
        answer(record_attempt_overdue::handle(&self.app, request).await)
    }

    async fn record_follow_ups_ended(
        &self,
        request: Request<pb::RecordFollowUpsEndedRequest>,
    ) -> Result<Response<pb::RecordFollowUpsEndedResponse>, Status> {
        answer(record_follow_ups_ended::handle(&self.app, request).await)
    }

    async fn describe_contact(
        &self,
        request: Request<pb::DescribeContactRequest>,
    ) -> Result<Response<pb::DescribeContactResponse>, Status> {
        answer(describe_contact::handle(&self.app, request).await)
    }

    async fn describe_participant(
        &self,
        request: Request<pb::DescribeParticipantRequest>,
    ) -> Result<Response<pb::DescribeParticipantResponse>, Status> {
        answer(describe_participant::handle(&self.app, request).await)
    }

    async fn check_disclosure(
        &self,
        request: Request<pb::CheckDisclosureRequest>,
    ) -> Result<Response<pb::CheckDisclosureResponse>, Status> {
        answer(check_disclosure::handle(&self.app, request).await)
    }
}
