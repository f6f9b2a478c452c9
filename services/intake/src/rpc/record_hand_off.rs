use harborline_proto::intake::v1::{RecordHandOffRequest, RecordHandOffResponse};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{ContactId, RequestId};
use tonic::Request;

use crate::app::{App, concerns};
use crate::error::IntakeError;
use crate::store;

struct RecordHandOff {
    request_id: RequestId,
    contact: ContactId,
    reason: String,
    waited_ms: i64,
}

impl RecordHandOff {
    fn parse(request: &RecordHandOffRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let contact = fields.id("contact_id", &request.contact_id);
        let reason = fields.text("reason", &request.reason, 1..=200);
        let waited = request.waited.filter(|waited| waited.seconds >= 0 && waited.nanos >= 0);
        if waited.is_none() {
            fields.fault("waited", "must be a duration of at least 0");
        }
        let (Some(request_id), Some(contact), Some(reason), Some(waited)) = (request_id, contact, reason, waited)
        else {
            return Err(fields.refused());
        };
        let waited_ms = waited.seconds.saturating_mul(1000).saturating_add(i64::from(waited.nanos / 1_000_000));
        Ok(Self { request_id, contact, reason, waited_ms })
    }
}

pub(super) async fn handle(
    app: &App,
    request: Request<RecordHandOffRequest>,
) -> Result<RecordHandOffResponse, IntakeError> {
    let (call, request) = split(request)?;
    let command = RecordHandOff::parse(&request)?;
    let scope = call.scope()?;
    let mut tx = match app.store.begin_once(&call, "RecordHandOff", command.request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let contact = store::contact_for_update(&mut tx, &scope, command.contact).await?;
    concerns(&call, &contact);
    let change = contact.hand_off(app.now());
    store::change_save(&mut tx, &scope, &change).await?;
    if change.is_change {
        let RecordHandOff { contact, reason, waited_ms, .. } = &command;
        store::contact_record_hand_off(&mut tx, &scope, *contact, reason, *waited_ms).await?;
    }
    Ok(tx.commit_answering(RecordHandOffResponse {}).await?)
}
