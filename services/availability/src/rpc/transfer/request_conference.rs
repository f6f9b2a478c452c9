//! Asks a counselor, any counselor with a skill, or the supervisor on call to join the conversation.

use harborline_proto::availability::v1::{RequestConferenceRequest, RequestConferenceResponse};
use tonic::Request;

use crate::app::App;
use crate::error::AvailabilityError;
use crate::rpc::counselor_calls;
use crate::wire::command::{REQUEST_CONFERENCE, transfer};

pub(super) async fn handle(
    app: &App,
    request: Request<RequestConferenceRequest>,
) -> Result<RequestConferenceResponse, AvailabilityError> {
    counselor_calls::ask_matcher(app, request, REQUEST_CONFERENCE, transfer::request_conference).await
}
