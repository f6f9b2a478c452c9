//! The neighbor that this service calls.

use futures::future::BoxFuture;
use harborline_identity::ProgramScope;
use harborline_proto::intake::v1 as pb;
use harborline_proto::intake::v1::mesh_service_client::MeshServiceClient;
use harborline_runtime::{MeshClient, for_program};
use tonic::Status;

/// What intake is told. Every call may be repeated for ever.
pub trait IntakePort: Send + Sync + 'static {
    /// A counselor has accepted. The answer says whether the contact still wants one.
    fn record_assignment(
        &self,
        scope: ProgramScope,
        request: pb::RecordAssignmentRequest,
    ) -> BoxFuture<'_, Result<pb::RecordAssignmentResponse, Status>>;

    /// Somebody has joined a contact, or left it.
    fn record_joined(
        &self,
        scope: ProgramScope,
        request: pb::RecordJoinedRequest,
    ) -> BoxFuture<'_, Result<pb::RecordJoinedResponse, Status>>;

    /// The counselor's connection did not come back.
    fn record_counselor_lost(
        &self,
        scope: ProgramScope,
        request: pb::RecordCounselorLostRequest,
    ) -> BoxFuture<'_, Result<pb::RecordCounselorLostResponse, Status>>;

    /// Nobody could take the contact in time: the caller is offered the backup line.
    fn record_backup_offered(
        &self,
        scope: ProgramScope,
        request: pb::RecordBackupOfferedRequest,
    ) -> BoxFuture<'_, Result<pb::RecordBackupOfferedResponse, Status>>;

    /// Who is supervisor on call.
    fn record_supervisor_on_call(
        &self,
        scope: ProgramScope,
        request: pb::RecordSupervisorOnCallRequest,
    ) -> BoxFuture<'_, Result<pb::RecordSupervisorOnCallResponse, Status>>;
}

/// Intake over the mesh.
pub struct Intake {
    client: MeshServiceClient<MeshClient>,
}

impl Intake {
    /// Intake at the other end of `client`.
    pub fn over(client: MeshClient) -> Self {
        Self { client: MeshServiceClient::new(client) }
    }
}

impl IntakePort for Intake {
    fn record_assignment(
        &self,
        scope: ProgramScope,
        request: pb::RecordAssignmentRequest,
    ) -> BoxFuture<'_, Result<pb::RecordAssignmentResponse, Status>> {
        let mut client = self.client.clone();
        Box::pin(async move { Ok(client.record_assignment(for_program(&scope, request)).await?.into_inner()) })
    }

    fn record_joined(
        &self,
        scope: ProgramScope,
        request: pb::RecordJoinedRequest,
    ) -> BoxFuture<'_, Result<pb::RecordJoinedResponse, Status>> {
        let mut client = self.client.clone();
        Box::pin(async move { Ok(client.record_joined(for_program(&scope, request)).await?.into_inner()) })
    }

    fn record_counselor_lost(
        &self,
        scope: ProgramScope,
        request: pb::RecordCounselorLostRequest,
    ) -> BoxFuture<'_, Result<pb::RecordCounselorLostResponse, Status>> {
        let mut client = self.client.clone();
        Box::pin(async move { Ok(client.record_counselor_lost(for_program(&scope, request)).await?.into_inner()) })
    }

    fn record_backup_offered(
        &self,
        scope: ProgramScope,
        request: pb::RecordBackupOfferedRequest,
    ) -> BoxFuture<'_, Result<pb::RecordBackupOfferedResponse, Status>> {
        let mut client = self.client.clone();
        Box::pin(async move { Ok(client.record_backup_offered(for_program(&scope, request)).await?.into_inner()) })
    }

    fn record_supervisor_on_call(
        &self,
        scope: ProgramScope,
        request: pb::RecordSupervisorOnCallRequest,
    ) -> BoxFuture<'_, Result<pb::RecordSupervisorOnCallResponse, Status>> {
        let mut client = self.client.clone();
        Box::pin(async move { Ok(client.record_supervisor_on_call(for_program(&scope, request)).await?.into_inner()) })
    }
}
