//! Declines an offer; the matcher asks another counselor in the same round.

use harborline_proto::availability::v1::{DeclineOfferRequest, DeclineOfferResponse};
use tonic::Request;

use crate::app::App;
use crate::error::AvailabilityError;
use crate::rpc::counselor_calls;
use crate::wire::command::{DECLINE_OFFER, attend};

pub(super) async fn handle(
    app: &App,
    request: Request<DeclineOfferRequest>,
) -> Result<DeclineOfferResponse, AvailabilityError> {
    counselor_calls::ask_matcher(app, request, DECLINE_OFFER, attend::decline_offer).await
}
