//! "overdue": an attempt was not made by the time at which it had to be, and intake is told, so that a supervisor decides.
//! The subject is the plan's id.

use std::sync::Arc;

use harborline_duties::{Done, DutyError, DutyRun};
use harborline_types::{PlanId, RequestId};

use crate::app::App;
use crate::domain::digest::Entry;
use crate::store::digest::digest_append;
use crate::store::plan::{plan_for_update, plan_get, plan_save};

/// Tells intake, then notes it, once for each latest time. Dying in between is harmless: intake answers a repeated
/// request id as it did. An attempt that takes the place of one that nobody made has the same latest time and is not told
/// again.
pub(super) async fn run(app: Arc<App>, run: DutyRun) -> Result<Done, DutyError> {
    let id: PlanId = run.subject_id()?;
    let plan = plan_get(&app.store, &run.scope, id).await?;
    let plan = plan.ok_or_else(|| DutyError::lasting("a late attempt without its plan"))?;
    let Some(awaited) = plan.awaited() else { return Ok(Done::Finished) };
    let due_by = awaited.due_by;
    if due_by > app.clock.now() {
        return Ok(Done::Again(due_by));
    }
    let subject = format!("{id}/{}/{}", awaited.number, due_by.timestamp_micros());
    let request_id = RequestId::derived("RecordAttemptOverdue", subject);
    app.intake.record_attempt_overdue(&run.scope, request_id, plan.contact, id, awaited.number).await?;

    let mut tx = app.store.begin(&run.scope).await?;
    let plan = plan_for_update(&mut tx, &run.scope, id).await?;
    let mut plan = plan.ok_or_else(|| DutyError::lasting("a late attempt without its plan"))?;
    let now = app.clock.now();
    if let Some(late) = plan.note_overdue(due_by, now) {
        plan_save(&mut tx, &run.scope, &plan).await?;
        if let Some(participant) = plan.participant {
            digest_append(&mut tx, &run.scope, participant, &Entry::of_overdue(&plan, &late, now)).await?;
        }
    }
    tx.commit().await?;
    Ok(Done::Finished)
}
