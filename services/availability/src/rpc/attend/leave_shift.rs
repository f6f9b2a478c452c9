//! Goes off duty once nothing is in hand.

use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_types::{PersonId, RequestId};
use tonic::Request;

use super::answering;
use crate::app::App;
use crate::domain::matcher::Command;
use crate::error::AvailabilityError;
use crate::matcher::ask;

pub(super) async fn handle(
    app: &App,
    request: Request<pb::LeaveShiftRequest>,
) -> Result<pb::LeaveShiftResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let (request_id, command) = parse(&request, &call.person()?.id)?;
    answering::counselor(app, &call, &call.scope()?).await?;
    ask(app, &call, super::LEAVE_SHIFT, request_id, &request, command).await
}

pub(super) fn parse(
    request: &pb::LeaveShiftRequest,
    counselor: &PersonId,
) -> Result<(RequestId, Command), ServiceError> {
    let mut fields = Fields::new();
    let Some(request_id) = fields.request_id(&request.request_id) else { return Err(fields.refused()) };
    fields.finish()?;
    Ok((request_id, Command::LeaveShift(counselor.clone())))
}
