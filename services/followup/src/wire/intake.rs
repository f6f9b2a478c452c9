//! Intake, behind the mesh.

use harborline_identity::ProgramScope;
use harborline_proto::intake::v1::mesh_service_client::MeshServiceClient;
use harborline_proto::intake::v1::{
    FollowUpsEnd, OpenOutboundContactRequest, RecordAttemptOverdueRequest, RecordFollowUpsEndedRequest,
};
use harborline_runtime::{MeshClient, for_program};
use harborline_types::wire::number;
use harborline_types::{ContactId, PlanId, RequestId, wire_enum};
use tonic::Status;

use crate::domain::plan::PlanEnd;
use crate::ports::IntakePort;

wire_enum!(PlanEnd, FollowUpsEnd { NotNeeded, Reached, Declined, NotReached, Stopped });

#[tonic::async_trait]
impl IntakePort for MeshClient {
    async fn open_outbound_contact(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        origin: ContactId,
        plan: PlanId,
        attempt: i32,
    ) -> Result<ContactId, Status> {
        let request = OpenOutboundContactRequest {
            request_id: request_id.to_string(),
            origin_contact_id: origin.to_string(),
            follow_up_plan_id: plan.to_string(),
            attempt,
        };
        let mut intake = MeshServiceClient::new(self.clone());
        let answer = intake.open_outbound_contact(for_program(scope, request)).await?.into_inner();
        answer.contact_id.parse().map_err(|_| Status::unknown("intake answered a contact id that is none"))
    }

    async fn record_attempt_overdue(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        contact: ContactId,
        plan: PlanId,
        attempt: i32,
    ) -> Result<(), Status> {
        let request = RecordAttemptOverdueRequest {
            request_id: request_id.to_string(),
            contact_id: contact.to_string(),
            follow_up_plan_id: plan.to_string(),
            attempt,
        };
        MeshServiceClient::new(self.clone()).record_attempt_overdue(for_program(scope, request)).await.map(drop)
    }

    async fn record_follow_ups_ended(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        contact: ContactId,
        sequence: i64,
        end: PlanEnd,
    ) -> Result<(), Status> {
        let request = RecordFollowUpsEndedRequest {
            request_id: request_id.to_string(),
            contact_id: contact.to_string(),
            sequence,
            end: number(end),
        };
        MeshServiceClient::new(self.clone()).record_follow_ups_ended(for_program(scope, request)).await.map(drop)
    }
}
