//! Plans follow-ups for an inbound contact that has ended, or tells how the attempt of an outbound one went.

use std::sync::Arc;

use harborline_duties::{Done, DutyError, DutyRun};
use harborline_proto::followup::v1::{AttemptOutcome, PlanFollowUpsRequest, RecordAttemptRequest};
use harborline_status::{Reason, reason_of};
use harborline_types::wire::{number, timestamp};
use harborline_types::{RequestId, Timestamp};

use crate::app::App;
use crate::domain::contact::{AttemptResult, Contact, FollowUp};
use crate::store;

pub(super) async fn run(app: Arc<App>, duty: DutyRun, contact: Contact) -> Result<Done, DutyError> {
    let ended_at = contact.ended_at.ok_or_else(|| DutyError::lasting("the contact has not ended"))?;
    match contact.follow_up {
        None => plan(&app, &duty, &contact, ended_at).await,
        Some(follow_up) => tell(&app, &duty, &contact, follow_up, ended_at).await,
    }
}

async fn plan(app: &App, duty: &DutyRun, contact: &Contact, ended_at: Timestamp) -> Result<Done, DutyError> {
    let keys = app.store.keys(&duty.scope).await?;
    let reachable = store::contact_is_reachable(app.store.reader(&duty.scope), &keys, &duty.scope, contact.id).await?;
    let assessment = &contact.assessment;
    // A later assessment may bring follow-ups forward: that is another call.
    let subject = format!("{}/{}", contact.id, assessment.sequence);
    let request = PlanFollowUpsRequest {
        request_id: RequestId::derived("PlanFollowUps", subject).to_string(),
        contact_id: contact.id.to_string(),
        participant_id: contact.participant.map(|id| id.to_string()).unwrap_or_default(),
        acuity: number(assessment.acuity),
        channel: number(contact.channel),
        caller: number(contact.caller),
        closed_at: Some(timestamp(ended_at)),
        reachable,
        reasons: assessment.reasons.clone(),
    };
    app.ports.follow_up.plan_follow_ups(&duty.scope, request).await?;
    Ok(Done::Finished)
}

async fn tell(
    app: &App,
    duty: &DutyRun,
    contact: &Contact,
    follow_up: FollowUp,
    ended_at: Timestamp,
) -> Result<Done, DutyError> {
    let outcome = match contact.attempt_result() {
        AttemptResult::Reached => AttemptOutcome::Reached,
        AttemptResult::NotReached => AttemptOutcome::NotReached,
        AttemptResult::Declined => AttemptOutcome::Declined,
    };
    let request = RecordAttemptRequest {
        request_id: RequestId::derived("RecordAttempt", contact.id).to_string(),
        plan_id: follow_up.plan.to_string(),
        number: follow_up.attempt,
        outcome: outcome.into(),
        ended_at: Some(timestamp(ended_at)),
    };
    match app.ports.follow_up.record_attempt(&duty.scope, request).await {
        // Nothing is left to plan.
        Err(status) if reason_of(&status) == Some(Reason::FollowUpPlanEnded) => Ok(Done::Finished),
        Err(status) => Err(status.into()),
        Ok(_) => Ok(Done::Finished),
    }
}
