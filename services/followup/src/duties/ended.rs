//! "ended": intake is told that no follow-up of a contact is left. The subject is the contact's id.

use std::sync::Arc;

use harborline_duties::{Done, DutyError, DutyRun};
use harborline_types::{ContactId, RequestId};

use crate::app::App;
use crate::store::plan::plan_of_contact;

/// Tells intake, unless the plan was opened again meanwhile, with the newest of what intake asked.
///
/// Only something newer opens an ended plan, so one sequence ends once, and makes the request id with the state. When the
/// plan is opened again while this call is on its way, it tells of an end that was: intake takes none that is older than
/// what it has asked, so that changes nothing there.
pub(super) async fn run(app: Arc<App>, run: DutyRun) -> Result<Done, DutyError> {
    let contact: ContactId = run.subject_id()?;
    let plan = plan_of_contact(&app.store, &run.scope, contact).await?;
    let plan = plan.ok_or_else(|| DutyError::lasting("an end without its plan"))?;
    if let Some(end) = plan.state.end() {
        let subject = format!("{contact}/{}/{}", plan.sequence, plan.state);
        let request_id = RequestId::derived("RecordFollowUpsEnded", subject);
        app.intake.record_follow_ups_ended(&run.scope, request_id, contact, plan.sequence, end).await?;
    }
    Ok(Done::Finished)
}
