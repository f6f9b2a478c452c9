//! A counselor's connection did not come back: intake takes custody back to the supervisor on call.

use std::sync::Arc;

use harborline_duties::{Done, DutyError, DutyRun};
use harborline_proto::intake::v1 as pb;
use harborline_types::RequestId;

use crate::app::App;

pub(super) async fn run(app: Arc<App>, run: DutyRun) -> Result<Done, DutyError> {
    let (contact, assignment) = super::assignment_of(&run)?;
    let request = pb::RecordCounselorLostRequest {
        request_id: RequestId::derived("RecordCounselorLost", &run.subject).to_string(),
        contact_id: contact.to_string(),
        assignment,
    };
    app.intake.record_counselor_lost(run.scope, request).await?;
    Ok(Done::Finished)
}
