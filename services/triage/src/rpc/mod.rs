//! Transport: each RPC is handed to its story and its outcome wrapped.

mod assess_contact;
mod confirm_lowering;
mod get_assessment;
mod get_lowering;
mod get_protocol;
mod judge_acuity;
mod opened;
mod record_screening;
mod vouched;
pub(crate) mod wire;

use harborline_proto::triage::v1 as pb;
use harborline_proto::triage::v1::triage_service_server::TriageService;
use harborline_status::answer;
use tonic::{Request, Response, Status};

use crate::app::App;

/// The service, over its parts.
#[derive(Clone)]
pub struct TriageRpc {
    app: App,
}

impl TriageRpc {
    /// Serves these parts.
    pub fn new(app: App) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl TriageService for TriageRpc {
    async fn assess_contact(
        &self,
        request: Request<pb::AssessContactRequest>,
    ) -> Result<Response<pb::AssessContactResponse>, Status> {
        answer(assess_contact::handle(&self.app, request).await)
    }

    async fn record_screening(
        &self,
        request: Request<pb::RecordScreeningRequest>,
    ) -> Result<Response<pb::RecordScreeningResponse>, Status> {
        answer(record_screening::handle(&self.app, request).await)
    }

    async fn judge_acuity(
        &self,
        request: Request<pb::JudgeAcuityRequest>,
    ) -> Result<Response<pb::JudgeAcuityResponse>, Status> {
        answer(judge_acuity::handle(&self.app, request).await)
    }

    async fn get_lowering(
        &self,
        request: Request<pb::GetLoweringRequest>,
    ) -> Result<Response<pb::GetLoweringResponse>, Status> {
        answer(get_lowering::handle(&self.app, request).await)
    }

    async fn confirm_lowering(
        &self,
        request: Request<pb::ConfirmLoweringRequest>,
    ) -> Result<Response<pb::ConfirmLoweringResponse>, Status> {
        answer(confirm_lowering::handle(&self.app, request).await)
    }

    async fn get_assessment(
        &self,
        request: Request<pb::GetAssessmentRequest>,
    ) -> Result<Response<pb::GetAssessmentResponse>, Status> {
        answer(get_assessment::handle(&self.app, request).await)
    }

    async fn get_protocol(
        &self,
        request: Request<pb::GetProtocolRequest>,
    ) -> Result<Response<pb::GetProtocolResponse>, Status> {
        answer(get_protocol::handle(&self.app, request).await)
    }
}
