//! Hands the contact over to the counselor who has joined by a warm transfer.

use harborline_proto::availability::v1::{CompleteTransferRequest, CompleteTransferResponse};
use tonic::Request;

use crate::app::App;
use crate::error::AvailabilityError;
use crate::rpc::counselor_calls;
use crate::wire::command::{COMPLETE_TRANSFER, transfer};

pub(super) async fn handle(
    app: &App,
    request: Request<CompleteTransferRequest>,
) -> Result<CompleteTransferResponse, AvailabilityError> {
    counselor_calls::ask_matcher(app, request, COMPLETE_TRANSFER, transfer::complete_transfer).await
}
