//! The backup line has the contact.

use std::sync::Arc;

use harborline_duties::{Done, DutyError, DutyRun};
use harborline_proto::intake::v1 as pb;
use harborline_types::{ContactId, RequestId};

use crate::app::App;
use crate::store;

/// Why contacts are handed off; the only reason there is.
const NO_COUNSELOR_IN_TIME: &str = "no_counselor_in_time";

pub(super) async fn run(app: Arc<App>, run: DutyRun) -> Result<Done, DutyError> {
    let contact: ContactId = run.subject_id()?;
    let hand_off = store::hand_off_get(&app.store, &run.scope, contact).await?;
    let (queued_at, at) = hand_off.ok_or_else(|| DutyError::lasting("no such hand-off"))?;
    let waited = (at - queued_at).to_std().unwrap_or_default();
    let request = pb::RecordHandOffRequest {
        request_id: RequestId::derived("RecordHandOff", contact).to_string(),
        contact_id: contact.to_string(),
        reason: NO_COUNSELOR_IN_TIME.to_owned(),
        waited: prost_types::Duration::try_from(waited).ok(),
    };
    app.intake.record_hand_off(run.scope, request).await?;
    Ok(Done::Finished)
}
