//! Tells followup what is asked for of a contact and of the calls that followed it up: one after another, in the order in
//! which it was asked. One that overtook another could end a plan that is only being asked for, or open one that was
//! stopped.

use std::sync::Arc;

use harborline_duties::{Done, DutyError, DutyRun};
use harborline_status::{Reason, reason_of};
use harborline_types::{ContactId, RequestId};

use super::attempt;
use crate::app::App;
use crate::domain::contact::{Contact, FollowUpRequest};
use crate::domain::ending::ContactEnding;
use crate::ports::ContactEnded;
use crate::store::{self, ToTell};

pub(super) async fn run(app: Arc<App>, duty: DutyRun, chain: Contact) -> Result<Done, DutyError> {
    while let Some(next) = store::follow_up_request_next(app.store.reader(&duty.scope), &duty.scope, chain.id).await? {
        match next.kind {
            FollowUpRequest::Plan | FollowUpRequest::CallAgain => plan(&app, &duty, &next).await?,
            FollowUpRequest::Stop | FollowUpRequest::CallerBack => stop(&app, &duty, chain.id, &next).await?,
        }
        let mut tx = app.store.begin(&duty.scope).await?;
        store::follow_up_request_sent(&mut tx, &duty.scope, chain.id, next.position, app.now()).await?;
        tx.commit().await?;
    }
    Ok(Done::Finished)
}

async fn plan(app: &App, duty: &DutyRun, next: &ToTell) -> Result<(), DutyError> {
    let keys = app.store.keys(&duty.scope).await?;
    let contact = store::contact_find(app.store.reader(&duty.scope), &keys, &duty.scope, next.asked_by).await?;
    let contact = contact.ok_or_else(|| DutyError::lasting("the contact does not exist"))?;
    // The attempt before has ended the plan: what was found in it opens the plan anew, and not the other way round.
    attempt::tell(app, duty, &contact).await?;
    // What is said depends on the assessment, so the request's id does too.
    let subject = format!("{}/{}/{}", contact.chain(), next.number, contact.assessment.sequence);
    let ended = contact_ended(app, duty, &contact, next).await?;
    app.ports.follow_up.plan_follow_ups(&duty.scope, RequestId::derived("PlanFollowUps", subject), ended).await?;
    Ok(())
}

/// What one of the contacts of a chain came to.
async fn contact_ended(app: &App, duty: &DutyRun, contact: &Contact, next: &ToTell) -> Result<ContactEnded, DutyError> {
    let ended_at = contact.ended_at.ok_or_else(|| DutyError::lasting("the contact has not ended"))?;
    let keys = app.store.keys(&duty.scope).await?;
    let reachable = store::contact_is_reachable(app.store.reader(&duty.scope), &keys, &duty.scope, contact.id).await?;
    let is_decided = next.kind == FollowUpRequest::CallAgain;
    let ending = if is_decided { ContactEnding::CallBack } else { contact.ending() };
    Ok(ContactEnded {
        contact: contact.chain(),
        participant: contact.participant,
        acuity: contact.assessment.acuity,
        channel: contact.channel,
        caller: contact.caller,
        ended_at,
        reachable,
        reasons: contact.assessment.reasons.clone(),
        sequence: next.number,
        ending,
        again: is_decided || contact.follow_up.is_some(),
        returned: contact.carried.origin.map(|_| contact.id),
    })
}

async fn stop(app: &App, duty: &DutyRun, chain: ContactId, next: &ToTell) -> Result<(), DutyError> {
    let request_id = RequestId::derived("StopFollowUps", format_args!("{chain}/{}", next.position));
    let caller_is_back = next.kind == FollowUpRequest::CallerBack;
    match app.ports.follow_up.stop_follow_ups(&duty.scope, request_id, chain, caller_is_back).await {
        // Nothing was ever planned.
        Err(status) if reason_of(&status) == Some(Reason::FollowUpPlanNotFound) => Ok(()),
        Err(status) => Err(status.into()),
        Ok(()) => Ok(()),
    }
}
