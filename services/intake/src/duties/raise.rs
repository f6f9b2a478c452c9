//! Tells the queue that a waiting contact is more urgent, or needs something else.

use std::sync::Arc;

use harborline_duties::{Done, DutyError, DutyRun};
use harborline_types::RequestId;

use crate::app::{App, change_contact};
use crate::domain::contact::Contact;
use crate::ports::TicketRaised;

pub(super) async fn run(app: Arc<App>, duty: DutyRun, contact: Contact) -> Result<Done, DutyError> {
    let Some(requested) = contact.to_request() else { return Ok(Done::Finished) };
    // What is asked for depends on the contact as it is now, so the request's id does too.
    let subject = format!("{}/{}", contact.id, contact.revision);
    let raised = TicketRaised {
        contact: contact.id,
        acuity: requested.acuity,
        need: Some(contact.assessment.need.clone()),
        caller_is_back: false,
    };
    app.ports.availability.raise_ticket(&duty.scope, RequestId::derived("RaiseTicket", subject), raised).await?;
    let mut tx = app.store.begin(&duty.scope).await?;
    change_contact(&mut tx, &duty.scope, contact.id, |contact| Ok(contact.raised(requested, app.now()))).await?;
    tx.commit().await?;
    Ok(Done::Finished)
}
