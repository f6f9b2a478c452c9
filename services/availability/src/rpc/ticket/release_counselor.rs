//! The conversation has ended: the counselor wraps up. A contact that ended while it waited leaves the queue.

use harborline_proto::availability::v1::{ReleaseCounselorRequest, ReleaseCounselorResponse};
use harborline_runtime::split;
use tonic::Request;

use crate::app::App;
use crate::error::AvailabilityError;
use crate::matcher::ask;
use crate::wire::command::{RELEASE_COUNSELOR, ticket};

pub(super) async fn handle(
    app: &App,
    request: Request<ReleaseCounselorRequest>,
) -> Result<ReleaseCounselorResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let (request_id, command) = ticket::release_counselor(&request)?;
    ask(app, &call, RELEASE_COUNSELOR, request_id, &request, command).await
}
