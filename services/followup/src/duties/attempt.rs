//! "attempt": when an attempt is due, intake opens an outbound contact for it. The subject is "<plan>/<number>".

use std::sync::Arc;

use harborline_duties::{Done, DutyError, DutyRun};
use harborline_types::RequestId;

use crate::app::App;
use crate::domain::task::AttemptOf;
use crate::store::plan::{plan_for_update, plan_get, plan_save};

/// Opens the outbound contact, then notes it. Dying in between is harmless: intake answers the same contact again.
pub(super) async fn run(app: Arc<App>, run: DutyRun) -> Result<Done, DutyError> {
    let subject: AttemptOf = run.subject_id()?;
    let plan = plan_get(&app.store, &run.scope, subject.plan).await?;
    let plan = plan.ok_or_else(|| DutyError::lasting("an attempt without its plan"))?;
    let Some(planned) = plan.planned().filter(|planned| planned.number == subject.number) else {
        return Ok(Done::Finished);
    };
    if planned.due_at > app.clock.now() {
        return Ok(Done::Again(planned.due_at));
    }
    let request_id = RequestId::derived("OpenOutboundContact", subject);
    let opened = app.intake.open_outbound_contact(&run.scope, request_id, plan.contact, plan.id, subject.number);
    let outbound = opened.await?;

    let mut tx = app.store.begin(&run.scope).await?;
    let plan = plan_for_update(&mut tx, &run.scope, subject.plan).await?;
    let mut plan = plan.ok_or_else(|| DutyError::lasting("an attempt without its plan"))?;
    if plan.begin(subject.number, outbound) {
        plan_save(&mut tx, &run.scope, &plan).await?;
    }
    tx.commit().await?;
    Ok(Done::Finished)
}
