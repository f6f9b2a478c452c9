//! No counselor took a contact in the program's time: intake offers the caller the backup line, and the contact waits
//! on.

use std::sync::Arc;

use harborline_duties::{Done, DutyError, DutyRun};
use harborline_types::RequestId;

use crate::app::App;
use crate::domain::task::ContactStep;
use crate::store;

pub(super) async fn run(app: Arc<App>, run: DutyRun) -> Result<Done, DutyError> {
    let ContactStep { contact, step } = run.subject_id()?;
    let offered = store::backup_offered_get(&app.store, &run.scope, contact, step).await?;
    let offered = offered.ok_or_else(|| DutyError::lasting("the backup line was not offered at this step"))?;
    if !offered.wait_goes_on {
        return Ok(Done::Finished);
    }
    let request_id = RequestId::derived("RecordBackupOffered", &run.subject);
    app.intake.record_backup_offered(&run.scope, request_id, contact, offered.waited).await?;
    Ok(Done::Finished)
}
