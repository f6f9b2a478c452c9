//! The counselor goes off duty as soon as they have nothing in hand.

use harborline_proto::availability::v1::{LeaveShiftRequest, LeaveShiftResponse};
use tonic::Request;

use crate::app::App;
use crate::error::AvailabilityError;
use crate::rpc::counselor_calls;
use crate::wire::command::{LEAVE_SHIFT, attend};

pub(super) async fn handle(
    app: &App,
    request: Request<LeaveShiftRequest>,
) -> Result<LeaveShiftResponse, AvailabilityError> {
    counselor_calls::ask_matcher(app, request, LEAVE_SHIFT, attend::leave_shift).await
}
