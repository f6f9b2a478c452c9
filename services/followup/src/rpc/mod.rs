//! Transport: each RPC is handed to its story and its outcome wrapped.

mod acknowledge_session_digest;
mod get_follow_up_plan;
mod get_session_digest;
mod list_follow_up_plans;
mod plan_follow_ups;
mod record_attempt;
mod stop_follow_ups;
mod wire;

use harborline_proto::followup::v1 as pb;
use harborline_proto::followup::v1::follow_up_service_server::FollowUpService;
use harborline_status::answer;
use tonic::{Request, Response, Status};

use crate::app::App;

/// The service, over its parts.
#[derive(Clone)]
pub struct FollowUpRpc {
    app: App,
}

impl FollowUpRpc {
    /// Serves these parts.
    pub fn new(app: App) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl FollowUpService for FollowUpRpc {
    async fn plan_follow_ups(
        &self,
        request: Request<pb::PlanFollowUpsRequest>,
    ) -> Result<Response<pb::PlanFollowUpsResponse>, Status> {
        answer(plan_follow_ups::handle(&self.app, request).await)
    }

    async fn record_attempt(
        &self,
        request: Request<pb::RecordAttemptRequest>,
    ) -> Result<Response<pb::RecordAttemptResponse>, Status> {
        answer(record_attempt::handle(&self.app, request).await)
    }

    async fn stop_follow_ups(
        &self,
        request: Request<pb::StopFollowUpsRequest>,
    ) -> Result<Response<pb::StopFollowUpsResponse>, Status> {
        answer(stop_follow_ups::handle(&self.app, request).await)
    }

    async fn get_follow_up_plan(
        &self,
        request: Request<pb::GetFollowUpPlanRequest>,
    ) -> Result<Response<pb::GetFollowUpPlanResponse>, Status> {
        answer(get_follow_up_plan::handle(&self.app, request).await)
    }

    async fn list_follow_up_plans(
        &self,
        request: Request<pb::ListFollowUpPlansRequest>,
    ) -> Result<Response<pb::ListFollowUpPlansResponse>, Status> {
        answer(list_follow_up_plans::handle(&self.app, request).await)
    }

    async fn get_session_digest(
        &self,
        request: Request<pb::GetSessionDigestRequest>,
    ) -> Result<Response<pb::GetSessionDigestResponse>, Status> {
        answer(get_session_digest::handle(&self.app, request).await)
    }

    async fn acknowledge_session_digest(
        &self,
        request: Request<pb::AcknowledgeSessionDigestRequest>,
    ) -> Result<Response<pb::AcknowledgeSessionDigestResponse>, Status> {
        answer(acknowledge_session_digest::handle(&self.app, request).await)
    }
}
