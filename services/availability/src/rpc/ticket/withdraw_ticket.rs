//! The caller left, or the backup line has the caller. A counselor who has the contact keeps it.

use harborline_proto::availability::v1::{WithdrawTicketRequest, WithdrawTicketResponse};
use harborline_runtime::split;
use tonic::Request;

use crate::app::App;
use crate::error::AvailabilityError;
use crate::matcher::ask;
use crate::wire::command::{WITHDRAW_TICKET, ticket};

pub(super) async fn handle(
    app: &App,
    request: Request<WithdrawTicketRequest>,
) -> Result<WithdrawTicketResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let (request_id, command) = ticket::withdraw_ticket(&request)?;
    ask(app, &call, WITHDRAW_TICKET, request_id, &request, command).await
}
