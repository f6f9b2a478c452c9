//! Begins or ends a break, in which the counselor is made no new offers.

use harborline_proto::availability::v1::{SetBreakRequest, SetBreakResponse};
use tonic::Request;

use crate::app::App;
use crate::error::AvailabilityError;
use crate::rpc::counselor_calls;
use crate::wire::command::{SET_BREAK, attend};

pub(super) async fn handle(
    app: &App,
    request: Request<SetBreakRequest>,
) -> Result<SetBreakResponse, AvailabilityError> {
    counselor_calls::ask_matcher(app, request, SET_BREAK, attend::set_break).await
}
