//! The calls to intake over the mesh.

use std::time::Duration;

use harborline_identity::ProgramScope;
use harborline_proto::intake::v1 as pb;
use harborline_proto::intake::v1::mesh_service_client::MeshServiceClient;
use harborline_runtime::{MeshClient, for_program};
use harborline_types::wire::timestamp;
use harborline_types::{ContactId, Person, RequestId};
use tonic::Status;

use crate::ports::{AssignmentMade, IntakePort, JoinedNow};

#[tonic::async_trait]
impl IntakePort for MeshClient {
    async fn record_assignment(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        assignment: AssignmentMade,
    ) -> Result<bool, Status> {
        let request = pb::RecordAssignmentRequest {
            request_id: request_id.to_string(),
            contact_id: assignment.contact.to_string(),
            counselor: Some(assignment.counselor.into()),
            assignment: assignment.number,
            accepted_at: Some(timestamp(assignment.accepted_at)),
        };
        let answer = MeshServiceClient::new(self.clone()).record_assignment(for_program(scope, request)).await?;
        Ok(answer.into_inner().engaged)
    }

    async fn record_joined(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        joined: JoinedNow,
    ) -> Result<(), Status> {
        let request = pb::RecordJoinedRequest {
            request_id: request_id.to_string(),
            contact_id: joined.contact.to_string(),
            ticket_id: joined.ticket.to_string(),
            sequence: joined.sequence,
            person_id: joined.person.map(|person| person.to_string()).unwrap_or_default(),
        };
        MeshServiceClient::new(self.clone()).record_joined(for_program(scope, request)).await.map(drop)
    }

    async fn record_counselor_lost(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        contact: ContactId,
        assignment: i32,
    ) -> Result<(), Status> {
        let request = pb::RecordCounselorLostRequest {
            request_id: request_id.to_string(),
            contact_id: contact.to_string(),
            assignment,
        };
        MeshServiceClient::new(self.clone()).record_counselor_lost(for_program(scope, request)).await.map(drop)
    }

    async fn record_backup_offered(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        contact: ContactId,
        waited: Duration,
    ) -> Result<(), Status> {
        let request = pb::RecordBackupOfferedRequest {
            request_id: request_id.to_string(),
            contact_id: contact.to_string(),
            waited: prost_types::Duration::try_from(waited).ok(),
        };
        MeshServiceClient::new(self.clone()).record_backup_offered(for_program(scope, request)).await.map(drop)
    }

    async fn record_supervisor_on_call(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        supervisor: Person,
        sequence: i64,
    ) -> Result<(), Status> {
        let request = pb::RecordSupervisorOnCallRequest {
            request_id: request_id.to_string(),
            supervisor: Some(supervisor.into()),
            sequence,
        };
        MeshServiceClient::new(self.clone()).record_supervisor_on_call(for_program(scope, request)).await.map(drop)
    }
}
