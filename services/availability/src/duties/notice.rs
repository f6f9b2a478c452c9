//! Tells the supervisor on call of a credential that is about to end.
//!
//! The notice has the announcement's id. If this process dies before it has recorded that the receiver took the notice,
//! the notice is sent once more, and the receiver recognizes the id.

use std::sync::Arc;

use harborline_duties::{Done, DutyError, DutyRun};
use harborline_notify::{Notice, NoticeKind};

use crate::app::App;
use crate::paging::Sent;
use crate::store;

pub(super) async fn run(app: Arc<App>, run: DutyRun) -> Result<Done, DutyError> {
    let id = run.subject_id()?;
    let announced = store::credential_announcement_get(&app.store, &run.scope, id).await?;
    let announced = announced.ok_or_else(|| DutyError::lasting("no such announcement"))?;
    let on_call = store::on_call_get(&app.store, &run.scope).await?;
    let notice = Notice {
        id,
        kind: match announced.shift_id {
            None => NoticeKind::CredentialExpiring,
            Some(_) => NoticeKind::CredentialEndsOnShift,
        },
        program: run.scope.program(),
        supervisor: on_call.map(|on_call| on_call.supervisor.id),
        counselor: announced.counselor_id,
        ends_at: announced.ends_at,
        shift: announced.shift_id,
        shift_starts_at: announced.shift_starts_at,
    };
    match app.paging.tell(&notice).await {
        // Without a receiver the log of the check is all there is.
        Sent::Taken | Sent::Nobody => Ok(Done::Finished),
        Sent::Later(error) => Err(error),
        Sent::Refused(refused) => Err(DutyError::lasting(refused.to_string())),
    }
}
