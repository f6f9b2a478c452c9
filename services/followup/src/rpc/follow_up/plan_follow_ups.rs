//! PlanFollowUps: a contact has ended, or intake asks for more.

use harborline_proto::followup::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{Channel, RequestId};
use tonic::Request;

use crate::app::{App, concerns};
use crate::domain::closed::Closed;
use crate::domain::digest::Entry;
use crate::domain::plan::{Plan, PlanState};
use crate::error::FollowUpError;
use crate::store::digest::{digest_append, digest_forget};
use crate::store::owed::plan_owe;
use crate::store::plan::{plan_insert, plan_of_contact_for_update, plan_save};
use crate::wire;

struct PlanFollowUps {
    request_id: RequestId,
    closed: Closed,
}

/// Makes the contact's one plan, or asks more of the one that it has.
pub(super) async fn handle(
    app: &App,
    request: Request<pb::PlanFollowUpsRequest>,
) -> Result<pb::PlanFollowUpsResponse, FollowUpError> {
    let (call, request) = split(request)?;
    let PlanFollowUps { request_id, closed } = PlanFollowUps::parse(&request)?;
    let scope = call.scope()?;
    let mut tx = match app.store.begin_once(&call, "PlanFollowUps", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let now = app.clock.now();
    let mut plan = Plan::new(&closed, &app.schedules, now);
    if plan_insert(&mut tx, &scope, &plan).await? {
        if let Some(participant) = closed.participant {
            digest_append(&mut tx, &scope, participant, &Entry::of_contact(&closed)).await?;
        }
        plan_owe(&mut tx, &plan);
    } else {
        let known = plan_of_contact_for_update(&mut tx, &scope, closed.contact).await?;
        plan = known.ok_or(FollowUpError::PlanOfContactNotFound(closed.contact))?;
        let (was_back, known_as) = (plan.state == PlanState::Returned, plan.participant);
        if plan.apply_request(&closed, &app.schedules, now) {
            if let Some(wrong) = known_as.filter(|_| known_as != plan.participant) {
                digest_forget(&mut tx, &scope, wrong, closed.contact).await?;
            }
            if let Some(participant) = closed.participant.filter(|_| was_back || known_as != plan.participant) {
                digest_append(&mut tx, &scope, participant, &Entry::of_contact(&closed)).await?;
            }
            plan_save(&mut tx, &scope, &plan).await?;
            plan_owe(&mut tx, &plan);
        }
    }
    concerns(&call, &plan);
    Ok(tx.commit_answering(pb::PlanFollowUpsResponse { plan: Some(wire::plan(plan)) }).await?)
}

impl PlanFollowUps {
    fn parse(request: &pb::PlanFollowUpsRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let contact = fields.id("contact_id", &request.contact_id);
        let returned = fields.optional_id("returned_contact_id", &request.returned_contact_id);
        let participant = fields.optional_id("participant_id", &request.participant_id);
        let acuity = fields.word("acuity", request.acuity);
        // Every attempt is a call back, whatever the channel was.
        fields.word::<Channel>("channel", request.channel);
        let caller = fields.word("caller", request.caller);
        let at = fields.instant("closed_at", request.closed_at.as_ref());
        let reasons = fields.texts("reasons", &request.reasons, 100, 1..=100);
        if request.sequence < 1 {
            fields.fault("sequence", "must be 1 or more");
        }
        let ending = fields.word("ending", request.ending);
        let (Some(request_id), Some(contact), Some(participant), Some(acuity)) =
            (request_id, contact, participant, acuity)
        else {
            return Err(fields.refused());
        };
        let (Some(caller), Some(at), Some(reasons), Some(ending), Some(returned)) =
            (caller, at, reasons, ending, returned)
        else {
            return Err(fields.refused());
        };
        fields.finish()?;
        let (sequence, reachable, again) = (request.sequence, request.reachable, request.again);
        let closed =
            Closed { contact, returned, participant, acuity, caller, at, ending, reachable, reasons, sequence, again };
        Ok(Self { request_id, closed })
    }
}
