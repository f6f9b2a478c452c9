//! Takes that an attempt was not made in time: a supervisor decides.

use harborline_proto::intake::v1::{RecordAttemptOverdueRequest, RecordAttemptOverdueResponse};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{ContactId, PlanId, RequestId};
use tonic::Request;

use crate::app::{App, concerns};
use crate::domain::decision::{DecisionKind, Question};
use crate::error::IntakeError;
use crate::store;

struct RecordAttemptOverdue {
    request_id: RequestId,
    contact: ContactId,
    /// `<plan>/<attempt>`.
    attempt: String,
}

impl RecordAttemptOverdue {
    fn parse(request: &RecordAttemptOverdueRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let contact = fields.id("contact_id", &request.contact_id);
        let plan = fields.id::<PlanId>("follow_up_plan_id", &request.follow_up_plan_id);
        if request.attempt < 1 {
            fields.fault("attempt", "must be at least 1");
        }
        let (Some(request_id), Some(contact), Some(plan)) = (request_id, contact, plan) else {
            return Err(fields.refused());
        };
        fields.finish()?;
        Ok(Self { request_id, contact, attempt: format!("{plan}/{}", request.attempt) })
    }
}

pub(super) async fn handle(
    app: &App,
    request: Request<RecordAttemptOverdueRequest>,
) -> Result<RecordAttemptOverdueResponse, IntakeError> {
    let (call, request) = split(request)?;
    let RecordAttemptOverdue { request_id, contact, attempt } = RecordAttemptOverdue::parse(&request)?;
    let scope = call.scope()?;
    let mut tx = match app.store.begin_once(&call, "RecordAttemptOverdue", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let contact = store::contact_for_update(&mut tx, &scope, contact).await?;
    concerns(&call, &contact);
    let chain = contact.chain();
    if store::follow_ups_open(&mut tx, &scope, chain).await? {
        let question = Question {
            kind: DecisionKind::AttemptOverdue,
            // Missed once more after a verdict, it is another decision.
            subject: format!("{attempt}/{}", store::follow_ups_asked(&mut tx, &scope, chain).await?),
            acuity: contact.assessment.acuity,
            open_duties: Vec::new(),
        };
        store::question_ask(&mut tx, &scope, chain, &question, app.now()).await?;
        store::custody_follow(&mut tx, &scope, chain, app.now()).await?;
    }
    Ok(tx.commit_answering(RecordAttemptOverdueResponse {}).await?)
}
