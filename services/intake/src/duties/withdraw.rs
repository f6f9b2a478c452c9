//! Tells the queue where the caller is: takes a contact that has ended out of it, or tells that the caller left the
//! counselor, or is back. One duty tells all three, so that they are told in the order in which they happened.

use std::sync::Arc;

use harborline_duties::{Done, DutyError, DutyRun};
use harborline_proto::availability::v1::{RaiseTicketRequest, WithdrawTicketRequest};
use harborline_status::{Reason, reason_of};
use harborline_types::RequestId;
use harborline_types::wire::number;
use tonic::Status;

use crate::app::App;
use crate::domain::contact::{Contact, ContactState};

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
    let request = WithdrawTicketRequest {
        request_id: RequestId::derived("WithdrawTicket", subject).to_string(),
        contact_id: contact.id.to_string(),
        handed_off: contact.state == ContactState::HandedOff,
    };
    app.ports.availability.withdraw_ticket(&duty.scope, request).await.map(drop)
}

async fn tell_back(app: &App, duty: &DutyRun, contact: &Contact) -> Result<(), Status> {
    let acuity = contact.requested.map_or(contact.assessment.acuity, |asked| asked.acuity);
    let subject = format!("{}/back/{}", contact.id, contact.revision);
    let request = RaiseTicketRequest {
        request_id: RequestId::derived("RaiseTicket", subject).to_string(),
        contact_id: contact.id.to_string(),
        acuity: number(acuity),
        need: None,
        caller_is_back: true,
    };
    app.ports.availability.raise_ticket(&duty.scope, request).await.map(drop)
}
