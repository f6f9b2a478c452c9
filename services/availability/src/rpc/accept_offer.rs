//! Takes the offered contact.

use harborline_identity::Subject;
use harborline_proto::availability::v1 as pb;
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_store::Once;
use tonic::Request;

use super::answering;
use crate::app::App;
use crate::domain::Step;
use crate::error::AvailabilityError;
use crate::store;

pub(super) async fn handle(
    app: &App,
    request: Request<pb::AcceptOfferRequest>,
) -> Result<pb::AcceptOfferResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let (request_id, offer) = (fields.request_id(&request.request_id), fields.id("offer_id", &request.offer_id));
    let (Some(request_id), Some(offer)) = (request_id, offer) else { return Err(fields.refused().into()) };
    let scope = call.scope()?;
    let counselor = answering::counselor(app, &call, &scope).await?;

    let mut tx = match app.store.begin_once(&call, "AcceptOffer", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let mut change = answering::open_offer(&mut tx, &scope, offer, &counselor).await?;
    call.concerns(Subject::Contact(change.ticket.contact));
    change.take(Step::Accept).map_err(|_| AvailabilityError::OfferClosed)?;
    let answer = pb::AcceptOfferResponse {
        contact_id: change.ticket.contact.to_string(),
        ticket_id: change.ticket.id.to_string(),
    };
    store::changes_save(&mut tx, &scope, &[change], app.clock.now()).await?;
    store::presence_heard(&mut tx, &scope, &counselor).await?;
    tx.hint(store::pool_hint(scope.program()));
    Ok(tx.commit_answering(answer).await?)
}
