//! Transport of consents and disclosures.

use harborline_proto::intake::v1 as pb;
use harborline_proto::intake::v1::consent_service_server::ConsentService;
use harborline_status::answer;
use tonic::{Request, Response, Status};

use super::{IntakeRpc, list_consents, record_consent, revoke_consent};

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

    async fn list_consents(
        &self,
        request: Request<pb::ListConsentsRequest>,
    ) -> Result<Response<pb::ListConsentsResponse>, Status> {
        answer(list_consents::handle(&self.app, request).await)
    }
}
