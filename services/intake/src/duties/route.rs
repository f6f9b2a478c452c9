//! To triage, and into the queue. The supervisor on call has the contact until somebody answers it.
//!
//! Triage may be away: then the provisional acuity counts, and asking again is a duty of its own. Availability may not:
//! the duty is retried, and never parked, until the contact is in the queue (P1).

use std::sync::Arc;

use harborline_duties::{Done, DutyError, DutyRun, Owed};
use harborline_status::{reason_of, worth_repeating};
use harborline_types::RequestId;
use tonic::Status;

use super::assess;
use crate::app::{App, change_contact};
use crate::domain::contact::{Contact, Direction, Requested};
use crate::domain::task::Task;
use crate::ports::CounselorWanted;
use crate::store;

/// Before any assessment: whatever the contact's is, it is newer.
const NO_SEQUENCE: i64 = -1;

pub(super) async fn run(app: Arc<App>, duty: DutyRun, contact: Contact) -> Result<Done, DutyError> {
    if contact.state.is_ended() {
        // An earlier run may have left a ticket behind.
        let mut tx = app.store.begin(&duty.scope).await?;
        tx.owe(Owed::now(Task::Withdraw, contact.id));
        tx.commit().await?;
        return Ok(Done::Finished);
    }
    let contact = if contact.follow_up.is_none() { assessed(&app, &duty, contact).await? } else { contact };
    // What is asked for depends on the contact as it is now, so the request's id does too.
    let request_id = RequestId::derived("RequestCounselor", format_args!("{}/{}", contact.id, contact.revision));
    let wanted = wanted(&app, &duty, &contact).await?;
    let queued = app.ports.availability.request_counselor(&duty.scope, request_id, wanted).await;
    queued.map_err(|status| unqueued(&duty, &status))?;

    // An earlier run may have made the ticket with an older assessment: then the queue must be told this one.
    let is_first_run = duty.attempt == 1;
    let sequence = if is_first_run { contact.assessment.sequence } else { NO_SEQUENCE };
    let requested = Requested { acuity: contact.assessment.acuity, sequence };
    let mut tx = app.store.begin(&duty.scope).await?;
    change_contact(&mut tx, &duty.scope, contact.id, |contact| Ok(contact.queued(requested, app.now()))).await?;
    tx.commit().await?;
    Ok(Done::Finished)
}

/// The contact as triage assesses it; as it is, when triage does not answer in time.
async fn assessed(app: &App, duty: &DutyRun, contact: Contact) -> Result<Contact, DutyError> {
    match tokio::time::timeout(assess::PATIENCE, assess::tell(app, duty, contact.clone())).await {
        Ok(Ok(contact)) => Ok(contact),
        Ok(Err(_)) | Err(_) => {
            tracing::info!("triage does not answer: the provisional acuity of a contact counts");
            let mut tx = app.store.begin(&duty.scope).await?;
            tx.owe(Owed::now(Task::Assess, contact.id));
            tx.commit().await?;
            Ok(contact)
        }
    }
}

/// The counselor whom a contact needs now.
async fn wanted(app: &App, duty: &DutyRun, contact: &Contact) -> Result<CounselorWanted, DutyError> {
    let known = match contact.follow_up {
        Some(follow_up) => {
            let keys = app.store.keys(&duty.scope).await?;
            let reader = app.store.reader(&duty.scope);
            let last = store::contact_newest_of_chain(reader, &keys, &duty.scope, follow_up.origin).await?;
            last.and_then(|last| last.counselor.map(|counselor| counselor.id).or(last.carried.counselor))
        }
        None => contact.carried.counselor.clone(),
    };
    Ok(CounselorWanted {
        contact: contact.id,
        acuity: contact.assessment.acuity,
        need: contact.assessment.need.clone(),
        preferred: known,
        is_outbound: contact.direction() == Direction::Outbound,
        waited_before: contact.carried.waited,
    })
}

/// Somebody waits who is in no queue: retried for ever, whatever the reason.
fn unqueued(duty: &DutyRun, status: &Status) -> DutyError {
    let reason = reason_of(status).map_or("none", |reason| reason.as_str_name());
    if worth_repeating(status) {
        if duty.attempt == 1 {
            tracing::warn!(
                "a contact is in no queue yet, since availability does not answer: the supervisor on call has it"
            );
        }
    } else {
        tracing::error!(attempt = duty.attempt, reason, "availability refuses a contact that waits");
    }
    DutyError::passing(format!("not in the queue: {:?}, {reason}", status.code()))
}
