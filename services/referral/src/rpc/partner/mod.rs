//! `harborline.partner.v1`: all that a clinic sees. The clinic is the one of the access token.

mod accept_referral;
mod claim_referral;
mod complete_referral;
mod decline_referral;
mod disclosure;
mod get_referral;
mod watch_referrals;

use std::pin::Pin;
use std::sync::Arc;

use futures::Stream;
use harborline_proto::partner::v1 as pb;
use harborline_proto::partner::v1::partner_service_server::PartnerService;
use harborline_runtime::StreamAge;
use harborline_status::answer;
use tonic::{Request, Response, Status};

use crate::app::App;

/// Serves `PartnerService`.
#[derive(Clone)]
pub struct PartnerRpc {
    app: Arc<App>,
    streams: StreamAge,
}

impl PartnerRpc {
    /// Over the service's parts; `streams` ends those that nobody ended.
    pub fn new(app: Arc<App>, streams: StreamAge) -> Self {
        Self { app, streams }
    }
}

#[tonic::async_trait]
impl PartnerService for PartnerRpc {
    type WatchReferralsStream = Pin<Box<dyn Stream<Item = Result<pb::WatchReferralsResponse, Status>> + Send>>;

    async fn watch_referrals(
        &self,
        request: Request<pb::WatchReferralsRequest>,
    ) -> Result<Response<Self::WatchReferralsStream>, Status> {
        answer(watch_referrals::handle(&self.app, &self.streams, request).await)
    }

    async fn get_referral(
        &self,
        request: Request<pb::GetReferralRequest>,
    ) -> Result<Response<pb::GetReferralResponse>, Status> {
        answer(get_referral::handle(&self.app, request).await)
    }

    async fn claim_referral(
        &self,
        request: Request<pb::ClaimReferralRequest>,
    ) -> Result<Response<pb::ClaimReferralResponse>, Status> {
        answer(claim_referral::handle(&self.app, request).await)
    }

    async fn accept_referral(
        &self,
        request: Request<pb::AcceptReferralRequest>,
    ) -> Result<Response<pb::AcceptReferralResponse>, Status> {
        answer(accept_referral::handle(&self.app, request).await)
    }

    async fn decline_referral(
        &self,
        request: Request<pb::DeclineReferralRequest>,
    ) -> Result<Response<pb::DeclineReferralResponse>, Status> {
        answer(decline_referral::handle(&self.app, request).await)
    }

    async fn complete_referral(
        &self,
        request: Request<pb::CompleteReferralRequest>,
    ) -> Result<Response<pb::CompleteReferralResponse>, Status> {
        answer(complete_referral::handle(&self.app, request).await)
    }
}
