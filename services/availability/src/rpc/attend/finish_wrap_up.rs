//! Ends the wrap-up of a contact: the slot is free again, or will be when the end of the conversation is known here.
//! Calling it when it is free changes nothing.

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
    request: Request<pb::FinishWrapUpRequest>,
) -> Result<pb::FinishWrapUpResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let (request_id, command) = parse(&request, &call.person()?.id)?;
    answering::counselor(app, &call, &call.scope()?).await?;
    ask(app, &call, super::FINISH_WRAP_UP, request_id, &request, command).await
}

pub(super) fn parse(
    request: &pb::FinishWrapUpRequest,
    counselor: &PersonId,
) -> Result<(RequestId, Command), ServiceError> {
    let mut fields = Fields::new();
    let (request_id, contact) = (fields.request_id(&request.request_id), fields.id("contact_id", &request.contact_id));
    let (Some(request_id), Some(contact)) = (request_id, contact) else { return Err(fields.refused()) };
    fields.finish()?;
    Ok((request_id, Command::FinishWrapUp(contact, counselor.clone())))
}
