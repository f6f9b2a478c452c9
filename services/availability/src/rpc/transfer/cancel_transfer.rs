//! Cancels a transfer that is not complete.

use harborline_proto::availability::v1::{CancelTransferRequest, CancelTransferResponse};
use tonic::Request;

use crate::app::App;
use crate::error::AvailabilityError;
use crate::rpc::counselor_calls;
use crate::wire::command::{CANCEL_TRANSFER, transfer};

pub(super) async fn handle(
    app: &App,
    request: Request<CancelTransferRequest>,
) -> Result<CancelTransferResponse, AvailabilityError> {
    counselor_calls::ask_matcher(app, request, CANCEL_TRANSFER, transfer::cancel_transfer).await
}
