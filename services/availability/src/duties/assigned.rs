//! A counselor has accepted: intake moves custody. If the contact has ended meanwhile, the counselor is free again.

use std::sync::Arc;

use harborline_duties::{Done, DutyError, DutyRun};
use harborline_proto::intake::v1 as pb;
use harborline_types::{RequestId, wire};

use crate::app::App;
use crate::domain::matcher::Command;
use crate::matcher::ask_for_duty;
use crate::rpc::END_ASSIGNMENT;
use crate::store;

pub(super) async fn run(app: Arc<App>, run: DutyRun) -> Result<Done, DutyError> {
    let (contact, number) = super::assignment_of(&run)?;
    let assignment = match app.assigned.take(contact, number) {
        Some(noted) => noted,
        None => {
            let read = store::assignment_get(&app.store, &run.scope, contact, number).await?;
            read.ok_or_else(|| DutyError::lasting("no such assignment"))?
        }
    };
    let request = pb::RecordAssignmentRequest {
        request_id: RequestId::derived("RecordAssignment", &run.subject).to_string(),
        contact_id: contact.to_string(),
        counselor: Some(assignment.counselor.into()),
        assignment: number,
        accepted_at: Some(wire::timestamp(assignment.accepted_at)),
    };
    let answer = app.intake.record_assignment(run.scope, request).await?;
    if let Some(transfer) = assignment.by_transfer {
        // Only now: whoever had joined sees the contact without a gap.
        super::joined::tell(&app, &run.scope, transfer).await?;
    }
    if !answer.engaged {
        let end = Command::EndAssignment(contact, number);
        ask_for_duty(&app, &run.scope, END_ASSIGNMENT, &run.subject, end).await?;
    }
    Ok(Done::Finished)
}
