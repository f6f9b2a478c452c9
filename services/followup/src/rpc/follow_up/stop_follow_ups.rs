//! StopFollowUps: a supervisor decided that nobody calls, or the caller is back.

use harborline_proto::followup::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{ContactId, RequestId};
use tonic::Request;

use crate::app::{App, concerns};
use crate::domain::digest::Entry;
use crate::domain::task::{AttemptOf, Task};
use crate::error::FollowUpError;
use crate::store::digest::digest_append;
use crate::store::owed::plan_owe;
use crate::store::plan::{plan_of_contact_for_update, plan_save};
use crate::wire;

struct StopFollowUps {
    request_id: RequestId,
    contact: ContactId,
    caller_is_back: bool,
}

/// Ends an open plan with its attempt. A plan that has ended stays as it is, unless the caller is back.
pub(super) async fn handle(
    app: &App,
    request: Request<pb::StopFollowUpsRequest>,
) -> Result<pb::StopFollowUpsResponse, FollowUpError> {
    let (call, request) = split(request)?;
    let StopFollowUps { request_id, contact, caller_is_back } = StopFollowUps::parse(&request)?;
    let scope = call.scope()?;
    let mut tx = match app.store.begin_once(&call, "StopFollowUps", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let plan = plan_of_contact_for_update(&mut tx, &scope, contact).await?;
    let mut plan = plan.ok_or(FollowUpError::PlanOfContactNotFound(contact))?;
    concerns(&call, &plan);
    let now = app.clock.now();
    let before = plan.state;
    let stopped = if caller_is_back { plan.come_back(now) } else { plan.stop(now) };
    if plan.state != before {
        plan_save(&mut tx, &scope, &plan).await?;
        plan_owe(&mut tx, &plan);
    }
    if let Some(stopped) = stopped {
        tx.cancel(Task::Attempt, AttemptOf { plan: plan.id, number: stopped.number });
        if let Some(participant) = plan.participant {
            for entry in Entry::of_attempt(&plan, &stopped, now) {
                digest_append(&mut tx, &scope, participant, &entry).await?;
            }
        }
    }
    Ok(tx.commit_answering(pb::StopFollowUpsResponse { plan: Some(wire::plan(plan)) }).await?)
}

impl StopFollowUps {
    fn parse(request: &pb::StopFollowUpsRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let contact = fields.id("contact_id", &request.contact_id);
        let (Some(request_id), Some(contact)) = (request_id, contact) else { return Err(fields.refused()) };
        fields.finish()?;
        Ok(Self { request_id, contact, caller_is_back: request.caller_is_back })
    }
}
