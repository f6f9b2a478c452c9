//! Intake, behind the mesh.

use harborline_identity::ProgramScope;
use harborline_proto::intake::v1::mesh_service_client::MeshServiceClient;
use harborline_proto::intake::v1::{RecordAssessmentRequest, RecordLoweringRequest};
use harborline_runtime::{MeshClient, for_program};
use harborline_types::{ContactId, LoweringId, RequestId};
use tonic::Status;

use crate::domain::assessment::Assessment;
use crate::ports::IntakePort;

#[tonic::async_trait]
impl IntakePort for MeshClient {
    async fn record_assessment(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        assessment: Assessment,
    ) -> Result<(), Status> {
        let request = RecordAssessmentRequest {
            request_id: request_id.to_string(),
            assessment: Some(super::assessment(assessment)),
        };
        MeshServiceClient::new(self.clone()).record_assessment(for_program(scope, request)).await.map(drop)
    }

    async fn record_lowering(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        contact: ContactId,
        lowering: LoweringId,
        is_pending: bool,
    ) -> Result<(), Status> {
        let request = RecordLoweringRequest {
            request_id: request_id.to_string(),
            contact_id: contact.to_string(),
            lowering_id: lowering.to_string(),
            is_pending,
        };
        MeshServiceClient::new(self.clone()).record_lowering(for_program(scope, request)).await.map(drop)
    }
}
