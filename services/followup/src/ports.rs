//! The one neighbor that followup calls: intake, the hub.

use futures::future::BoxFuture;
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

wire_enum!(PlanEnd, FollowUpsEnd { NotNeeded, Reached, Declined, NotReached, Stopped });

/// What followup asks of intake. The request id makes every call repeatable.
pub trait IntakePort: Send + Sync + 'static {
    /// Opens an outbound contact for an attempt; answers its id, the same one when repeated.
    ///
    /// # Errors
    /// Intake's refusal, or that it cannot be reached.
    fn open_outbound_contact(
        &self,
        scope: ProgramScope,
        request_id: RequestId,
        origin: ContactId,
        plan: PlanId,
        attempt: i32,
    ) -> BoxFuture<'_, Result<ContactId, Status>>;

    /// Tells intake that an attempt was not made by the time at which it had to be.
    ///
    /// # Errors
    /// Intake's refusal, or that it cannot be reached.
    fn record_attempt_overdue(
        &self,
        scope: ProgramScope,
        request_id: RequestId,
        contact: ContactId,
        plan: PlanId,
        attempt: i32,
    ) -> BoxFuture<'_, Result<(), Status>>;

    /// Tells intake that no follow-up of a contact is left of what it asked for up to `sequence`, and why.
    ///
    /// # Errors
    /// Intake's refusal, or that it cannot be reached.
    fn record_follow_ups_ended(
        &self,
        scope: ProgramScope,
        request_id: RequestId,
        contact: ContactId,
        sequence: i64,
        end: PlanEnd,
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
    fn open_outbound_contact(
        &self,
        scope: ProgramScope,
        request_id: RequestId,
        origin: ContactId,
        plan: PlanId,
        attempt: i32,
    ) -> BoxFuture<'_, Result<ContactId, Status>> {
        Box::pin(async move {
            let request = OpenOutboundContactRequest {
                request_id: request_id.to_string(),
                origin_contact_id: origin.to_string(),
                follow_up_plan_id: plan.to_string(),
                attempt,
            };
            let answer = self.client.clone().open_outbound_contact(for_program(&scope, request)).await?.into_inner();
            answer.contact_id.parse().map_err(|_| Status::unknown("intake answered a contact id that is none"))
        })
    }

    fn record_attempt_overdue(
        &self,
        scope: ProgramScope,
        request_id: RequestId,
        contact: ContactId,
        plan: PlanId,
        attempt: i32,
    ) -> BoxFuture<'_, Result<(), Status>> {
        Box::pin(async move {
            let request = RecordAttemptOverdueRequest {
                request_id: request_id.to_string(),
                contact_id: contact.to_string(),
                follow_up_plan_id: plan.to_string(),
                attempt,
            };
            self.client.clone().record_attempt_overdue(for_program(&scope, request)).await.map(drop)
        })
    }

    fn record_follow_ups_ended(
        &self,
        scope: ProgramScope,
        request_id: RequestId,
        contact: ContactId,
        sequence: i64,
        end: PlanEnd,
    ) -> BoxFuture<'_, Result<(), Status>> {
        Box::pin(async move {
            let request = RecordFollowUpsEndedRequest {
                request_id: request_id.to_string(),
                contact_id: contact.to_string(),
                sequence,
                end: number(end),
            };
            self.client.clone().record_follow_ups_ended(for_program(&scope, request)).await.map(drop)
        })
    }
}
