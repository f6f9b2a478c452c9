//! The conversation has ended: the counselor wraps up. A contact that ended while it waited leaves the queue.

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
    request: Request<pb::ReleaseCounselorRequest>,
) -> Result<pb::ReleaseCounselorResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let (request_id, command) = parse(&request)?;
    ask(app, &call, super::RELEASE_COUNSELOR, request_id, &request, command).await
}

pub(super) fn parse(request: &pb::ReleaseCounselorRequest) -> Result<(RequestId, Command), ServiceError> {
    let mut fields = Fields::new();
    let (request_id, contact) = (fields.request_id(&request.request_id), fields.id("contact_id", &request.contact_id));
    let (Some(request_id), Some(contact)) = (request_id, contact) else { return Err(fields.refused()) };
    fields.finish()?;
    Ok((request_id, Command::Release(contact)))
}
