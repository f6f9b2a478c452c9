//! Takes the offered contact.

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
    request: Request<pb::AcceptOfferRequest>,
) -> Result<pb::AcceptOfferResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let (request_id, command) = parse(&request, &call.person()?.id)?;
    answering::counselor(app, &call, &call.scope()?).await?;
    ask(app, &call, super::ACCEPT_OFFER, request_id, &request, command).await
}

pub(super) fn parse(
    request: &pb::AcceptOfferRequest,
    counselor: &PersonId,
) -> Result<(RequestId, Command), ServiceError> {
    let mut fields = Fields::new();
    let (request_id, offer) = (fields.request_id(&request.request_id), fields.id("offer_id", &request.offer_id));
    let (Some(request_id), Some(offer)) = (request_id, offer) else { return Err(fields.refused()) };
    fields.finish()?;
    Ok((request_id, Command::Accept(offer, counselor.clone())))
}
