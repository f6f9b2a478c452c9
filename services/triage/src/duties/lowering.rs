//! "lowering": intake is told that a lowering waits for the second person, so that a supervisor is paged, and that it does
//! not any more. The subject is the lowering's id.
//!
//! It runs when a lowering is judged, when it ends, and when its time is over; each time it tells what is so then.

use std::sync::Arc;

use harborline_duties::{Done, DutyError, DutyRun};
use harborline_types::{LoweringId, RequestId};

use crate::app::App;
use crate::domain::lowering::LoweringState;
use crate::store::lowering::lowering_find;

/// Tells intake.
pub(super) async fn run(app: Arc<App>, run: DutyRun) -> Result<Done, DutyError> {
    let id: LoweringId = run.subject_id()?;
    let lowering = lowering_find(&app.store, &run.scope, id).await?;
    let lowering = lowering.ok_or_else(|| DutyError::lasting("a lowering that nobody judged"))?;
    let is_pending = lowering.state(app.clock.now()) == LoweringState::Pending;
    let request_id = RequestId::derived("RecordLowering", format_args!("{id}/{is_pending}"));
    app.intake.record_lowering(&run.scope, request_id, lowering.contact, id, is_pending).await?;
    Ok(if is_pending { Done::Again(lowering.expires_at) } else { Done::Finished })
}
