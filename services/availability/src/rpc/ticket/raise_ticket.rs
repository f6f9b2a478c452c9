//! Raises the acuity of a ticket, changes its need, or says that the caller is back. Never lowers the acuity.

use harborline_proto::availability::v1::{RaiseTicketRequest, RaiseTicketResponse};
use harborline_runtime::split;
use tonic::Request;

use crate::app::App;
use crate::error::AvailabilityError;
use crate::matcher::ask;
use crate::wire::command::{RAISE_TICKET, ticket};

pub(super) async fn handle(
    app: &App,
    request: Request<RaiseTicketRequest>,
) -> Result<RaiseTicketResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let (request_id, command) = ticket::raise_ticket(&request)?;
    ask(app, &call, RAISE_TICKET, request_id, &request, command).await
}
