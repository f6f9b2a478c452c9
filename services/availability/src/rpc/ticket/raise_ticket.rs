//! Raises the acuity of a ticket, or changes what it needs. Never lowers. May also say that the caller is back.

use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_types::RequestId;
use tonic::Request;

use crate::app::App;
use crate::domain::matcher::Command;
use crate::error::AvailabilityError;
use crate::matcher::ask;

pub(super) async fn handle(
    app: &App,
    request: Request<pb::RaiseTicketRequest>,
) -> Result<pb::RaiseTicketResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let (request_id, command) = parse(&request)?;
    ask(app, &call, super::RAISE_TICKET, request_id, &request, command).await
}

pub(super) fn parse(request: &pb::RaiseTicketRequest) -> Result<(RequestId, Command), ServiceError> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let contact = fields.id("contact_id", &request.contact_id);
    let acuity = fields.word("acuity", request.acuity);
    let need = request.need.as_ref().and_then(|given| fields.need("need", Some(given)));
    let (Some(request_id), Some(contact), Some(acuity)) = (request_id, contact, acuity) else {
        return Err(fields.refused());
    };
    fields.finish()?;
    let command = if request.caller_is_back { Command::CallerBack } else { Command::Raise };
    Ok((request_id, command(contact, acuity, need)))
}
