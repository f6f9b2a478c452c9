//! The one neighbor that triage calls: intake, the hub.

use futures::future::BoxFuture;
use harborline_identity::ProgramScope;
use harborline_proto::intake::v1::RecordAssessmentRequest;
use harborline_proto::intake::v1::mesh_service_client::MeshServiceClient;
use harborline_runtime::{MeshClient, for_program};
use harborline_types::RequestId;
use tonic::Status;

use crate::domain::assessment::Assessment;

/// What triage asks of intake. The request id makes every call repeatable.
pub trait IntakePort: Send + Sync + 'static {
    /// Tells intake a contact's newest assessment.
    ///
    /// # Errors
    /// Intake's refusal, or that it cannot be reached.
    fn record_assessment(
        &self,
        scope: ProgramScope,
        request_id: RequestId,
        assessment: Assessment,
    ) -> BoxFuture<'_, Result<(), Status>>;
}

/// Intake, through the mesh.
pub struct Intake {
    client: MeshServiceClient<MeshClient>,
}

impl Intake {
    /// Intake behind this client.
    pub fn new(client: MeshClient) -> Self {
        Self { client: MeshServiceClient::new(client) }
    }
}

impl IntakePort for Intake {
    fn record_assessment(
        &self,
        scope: ProgramScope,
        request_id: RequestId,
        assessment: Assessment,
    ) -> BoxFuture<'_, Result<(), Status>> {
        Box::pin(async move {
            let assessment = Some(crate::rpc::wire::assessment(assessment));
            let request = RecordAssessmentRequest { request_id: request_id.to_string(), assessment };
            self.client.clone().record_assessment(for_program(&scope, request)).await.map(drop)
        })
    }
}
