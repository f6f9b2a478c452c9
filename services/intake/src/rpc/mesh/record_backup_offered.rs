//! Takes that nobody could answer in time: the caller is offered the backup line.

use harborline_proto::intake::v1::{RecordBackupOfferedRequest, RecordBackupOfferedResponse};
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_store::Once;
use harborline_types::ContactId;
use tonic::Request;

use crate::app::{App, concerns};
use crate::domain::contact::ContactState;
use crate::error::IntakeError;
use crate::store;

pub(super) async fn handle(
    app: &App,
    request: Request<RecordBackupOfferedRequest>,
) -> Result<RecordBackupOfferedResponse, IntakeError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let id = fields.id::<ContactId>("contact_id", &request.contact_id);
    let waited = request.waited.filter(|waited| waited.seconds >= 0 && waited.nanos >= 0);
    if waited.is_none() {
        let must = if request.waited.is_none() { "is required" } else { "must be a duration of at least 0" };
        fields.fault("waited", must);
    }
    let (Some(request_id), Some(id), Some(waited)) = (request_id, id, waited) else {
        return Err(fields.refused().into());
    };
    let waited_ms = waited.seconds.saturating_mul(1000).saturating_add(i64::from(waited.nanos / 1_000_000));
    let scope = call.scope()?;
    let mut tx = match app.store.begin_once(&call, "RecordBackupOffered", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let contact = store::contact_for_update(&mut tx, &scope, id).await?;
    concerns(&call, &contact);
    // A counselor is in it as far as is known here, and availability says that it waits: the loss is still to be told.
    if contact.state == ContactState::Answered {
        return Err(IntakeError::CounselorStillThere);
    }
    let change = contact.offer_backup(app.now());
    store::change_save(&mut tx, &scope, &change).await?;
    if change.is_change {
        store::contact_record_backup_offered(&mut tx, &scope, id, waited_ms).await?;
    }
    Ok(tx.commit_answering(RecordBackupOfferedResponse {}).await?)
}
