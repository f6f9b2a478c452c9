//! A counselor leaves a conference that they have joined.

use harborline_proto::availability::v1::{LeaveConferenceRequest, LeaveConferenceResponse};
use tonic::Request;

use crate::app::App;
use crate::error::AvailabilityError;
use crate::rpc::counselor_calls;
use crate::wire::command::{LEAVE_CONFERENCE, transfer};

pub(super) async fn handle(
    app: &App,
    request: Request<LeaveConferenceRequest>,
) -> Result<LeaveConferenceResponse, AvailabilityError> {
    counselor_calls::ask_matcher(app, request, LEAVE_CONFERENCE, transfer::leave_conference).await
}
