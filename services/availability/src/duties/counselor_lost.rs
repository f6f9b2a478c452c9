//! A counselor did not reconnect within the grace: intake moves custody of the contact to the supervisor on call.

use std::sync::Arc;

use harborline_duties::{Done, DutyError, DutyRun};
use harborline_types::RequestId;

use crate::app::App;
use crate::domain::task::AssignmentOf;

pub(super) async fn run(app: Arc<App>, run: DutyRun) -> Result<Done, DutyError> {
    let AssignmentOf { contact, number } = run.subject_id()?;
    let request_id = RequestId::derived("RecordCounselorLost", &run.subject);
    app.intake.record_counselor_lost(&run.scope, request_id, contact, number).await?;
    Ok(Done::Finished)
}
