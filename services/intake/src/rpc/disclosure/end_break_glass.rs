//! Ends an emergency access before its time.

use harborline_identity::{Role, Subject};
use harborline_proto::intake::v1::{EndBreakGlassRequest, EndBreakGlassResponse};
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_store::Once;
use harborline_types::BreakGlassId;
use tonic::Request;

use crate::app::App;
use crate::error::IntakeError;
use crate::rpc::permit::note_break_glass;
use crate::store;
use crate::wire::break_glass::access;

pub(super) async fn handle(
    app: &App,
    request: Request<EndBreakGlassRequest>,
) -> Result<EndBreakGlassResponse, IntakeError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let id = fields.id::<BreakGlassId>("break_glass_id", &request.break_glass_id);
    let (Some(request_id), Some(id)) = (request_id, id) else { return Err(fields.refused().into()) };
    let scope = call.scope()?;
    let by = call.person()?.id.clone();
    let mut tx = match app.store.begin_once(&call, "EndBreakGlass", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let taken = store::break_glass_for_update(&mut tx, &scope, id).await?;
    let taken = taken.ok_or(IntakeError::BreakGlassNotFound(id))?;
    call.concerns(Subject::Participant(taken.participant));
    note_break_glass(&call, id);
    let now = app.now();
    let ended = taken.end(&by, call.has_role(Role::Supervisor), now)?;
    store::break_glass_save(&mut tx, &scope, &ended).await?;
    Ok(tx.commit_answering(EndBreakGlassResponse { access: Some(access(ended, now)) }).await?)
}
