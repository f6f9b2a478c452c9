//! Takes a contact that has ended out of the queue.

use std::sync::Arc;

use harborline_duties::{Done, DutyError, DutyRun};
use harborline_proto::availability::v1::WithdrawTicketRequest;
use harborline_status::{Reason, reason_of};
use harborline_types::RequestId;

use crate::app::App;
use crate::domain::contact::Contact;

pub(super) async fn run(app: Arc<App>, duty: DutyRun, contact: Contact) -> Result<Done, DutyError> {
    let request = WithdrawTicketRequest {
        request_id: RequestId::derived("WithdrawTicket", contact.id).to_string(),
        contact_id: contact.id.to_string(),
    };
    match app.ports.availability.withdraw_ticket(&duty.scope, request).await {
        // Not in the queue yet: if it ever comes there, the duty that brings it owes this one again.
        Err(status) if reason_of(&status) == Some(Reason::TicketNotFound) => Ok(Done::Finished),
        Err(status) => Err(status.into()),
        Ok(_) => Ok(Done::Finished),
    }
}
