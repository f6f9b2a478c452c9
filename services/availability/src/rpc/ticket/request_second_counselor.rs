//! Asks another counselor to join a contact, since a program's rule wants one.

use harborline_proto::availability::v1::{RequestSecondCounselorRequest, RequestSecondCounselorResponse};
use harborline_runtime::split;
use tonic::Request;

use crate::app::App;
use crate::error::AvailabilityError;
use crate::matcher::ask;
use crate::wire::command::{REQUEST_SECOND_COUNSELOR, transfer};

pub(super) async fn handle(
    app: &App,
    request: Request<RequestSecondCounselorRequest>,
) -> Result<RequestSecondCounselorResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let (request_id, command) = transfer::request_second_counselor(&request)?;
    ask(app, &call, REQUEST_SECOND_COUNSELOR, request_id, &request, command).await
}
