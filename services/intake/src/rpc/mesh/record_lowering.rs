//! Takes that a lowering of the acuity waits for the second person, or does not any more.

use harborline_proto::intake::v1::{RecordLoweringRequest, RecordLoweringResponse};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{ContactId, LoweringId, RequestId};
use tonic::Request;

use crate::app::{App, concerns};
use crate::domain::decision::{DecisionKind, Question};
use crate::error::IntakeError;
use crate::store;

struct RecordLowering {
    request_id: RequestId,
    contact: ContactId,
    lowering: LoweringId,
}

impl RecordLowering {
    fn parse(request: &RecordLoweringRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let contact = fields.id("contact_id", &request.contact_id);
        let lowering = fields.id("lowering_id", &request.lowering_id);
        let (Some(request_id), Some(contact), Some(lowering)) = (request_id, contact, lowering) else {
            return Err(fields.refused());
        };
        Ok(Self { request_id, contact, lowering })
    }
}

pub(super) async fn handle(
    app: &App,
    request: Request<RecordLoweringRequest>,
) -> Result<RecordLoweringResponse, IntakeError> {
    let (call, request) = split(request)?;
    let RecordLowering { request_id, contact, lowering } = RecordLowering::parse(&request)?;
    let scope = call.scope()?;
    let mut tx = match app.store.begin_once(&call, "RecordLowering", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let contact = store::contact_for_update(&mut tx, &scope, contact).await?;
    concerns(&call, &contact);
    let (chain, now) = (contact.chain(), app.now());
    if request.is_pending {
        let question = Question::of_lowering(&contact, lowering);
        store::question_ask(&mut tx, &scope, chain, &question, now).await?;
    } else {
        store::decision_settle(&mut tx, &scope, chain, DecisionKind::Lowering, lowering, now).await?;
    }
    store::custody_follow(&mut tx, &scope, chain, now).await?;
    Ok(tx.commit_answering(RecordLoweringResponse {}).await?)
}
