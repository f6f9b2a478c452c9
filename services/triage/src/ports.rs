//! The one neighbor that triage calls: intake, the hub.

use futures::future::BoxFuture;
use harborline_identity::ProgramScope;
use harborline_proto::intake::v1::mesh_service_client::MeshServiceClient;
use harborline_proto::intake::v1::{RecordAssessmentRequest, RecordLoweringRequest};
use harborline_runtime::{MeshClient, for_program};
use harborline_types::{ContactId, LoweringId, RequestId};
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

    /// Tells intake that a lowering of the contact's acuity waits for the second person, or does not any more.
    ///
    /// # Errors
    /// Intake's refusal, or that it cannot be reached.
    fn record_lowering(
        &self,
        scope: ProgramScope,
        request_id: RequestId,
        contact: ContactId,
        lowering: LoweringId,
        is_pending: bool,
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
    fn record_lowering(
        &self,
        scope: ProgramScope,
        request_id: RequestId,
        contact: ContactId,
        lowering: LoweringId,
        is_pending: bool,
    ) -> BoxFuture<'_, Result<(), Status>> {
        Box::pin(async move {
            let request = RecordLoweringRequest {
                request_id: request_id.to_string(),
                contact_id: contact.to_string(),
                lowering_id: lowering.to_string(),
                is_pending,
            };
            self.client.clone().record_lowering(for_program(&scope, request)).await.map(drop)
        })
    }
}
