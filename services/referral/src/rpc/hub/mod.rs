//! `harborline.referral.v1.DisclosureService`: what intake tells about disclosures, and asks about referrals.

mod describe_referral;
mod record_consent_revoked;

use std::sync::Arc;

use harborline_proto::referral::v1 as pb;
use harborline_proto::referral::v1::disclosure_service_server::DisclosureService;
use harborline_status::answer;
use tonic::{Request, Response, Status};

use crate::app::App;

/// Serves `DisclosureService`.
#[derive(Clone)]
pub struct DisclosureRpc {
    app: Arc<App>,
}

impl DisclosureRpc {
    /// Over the service's parts.
    pub fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl DisclosureService for DisclosureRpc {
    async fn record_consent_revoked(
        &self,
        request: Request<pb::RecordConsentRevokedRequest>,
    ) -> Result<Response<pb::RecordConsentRevokedResponse>, Status> {
        answer(record_consent_revoked::handle(&self.app, request).await)
    }

    async fn describe_referral(
        &self,
        request: Request<pb::DescribeReferralRequest>,
    ) -> Result<Response<pb::DescribeReferralResponse>, Status> {
        answer(describe_referral::handle(&self.app, request).await)
    }
}
