//! "report": intake is told a contact's newest assessment. The subject is the contact's id.
//!
//! Not the assessment that caused the duty but the newest one is told: intake wants no other, and one call then stands
//! for several.

use std::sync::Arc;

use harborline_duties::{Done, DutyError, DutyRun};
use harborline_types::{ContactId, RequestId};

use crate::app::App;
use crate::store::assessment::assessment_newest;

/// Tells intake.
pub(super) async fn run(app: Arc<App>, run: DutyRun) -> Result<Done, DutyError> {
    let contact: ContactId = run.subject_id()?;
    let newest = assessment_newest(&app.store, &run.scope, contact).await?;
    let newest = newest.ok_or_else(|| DutyError::lasting("a report without an assessment"))?;
    let request_id = RequestId::derived("RecordAssessment", format_args!("{contact}/{}", newest.sequence));
    app.intake.record_assessment(&run.scope, request_id, newest).await?;
    Ok(Done::Finished)
}
