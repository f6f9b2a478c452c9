//! A counselor has accepted: intake moves custody. If the contact has ended meanwhile, the counselor is free again.

use std::sync::Arc;

use harborline_duties::{Done, DutyError, DutyRun};
use harborline_identity::ProgramScope;
use harborline_proto::intake::v1 as pb;
use harborline_store::StoreError;
use harborline_types::{ContactId, RequestId, wire};

use crate::app::App;
use crate::domain::{Change, Step};
use crate::store;

pub(super) async fn run(app: Arc<App>, run: DutyRun) -> Result<Done, DutyError> {
    let (contact, number) = super::assignment_of(&run)?;
    let assignment = store::assignment_get(&app.store, &run.scope, contact, number).await?;
    let assignment = assignment.ok_or_else(|| DutyError::lasting("no such assignment"))?;
    let request = pb::RecordAssignmentRequest {
        request_id: RequestId::derived("RecordAssignment", &run.subject).to_string(),
        contact_id: contact.to_string(),
        counselor: Some(assignment.counselor.into()),
        assignment: number,
        accepted_at: Some(wire::timestamp(assignment.accepted_at)),
    };
    let answer = app.intake.record_assignment(run.scope, request).await?;
    if !answer.engaged {
        free_counselor(&app, &run.scope, contact, number).await?;
    }
    Ok(Done::Finished)
}

/// Ends an assignment that nobody needs: there is nothing to wrap up.
async fn free_counselor(app: &App, scope: &ProgramScope, contact: ContactId, number: i32) -> Result<(), StoreError> {
    let mut tx = app.store.begin(scope).await?;
    let ticket = store::ticket_for_update(&mut tx, scope, contact).await?;
    let Some(ticket) = ticket.filter(|ticket| ticket.assignment == number) else { return Ok(()) };
    let mut change = Change::of(ticket);
    if change.take(Step::Release).is_ok() {
        // Always possible after a release.
        let _ = change.take(Step::FinishWrapUp);
        store::changes_save(&mut tx, scope, &[change], app.clock.now()).await?;
        tx.hint(store::pool_hint(scope.program()));
        tx.commit().await?;
    }
    Ok(())
}
