//! Tells followup how the attempt went that an outbound contact was opened for.

use std::sync::Arc;

use harborline_duties::{Done, DutyError, DutyRun};
use harborline_status::{Reason, reason_of};
use harborline_types::RequestId;

use crate::app::App;
use crate::domain::contact::Contact;
use crate::ports::AttemptEnded;

pub(super) async fn run(app: Arc<App>, duty: DutyRun, contact: Contact) -> Result<Done, DutyError> {
    tell(&app, &duty, &contact).await?;
    Ok(Done::Finished)
}

/// Tells it; once told, telling it again changes nothing. Of an inbound contact there is nothing to tell.
pub(super) async fn tell(app: &App, duty: &DutyRun, contact: &Contact) -> Result<(), DutyError> {
    let Some(follow_up) = contact.follow_up else { return Ok(()) };
    let ended_at = contact.ended_at.ok_or_else(|| DutyError::lasting("the contact has not ended"))?;
    let outcome = contact.attempt_outcome();
    let ended = AttemptEnded { plan: follow_up.plan, number: follow_up.attempt, outcome, ended_at };
    let request_id = RequestId::derived("RecordAttempt", contact.id);
    match app.ports.follow_up.record_attempt(&duty.scope, request_id, ended).await {
        // Nothing is left to plan.
        Err(status) if reason_of(&status) == Some(Reason::FollowUpPlanEnded) => Ok(()),
        Err(status) => Err(status.into()),
        Ok(()) => Ok(()),
    }
}
