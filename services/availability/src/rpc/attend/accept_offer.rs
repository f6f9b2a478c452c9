//! Accepts an offer.

use harborline_proto::availability::v1::{AcceptOfferRequest, AcceptOfferResponse};
use tonic::Request;

use crate::app::App;
use crate::error::AvailabilityError;
use crate::rpc::counselor_calls;
use crate::wire::command::{ACCEPT_OFFER, attend};

pub(super) async fn handle(
    app: &App,
    request: Request<AcceptOfferRequest>,
) -> Result<AcceptOfferResponse, AvailabilityError> {
    counselor_calls::ask_matcher(app, request, ACCEPT_OFFER, attend::accept_offer).await
}
