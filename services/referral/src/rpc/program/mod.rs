//! `harborline.referral.v1`: for the program's own people.

mod cancel_referral;
mod create_referral;
mod get_referral;
mod list_facilities;
mod list_referrals;
mod put_facility;

use std::sync::Arc;

use harborline_proto::referral::v1 as pb;
use harborline_proto::referral::v1::referral_service_server::ReferralService;
use harborline_status::answer;
use tonic::{Request, Response, Status};

use crate::app::App;

/// Serves `ReferralService`.
#[derive(Clone)]
pub struct ReferralRpc {
    app: Arc<App>,
}

impl ReferralRpc {
    /// Over the service's parts.
    pub fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl ReferralService for ReferralRpc {
    async fn put_facility(
        &self,
        request: Request<pb::PutFacilityRequest>,
    ) -> Result<Response<pb::PutFacilityResponse>, Status> {
        answer(put_facility::handle(&self.app, request).await)
    }

    async fn list_facilities(
        &self,
        request: Request<pb::ListFacilitiesRequest>,
    ) -> Result<Response<pb::ListFacilitiesResponse>, Status> {
        answer(list_facilities::handle(&self.app, request).await)
    }

    async fn create_referral(
        &self,
        request: Request<pb::CreateReferralRequest>,
    ) -> Result<Response<pb::CreateReferralResponse>, Status> {
        answer(create_referral::handle(&self.app, request).await)
    }

    async fn get_referral(
        &self,
        request: Request<pb::GetReferralRequest>,
    ) -> Result<Response<pb::GetReferralResponse>, Status> {
        answer(get_referral::handle(&self.app, request).await)
    }

    async fn list_referrals(
        &self,
        request: Request<pb::ListReferralsRequest>,
    ) -> Result<Response<pb::ListReferralsResponse>, Status> {
        answer(list_referrals::handle(&self.app, request).await)
    }

    async fn cancel_referral(
        &self,
        request: Request<pb::CancelReferralRequest>,
    ) -> Result<Response<pb::CancelReferralResponse>, Status> {
        answer(cancel_referral::handle(&self.app, request).await)
    }
}
