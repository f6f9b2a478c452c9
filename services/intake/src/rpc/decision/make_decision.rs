//! Decides what only a supervisor may decide.

use harborline_identity::ProgramScope;
use harborline_proto::intake::v1::{MakeDecisionRequest, MakeDecisionResponse};
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::{Once, Tx};
use harborline_types::{DecisionId, Person, Phi, RequestId, Timestamp};
use tonic::Request;

use crate::app::{App, concerns, stop_calls};
use crate::domain::contact::FollowUpRequest;
use crate::domain::decision::{Decision, DecisionKind, Made, Verdict};
use crate::error::IntakeError;
use crate::rpc::acting::acting;
use crate::store;
use crate::wire::decision::decision;

struct MakeDecision {
    request_id: RequestId,
    id: DecisionId,
    verdict: Verdict,
    reason: Phi<String>,
}

impl MakeDecision {
    fn parse(request: &MakeDecisionRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let id = fields.id("decision_id", &request.decision_id);
        let verdict = fields.word("verdict", request.verdict);
        let reason = fields.text("reason", &request.reason, 1..=2000);
        let (Some(request_id), Some(id), Some(verdict), Some(reason)) = (request_id, id, verdict, reason) else {
            return Err(fields.refused());
        };
        Ok(Self { request_id, id, verdict, reason: reason.into() })
    }
}

/// Does what the verdict says.
async fn carry_out(
    tx: &mut Tx,
    scope: &ProgramScope,
    decision: &Decision,
    verdict: Verdict,
    now: Timestamp,
) -> Result<(), IntakeError> {
    let chain = decision.contact;
    match verdict {
        // What is planned is late: it gets a latest time anew, so that it is missed again if nobody makes it.
        Verdict::FollowUp if decision.question.kind == DecisionKind::AttemptOverdue => {
            store::follow_ups_ask(tx, scope, chain, FollowUpRequest::CallAgain, chain).await?;
        }
        Verdict::FollowUp => {}
        Verdict::CallAgain => store::follow_ups_ask(tx, scope, chain, FollowUpRequest::CallAgain, chain).await?,
        Verdict::DoNotCall => stop_calls(tx, scope, chain, FollowUpRequest::Stop, chain, now).await?,
    }
    Ok(())
}

/// The counselor of the contact whose duties were left open.
async fn left_open_by(tx: &mut Tx, scope: &ProgramScope, decision: &Decision) -> Result<Option<Person>, IntakeError> {
    if decision.question.kind != DecisionKind::DutiesOpen {
        return Ok(None);
    }
    let Ok(contact) = decision.question.subject.parse() else { return Ok(None) };
    Ok(store::contact_for_update(tx, scope, contact).await?.counselor)
}

pub(super) async fn handle(
    app: &App,
    request: Request<MakeDecisionRequest>,
) -> Result<MakeDecisionResponse, IntakeError> {
    let (call, request) = split(request)?;
    let MakeDecision { request_id, id, verdict, reason } = MakeDecision::parse(&request)?;
    let scope = call.scope()?;
    let by = acting(&call)?;
    let mut tx = match app.store.begin_once(&call, "MakeDecision", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let keys = tx.keys().await?;
    let known = store::decision_find(tx.conn(), &keys, &scope, id).await?.ok_or(IntakeError::DecisionNotFound(id))?;
    // The contact first, as everywhere.
    let contact = store::contact_for_update(&mut tx, &scope, known.contact).await?;
    concerns(&call, &contact);
    let known = store::decision_for_update(&mut tx, &scope, id).await?.ok_or(IntakeError::DecisionNotFound(id))?;
    let now = app.now();
    let follow_ups = store::follow_ups_open(&mut tx, &scope, known.contact).await?;
    let counselor = left_open_by(&mut tx, &scope, &known).await?;
    let decided = known.decide(Made { verdict, by, at: now, reason }, follow_ups, counselor.as_ref())?;
    carry_out(&mut tx, &scope, &decided, verdict, now).await?;
    if let Some(made) = &decided.made {
        store::decision_save(&mut tx, &scope, id, made).await?;
    }
    store::custody_follow(&mut tx, &scope, decided.contact, now).await?;
    Ok(tx
        .commit_answering(MakeDecisionResponse { decision: Some(decision(decided, app.decisions.decide_within)) })
        .await?)
}
