//! Lets the counselor go who was in a contact, or who came to one that had ended.

use std::sync::Arc;

use harborline_duties::{Done, DutyError, DutyRun};
use harborline_status::{Reason, reason_of};
use harborline_types::RequestId;

use crate::app::App;
use crate::domain::contact::Contact;

pub(super) async fn run(app: Arc<App>, duty: DutyRun, contact: Contact) -> Result<Done, DutyError> {
    // A late assignment is another release.
    let subject = format!("{}/{}", contact.id, contact.assignment);
    let request_id = RequestId::derived("ReleaseCounselor", subject);
    match app.ports.availability.release_counselor(&duty.scope, request_id, contact.id).await {
        // Nobody to let go.
        Err(status) if reason_of(&status) == Some(Reason::TicketNotFound) => Ok(Done::Finished),
        Err(status) => Err(status.into()),
        Ok(()) => Ok(Done::Finished),
    }
}
