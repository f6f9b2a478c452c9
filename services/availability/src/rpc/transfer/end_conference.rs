//! Ends a conference: the counselor who joined by it leaves the contact, and no other is asked.

use harborline_proto::availability::v1::{EndConferenceRequest, EndConferenceResponse};
use tonic::Request;

use crate::app::App;
use crate::error::AvailabilityError;
use crate::rpc::counselor_calls;
use crate::wire::command::{END_CONFERENCE, transfer};

pub(super) async fn handle(
    app: &App,
    request: Request<EndConferenceRequest>,
) -> Result<EndConferenceResponse, AvailabilityError> {
    counselor_calls::ask_matcher(app, request, END_CONFERENCE, transfer::end_conference).await
}
