//! What the other services and the front end tell intake of a contact, as the tests say it.

use harborline_identity::ServiceName;
use harborline_proto::common::v1 as common;
use harborline_proto::intake::v1 as pb;
use harborline_proto::intake::v1::contact_service_server::ContactService;
use harborline_proto::intake::v1::mesh_service_server::MeshService;
use harborline_testkit::request;
use harborline_types::{Clock, FacilityId, ReferralId};
use tonic::Status;

use crate::fixture::{Given, id, somebody};

impl Given {
    pub(crate) async fn put_supervisor(&self, who: &str, sequence: i64) {
        let message = pb::RecordSupervisorOnCallRequest { request_id: id(), supervisor: Some(somebody(who)), sequence };
        let call = self.as_service(ServiceName::Availability);
        self.rpc.record_supervisor_on_call(request(&call, message)).await.unwrap();
    }

    pub(crate) async fn assign(&self, contact_id: &str, counselor: &str, assignment: i32) -> bool {
        let message = pb::RecordAssignmentRequest {
            request_id: id(),
            contact_id: contact_id.to_owned(),
            counselor: Some(somebody(counselor)),
            assignment,
            accepted_at: Some(harborline_types::wire::timestamp(Clock::System.now())),
        };
        let call = self.as_service(ServiceName::Availability);
        self.rpc.record_assignment(request(&call, message)).await.unwrap().into_inner().engaged
    }

    pub(crate) async fn lowering(&self, contact_id: &str, lowering_id: &str, is_pending: bool) {
        let (contact_id, lowering_id) = (contact_id.to_owned(), lowering_id.to_owned());
        let message = pb::RecordLoweringRequest { request_id: id(), contact_id, lowering_id, is_pending };
        self.rpc.record_lowering(request(&self.as_service(ServiceName::Triage), message)).await.unwrap();
    }

    pub(crate) async fn lose(&self, contact_id: &str, assignment: i32) {
        let message =
            pb::RecordCounselorLostRequest { request_id: id(), contact_id: contact_id.to_owned(), assignment };
        let call = self.as_service(ServiceName::Availability);
        self.rpc.record_counselor_lost(request(&call, message)).await.unwrap();
    }

    /// Nobody could answer in time: the caller is offered the backup line.
    pub(crate) async fn offer_backup(&self, contact_id: &str) {
        self.try_to_offer_backup(contact_id).await.unwrap();
    }

    pub(crate) async fn try_to_offer_backup(&self, contact_id: &str) -> Result<(), Status> {
        let message = pb::RecordBackupOfferedRequest {
            request_id: id(),
            contact_id: contact_id.to_owned(),
            waited: Some(prost_types::Duration { seconds: 60, nanos: 0 }),
        };
        let call = self.as_service(ServiceName::Availability);
        self.rpc.record_backup_offered(request(&call, message)).await.map(drop)
    }

    /// The backup line has the caller.
    pub(crate) async fn confirm_hand_off(&self, contact_id: &str) -> Result<pb::Contact, Status> {
        let message = pb::ConfirmHandOffRequest { request_id: id(), contact_id: contact_id.to_owned() };
        let answer = self.rpc.confirm_hand_off(request(&self.front_end(), message)).await?;
        Ok(answer.into_inner().contact.unwrap())
    }

    pub(crate) async fn hand_off(&self, contact_id: &str) {
        self.offer_backup(contact_id).await;
        self.confirm_hand_off(contact_id).await.unwrap();
    }

    pub(crate) async fn assess(&self, assessment: common::Assessment) {
        let message = pb::RecordAssessmentRequest { request_id: id(), assessment: Some(assessment) };
        self.rpc.record_assessment(request(&self.as_service(ServiceName::Triage), message)).await.unwrap();
    }

    /// A referral is about to be made; its id.
    pub(crate) async fn register_referral(&self, contact_id: &str) -> String {
        let referral_id = ReferralId::new().to_string();
        let message = pb::RegisterReferralRequest {
            request_id: id(),
            contact_id: contact_id.to_owned(),
            referral_id: referral_id.clone(),
        };
        self.rpc.register_referral(request(&self.as_service(ServiceName::Referral), message)).await.unwrap();
        referral_id
    }

    pub(crate) async fn end_referral(&self, contact_id: &str, referral_id: &str) {
        let message = pb::RecordReferralEndedRequest {
            request_id: id(),
            contact_id: contact_id.to_owned(),
            referral_id: referral_id.to_owned(),
        };
        self.rpc.record_referral_ended(request(&self.as_service(ServiceName::Referral), message)).await.unwrap();
    }

    pub(crate) async fn accept_referral(&self, contact_id: &str) {
        self.accept(contact_id, &ReferralId::new().to_string()).await;
    }

    /// A clinic accepts a referral.
    pub(crate) async fn accept(&self, contact_id: &str, referral_id: &str) {
        let message = pb::RecordReferralAcceptedRequest {
            request_id: id(),
            contact_id: contact_id.to_owned(),
            referral_id: referral_id.to_owned(),
            facility_id: FacilityId::new().to_string(),
            owner: Some(somebody("clinic-nurse")),
        };
        let call = self.as_service(ServiceName::Referral);
        self.rpc.record_referral_accepted(request(&call, message)).await.unwrap();
    }

    /// Followup has nothing left of all that was asked for.
    pub(crate) async fn end_follow_ups(&self, contact_id: &str) {
        self.end_follow_ups_as(contact_id, i64::MAX, pb::FollowUpsEnd::Reached).await;
    }

    pub(crate) async fn end_follow_ups_as(&self, contact_id: &str, sequence: i64, end: pb::FollowUpsEnd) {
        let contact_id = contact_id.to_owned();
        let message = pb::RecordFollowUpsEndedRequest { request_id: id(), contact_id, sequence, end: end.into() };
        let call = self.as_service(ServiceName::Followup);
        self.rpc.record_follow_ups_ended(request(&call, message)).await.unwrap();
    }

    pub(crate) async fn open_outbound(&self, origin: &str, plan: &str, attempt: i32) -> String {
        let message = pb::OpenOutboundContactRequest {
            request_id: id(),
            origin_contact_id: origin.to_owned(),
            follow_up_plan_id: plan.to_owned(),
            attempt,
        };
        let call = self.as_service(ServiceName::Followup);
        self.rpc.open_outbound_contact(request(&call, message)).await.unwrap().into_inner().contact_id
    }
}
