//! Tells the queue that a waiting contact is more urgent, or needs something else.

use std::sync::Arc;

use harborline_duties::{Done, DutyError, DutyRun};
use harborline_proto::availability::v1::RaiseTicketRequest;
use harborline_types::RequestId;
use harborline_types::wire::number;

use crate::app::{App, change_contact};
use crate::domain::contact::Contact;

pub(super) async fn run(app: Arc<App>, duty: DutyRun, contact: Contact) -> Result<Done, DutyError> {
    let Some(requested) = contact.to_request() else { return Ok(Done::Finished) };
    // What is asked for depends on the contact as it is now, so the request's id does too.
    let subject = format!("{}/{}", contact.id, contact.revision);
    let request = RaiseTicketRequest {
        request_id: RequestId::derived("RaiseTicket", subject).to_string(),
        contact_id: contact.id.to_string(),
        acuity: number(requested.acuity),
        need: Some(contact.assessment.need.clone().into()),
        caller_is_back: false,
    };
    app.ports.availability.raise_ticket(&duty.scope, request).await?;
    let mut tx = app.store.begin(&duty.scope).await?;
    change_contact(&mut tx, &duty.scope, contact.id, |contact| Ok(contact.raised(requested, app.now()))).await?;
    tx.commit().await?;
    Ok(Done::Finished)
}
