//! The one neighbor that triage calls: intake, the hub.

use harborline_identity::ProgramScope;
use harborline_types::{ContactId, LoweringId, RequestId};
use tonic::Status;

use crate::domain::assessment::Assessment;

/// What intake is told. The request id makes every call repeatable. It fails with intake's refusal, or when intake cannot be
/// reached.
#[tonic::async_trait]
pub trait IntakePort: Send + Sync + 'static {
    /// A contact's newest assessment.
    async fn record_assessment(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        assessment: Assessment,
    ) -> Result<(), Status>;

    /// A lowering of the contact's acuity waits for the second person, or does not any more.
    async fn record_lowering(
        &self,
        scope: &ProgramScope,
        request_id: RequestId,
        contact: ContactId,
        lowering: LoweringId,
        is_pending: bool,
    ) -> Result<(), Status>;
}
