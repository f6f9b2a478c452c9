//! Tells intake of the supervisor on call. Always of the newest change: intake ignores an older one.

use std::sync::Arc;

use harborline_duties::{Done, DutyError, DutyRun};
use harborline_types::RequestId;

use crate::app::App;
use crate::store;

pub(super) async fn run(app: Arc<App>, run: DutyRun) -> Result<Done, DutyError> {
    let on_call = store::on_call_get(&app.store, &run.scope).await?;
    let on_call = on_call.ok_or_else(|| DutyError::lasting("no supervisor was named"))?;
    let subject = format!("{}/{}", run.scope.program(), on_call.sequence);
    let request_id = RequestId::derived("RecordSupervisorOnCall", subject);
    app.intake.record_supervisor_on_call(&run.scope, request_id, on_call.supervisor, on_call.sequence).await?;
    Ok(Done::Finished)
}
