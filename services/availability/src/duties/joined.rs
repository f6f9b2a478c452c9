//! A counselor has joined a contact or left it, and intake changes who may see the contact. Always tells the newest
//! state.

use std::sync::Arc;

use harborline_duties::{Done, DutyError, DutyRun};
use harborline_identity::ProgramScope;
use harborline_types::{RequestId, TicketId};

use crate::app::App;
use crate::ports::JoinedNow;
use crate::store;

pub(super) async fn run(app: Arc<App>, run: DutyRun) -> Result<Done, DutyError> {
    let ticket: TicketId = run.subject_id()?;
    tell(&app, &run.scope, ticket).await?;
    Ok(Done::Finished)
}

/// Tells intake which counselor has joined a contact by this ticket now, or that none has.
pub(super) async fn tell(app: &App, scope: &ProgramScope, ticket: TicketId) -> Result<(), DutyError> {
    let joined = store::joined_get(&app.store, scope, ticket).await?;
    let joined = joined.ok_or_else(|| DutyError::lasting("no such transfer or conference"))?;
    let request_id = RequestId::derived("RecordJoined", format_args!("{ticket}/{}", joined.sequence));
    let (contact, sequence, person) = (joined.contact, joined.sequence, joined.person);
    app.intake.record_joined(scope, request_id, JoinedNow { contact, ticket, sequence, person }).await?;
    Ok(())
}
