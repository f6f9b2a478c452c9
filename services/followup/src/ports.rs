//! The one neighbor that followup calls: intake, the hub.

use harborline_identity::ProgramScope;
use harborline_types::{ContactId, PlanId, RequestId};
use tonic::Status;

use crate::domain::plan::PlanEnd;

/// What followup asks of intake and tells it. The request id makes every call repeatable. It fails with intake's refusal, or
/// when intake cannot be reached.
#[tonic::async_trait]
pub trait IntakePort: Send + Sync + 'static {
    /// Opens an outbound contact for an attempt; answers its id, the same one when repeated.
    async fn open_outbound_contact(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        origin: ContactId,
        plan: PlanId,
        attempt: i32,
    ) -> Result<ContactId, Status>;

    /// An attempt was not made by the time at which it had to be.
    async fn record_attempt_overdue(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        contact: ContactId,
        plan: PlanId,
        attempt: i32,
    ) -> Result<(), Status>;

    /// No follow-up of a contact is left of what intake asked for up to `sequence`, and why.
    async fn record_follow_ups_ended(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        contact: ContactId,
        sequence: i64,
        end: PlanEnd,
    ) -> Result<(), Status>;
}
