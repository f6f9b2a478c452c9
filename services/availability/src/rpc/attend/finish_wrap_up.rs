//! Ends the wrap-up of a contact: the slot is free again, or will be once intake has released the counselor. A call for
//! a slot that is free changes nothing.

use harborline_proto::availability::v1::{FinishWrapUpRequest, FinishWrapUpResponse};
use tonic::Request;

use crate::app::App;
use crate::error::AvailabilityError;
use crate::rpc::counselor_calls;
use crate::wire::command::{FINISH_WRAP_UP, attend};

pub(super) async fn handle(
    app: &App,
    request: Request<FinishWrapUpRequest>,
) -> Result<FinishWrapUpResponse, AvailabilityError> {
    counselor_calls::ask_matcher(app, request, FINISH_WRAP_UP, attend::finish_wrap_up).await
}
