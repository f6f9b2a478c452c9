//! A counselor has accepted a contact: intake moves its custody. If the contact has ended meanwhile, the counselor is
//! released.

use std::sync::Arc;

use harborline_duties::{Done, DutyError, DutyRun};
use harborline_types::RequestId;

use crate::app::App;
use crate::domain::matcher::Command;
use crate::domain::task::AssignmentOf;
use crate::matcher::ask_for_duty;
use crate::ports::AssignmentMade;
use crate::store;
use crate::wire::command::END_ASSIGNMENT;

pub(super) async fn run(app: Arc<App>, run: DutyRun) -> Result<Done, DutyError> {
    let AssignmentOf { contact, number } = run.subject_id()?;
    let assignment = match app.assigned.take(contact, number) {
        Some(noted) => noted,
        None => {
            let read = store::assignment_get(&app.store, &run.scope, contact, number).await?;
            read.ok_or_else(|| DutyError::lasting("no such assignment"))?
        }
    };
    let request_id = RequestId::derived("RecordAssignment", &run.subject);
    let (counselor, accepted_at) = (assignment.counselor, assignment.accepted_at);
    let made = AssignmentMade { contact, counselor, number, accepted_at };
    let is_wanted = app.intake.record_assignment(&run.scope, request_id, made).await?;
    if let Some(transfer) = assignment.by_transfer {
        // After the assignment, so that the counselor who had joined can see the contact all the time.
        super::joined::tell(&app, &run.scope, transfer).await?;
    }
    if !is_wanted {
        let end = Command::EndAssignment(contact, number);
        ask_for_duty(&app, &run.scope, END_ASSIGNMENT, &run.subject, end).await?;
    }
    Ok(Done::Finished)
}
