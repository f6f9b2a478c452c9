//! Tells the queue where the caller is: takes a contact that has ended out of it, or tells that the caller left the
//! counselor, or is back. One duty tells all three, so that they are told in the order in which they happened.

use std::sync::Arc;

use harborline_duties::{Done, DutyError, DutyRun};
use harborline_status::{Reason, reason_of};
use harborline_types::RequestId;
use tonic::Status;

use crate::app::App;
use crate::domain::contact::{Contact, ContactState};
use crate::ports::TicketRaised;

pub(super) async fn run(app: Arc<App>, duty: DutyRun, contact: Contact) -> Result<Done, DutyError> {
    let is_gone = contact.state.is_ended() || contact.caller_left_at.is_some();
    let told = if is_gone { tell_gone(&app, &duty, &contact).await } else { tell_back(&app, &duty, &contact).await };
    match told {
        // Not in the queue yet: if it ever comes there, the duty that brings it owes this one again.
        Err(status) if reason_of(&status) == Some(Reason::TicketNotFound) => Ok(Done::Finished),
        Err(status) => Err(status.into()),
        Ok(()) => Ok(Done::Finished),
    }
}

async fn tell_gone(app: &App, duty: &DutyRun, contact: &Contact) -> Result<(), Status> {
    // A caller may leave, be back, and leave again before the contact ends: each is to be told.
    let left_at = contact.caller_left_at.map_or(0, |at| at.timestamp_micros());
    let subject = format!("{}/{}/{left_at}", contact.id, contact.state);
    let (request_id, is_handed_off) =
        (RequestId::derived("WithdrawTicket", subject), contact.state == ContactState::HandedOff);
    app.ports.availability.withdraw_ticket(&duty.scope, request_id, contact.id, is_handed_off).await
}

async fn tell_back(app: &App, duty: &DutyRun, contact: &Contact) -> Result<(), Status> {
    let acuity = contact.requested.map_or(contact.assessment.acuity, |asked| asked.acuity);
    let subject = format!("{}/back/{}", contact.id, contact.revision);
    let raised = TicketRaised { contact: contact.id, acuity, need: None, caller_is_back: true };
    app.ports.availability.raise_ticket(&duty.scope, RequestId::derived("RaiseTicket", subject), raised).await
}
