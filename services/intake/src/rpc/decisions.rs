//! Transport of decisions.

use harborline_proto::intake::v1 as pb;
use harborline_proto::intake::v1::decision_service_server::DecisionService;
use harborline_status::answer;
use tonic::{Request, Response, Status};

use super::{IntakeRpc, list_decisions, make_decision};

// === impl DecisionService ===

#[tonic::async_trait]
impl DecisionService for IntakeRpc {
    async fn list_decisions(
        &self,
        request: Request<pb::ListDecisionsRequest>,
    ) -> Result<Response<pb::ListDecisionsResponse>, Status> {
        answer(list_decisions::handle(&self.app, request).await)
    }

    async fn make_decision(
        &self,
        request: Request<pb::MakeDecisionRequest>,
    ) -> Result<Response<pb::MakeDecisionResponse>, Status> {
        answer(make_decision::handle(&self.app, request).await)
    }
}
