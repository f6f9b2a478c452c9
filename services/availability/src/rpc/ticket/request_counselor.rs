//! Puts a contact into the queue.

use harborline_proto::availability::v1::{RequestCounselorRequest, RequestCounselorResponse};
use harborline_runtime::split;
use tonic::Request;

use crate::app::App;
use crate::error::AvailabilityError;
use crate::matcher::ask;
use crate::wire::command::{REQUEST_COUNSELOR, ticket};

pub(super) async fn handle(
    app: &App,
    request: Request<RequestCounselorRequest>,
) -> Result<RequestCounselorResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let (request_id, command) = ticket::request_counselor(&request)?;
    ask(app, &call, REQUEST_COUNSELOR, request_id, &request, command).await
}
