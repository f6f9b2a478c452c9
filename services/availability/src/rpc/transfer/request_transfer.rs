//! Asks a counselor, any counselor with a skill, or the supervisor on call to take the contact over. In a warm transfer
//! they join first.

use harborline_proto::availability::v1::{RequestTransferRequest, RequestTransferResponse};
use tonic::Request;

use crate::app::App;
use crate::error::AvailabilityError;
use crate::rpc::counselor_calls;
use crate::wire::command::{REQUEST_TRANSFER, transfer};

pub(super) async fn handle(
    app: &App,
    request: Request<RequestTransferRequest>,
) -> Result<RequestTransferResponse, AvailabilityError> {
    counselor_calls::ask_matcher(app, request, REQUEST_TRANSFER, transfer::request_transfer).await
}
