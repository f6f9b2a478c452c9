//! Takes a contact that has ended out of the queue, or tells the queue that the caller left its counselor.

use std::sync::Arc;

use harborline_duties::{Done, DutyError, DutyRun};
use harborline_proto::availability::v1::WithdrawTicketRequest;
use harborline_status::{Reason, reason_of};
use harborline_types::RequestId;

use crate::app::App;
use crate::domain::contact::{Contact, ContactState};

pub(super) async fn run(app: Arc<App>, duty: DutyRun, contact: Contact) -> Result<Done, DutyError> {
    let request = WithdrawTicketRequest {
        // That the caller left and that the contact ended are two things to tell.
        request_id: RequestId::derived("WithdrawTicket", format_args!("{}/{}", contact.id, contact.state)).to_string(),
        contact_id: contact.id.to_string(),
        handed_off: contact.state == ContactState::HandedOff,
    };
    match app.ports.availability.withdraw_ticket(&duty.scope, request).await {
        // Not in the queue yet: if it ever comes there, the duty that brings it owes this one again.
        Err(status) if reason_of(&status) == Some(Reason::TicketNotFound) => Ok(Done::Finished),
        Err(status) => Err(status.into()),
        Ok(_) => Ok(Done::Finished),
    }
}
