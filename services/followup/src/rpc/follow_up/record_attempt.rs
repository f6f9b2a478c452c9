//! RecordAttempt: an outbound contact has ended, with or without a counselor in it.

use harborline_proto::followup::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{PlanId, RequestId, Timestamp};
use tonic::Request;

use crate::app::{App, concerns};
use crate::domain::attempt::AttemptOutcome;
use crate::domain::digest::Entry;
use crate::domain::task::{AttemptOf, Task};
use crate::error::FollowUpError;
use crate::store::digest::digest_append;
use crate::store::owed::plan_owe;
use crate::store::plan::{plan_for_update, plan_save};
use crate::wire;

struct RecordAttempt {
    request_id: RequestId,
    plan: PlanId,
    number: i32,
    outcome: AttemptOutcome,
    ended_at: Timestamp,
}

/// Ends the attempt, and the plan or plans the next one. What ended before stays as it is.
pub(super) async fn handle(
    app: &App,
    request: Request<pb::RecordAttemptRequest>,
) -> Result<pb::RecordAttemptResponse, FollowUpError> {
    let (call, request) = split(request)?;
    let command = RecordAttempt::parse(&request)?;
    let scope = call.scope()?;
    let mut tx = match app.store.begin_once(&call, "RecordAttempt", command.request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let RecordAttempt { number, outcome, ended_at, .. } = command;
    let plan = plan_for_update(&mut tx, &scope, command.plan).await?;
    let mut plan = plan.ok_or(FollowUpError::PlanNotFound(command.plan))?;
    concerns(&call, &plan);
    let now = app.clock.now();
    let ended = plan.record(number, outcome, ended_at, &app.schedules, now);
    if let Some(ended) = ended.map_err(|_| FollowUpError::NoSuchAttempt)? {
        plan_save(&mut tx, &scope, &plan).await?;
        tx.cancel(Task::Attempt, AttemptOf { plan: plan.id, number });
        plan_owe(&mut tx, &plan);
        if let Some(participant) = plan.participant {
            for entry in Entry::of_attempt(&plan, &ended, now) {
                digest_append(&mut tx, &scope, participant, &entry).await?;
            }
        }
    }
    Ok(tx.commit_answering(pb::RecordAttemptResponse { plan: Some(wire::plan(plan)) }).await?)
}

impl RecordAttempt {
    fn parse(request: &pb::RecordAttemptRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let plan = fields.id("plan_id", &request.plan_id);
        if request.number < 1 {
            fields.fault("number", "must be 1 or more");
        }
        let outcome = fields.word("outcome", request.outcome);
        let ended_at = fields.instant("ended_at", request.ended_at.as_ref());
        let (Some(request_id), Some(plan), Some(outcome), Some(ended_at)) = (request_id, plan, outcome, ended_at)
        else {
            return Err(fields.refused());
        };
        fields.finish()?;
        Ok(Self { request_id, plan, number: request.number, outcome, ended_at })
    }
}
