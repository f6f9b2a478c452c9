//! Transport of consents and disclosures.

use harborline_proto::intake::v1 as pb;
use harborline_proto::intake::v1::consent_service_server::ConsentService;
use harborline_proto::intake::v1::disclosure_service_server::DisclosureService;
use harborline_status::answer;
use tonic::{Request, Response, Status};

use super::{
    IntakeRpc, break_glass, confirm_consent, decide_family_disclosure, end_break_glass, expire_consent,
    list_break_glass, list_consents, record_consent, review_break_glass, revoke_consent,
};

// === impl ConsentService ===

#[tonic::async_trait]
impl ConsentService for IntakeRpc {
    async fn record_consent(
        &self,
        request: Request<pb::RecordConsentRequest>,
    ) -> Result<Response<pb::RecordConsentResponse>, Status> {
        answer(record_consent::handle(&self.app, request).await)
    }

    async fn revoke_consent(
        &self,
        request: Request<pb::RevokeConsentRequest>,
    ) -> Result<Response<pb::RevokeConsentResponse>, Status> {
        answer(revoke_consent::handle(&self.app, request).await)
    }

    async fn expire_consent(
        &self,
        request: Request<pb::ExpireConsentRequest>,
    ) -> Result<Response<pb::ExpireConsentResponse>, Status> {
        answer(expire_consent::handle(&self.app, request).await)
    }

    async fn confirm_consent(
        &self,
        request: Request<pb::ConfirmConsentRequest>,
    ) -> Result<Response<pb::ConfirmConsentResponse>, Status> {
        answer(confirm_consent::handle(&self.app, request).await)
    }

    async fn list_consents(
        &self,
        request: Request<pb::ListConsentsRequest>,
    ) -> Result<Response<pb::ListConsentsResponse>, Status> {
        answer(list_consents::handle(&self.app, request).await)
    }
}

// === impl DisclosureService ===

#[tonic::async_trait]
impl DisclosureService for IntakeRpc {
    async fn decide_family_disclosure(
        &self,
        request: Request<pb::DecideFamilyDisclosureRequest>,
    ) -> Result<Response<pb::DecideFamilyDisclosureResponse>, Status> {
        answer(decide_family_disclosure::handle(&self.app, request).await)
    }

    async fn break_glass(
        &self,
        request: Request<pb::BreakGlassRequest>,
    ) -> Result<Response<pb::BreakGlassResponse>, Status> {
        answer(break_glass::handle(&self.app, request).await)
    }

    async fn end_break_glass(
        &self,
        request: Request<pb::EndBreakGlassRequest>,
    ) -> Result<Response<pb::EndBreakGlassResponse>, Status> {
        answer(end_break_glass::handle(&self.app, request).await)
    }

    async fn list_break_glass(
        &self,
        request: Request<pb::ListBreakGlassRequest>,
    ) -> Result<Response<pb::ListBreakGlassResponse>, Status> {
        answer(list_break_glass::handle(&self.app, request).await)
    }

    async fn review_break_glass(
        &self,
        request: Request<pb::ReviewBreakGlassRequest>,
    ) -> Result<Response<pb::ReviewBreakGlassResponse>, Status> {
        answer(review_break_glass::handle(&self.app, request).await)
    }
}
