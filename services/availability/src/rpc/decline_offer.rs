//! Gives an offer back; it goes to somebody else at once.

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
    request: Request<pb::DeclineOfferRequest>,
) -> Result<pb::DeclineOfferResponse, AvailabilityError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let (request_id, offer) = (fields.request_id(&request.request_id), fields.id("offer_id", &request.offer_id));
    let reason = pb::DeclineReason::try_from(request.reason).unwrap_or(pb::DeclineReason::Unspecified);
    if reason == pb::DeclineReason::Unspecified {
        fields.fault("reason", "must be one of the values, not unspecified");
    }
    let (Some(request_id), Some(offer)) = (request_id, offer) else { return Err(fields.refused().into()) };
    fields.finish()?;
    let scope = call.scope()?;
    let counselor = answering::counselor(app, &call, &scope).await?;

    let mut tx = match app.store.begin_once(&call, "DeclineOffer", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let mut change = answering::open_offer(&mut tx, &scope, offer, &counselor).await?;
    call.concerns(Subject::Contact(change.ticket.contact));
    change.take(Step::Decline).map_err(|_| AvailabilityError::OfferClosed)?;
    store::changes_save(&mut tx, &scope, &[change], app.clock.now()).await?;
    store::presence_heard(&mut tx, &scope, &counselor).await?;
    if reason == pb::DeclineReason::NeedsBreak {
        store::presence_break_set(&mut tx, &scope, &counselor, true).await?;
    }
    tx.hint(store::pool_hint(scope.program()));
    Ok(tx.commit_answering(pb::DeclineOfferResponse {}).await?)
}
