//! "ended": intake is told that no follow-up of a contact is left. The subject is the contact's id.

use std::sync::Arc;

use harborline_duties::{Done, DutyError, DutyRun};
use harborline_types::{ContactId, RequestId};

use crate::app::App;
use crate::domain::plan::PlanState;
use crate::ports::IntakePort;
use crate::store::plan::plan_of_contact;

/// The kind.
pub(crate) const KIND: &str = "ended";

/// Tells intake, unless the plan was opened again meanwhile. A plan may end twice, first as not needed and later
/// otherwise, so its state is part of the request id.
pub(crate) async fn run(app: App, intake: Arc<dyn IntakePort>, run: DutyRun) -> Result<Done, DutyError> {
    let contact: ContactId = run.subject_id()?;
    let plan = plan_of_contact(&app.store, &run.scope, contact).await?;
    let plan = plan.ok_or_else(|| DutyError::lasting("an end without its plan"))?;
    if plan.state != PlanState::Open {
        let request_id = RequestId::derived("RecordFollowUpsEnded", format_args!("{contact}/{}", plan.state));
        intake.record_follow_ups_ended(run.scope, request_id, contact).await?;
    }
    Ok(Done::Finished)
}
