//! Goes off duty once nothing is in hand.

use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_store::Once;
use tonic::Request;

use super::answering;
use crate::app::App;
use crate::error::AvailabilityError;
use crate::store;

pub(super) async fn handle(
    app: &App,
    request: Request<pb::LeaveShiftRequest>,
) -> Result<pb::LeaveShiftResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let Some(request_id) = fields.request_id(&request.request_id) else { return Err(fields.refused().into()) };
    let scope = call.scope()?;
    let counselor = answering::counselor(app, &call, &scope).await?;

    let mut tx = match app.store.begin_once(&call, "LeaveShift", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    store::presence_leave(&mut tx, &scope, &counselor).await?;
    Ok(tx.commit_answering(pb::LeaveShiftResponse {}).await?)
}
