//! Takes a referral back before it was accepted.

use harborline_identity::{Facts, Subject};
use harborline_proto::referral::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{ReferralId, RequestId};
use tonic::Request;

use crate::app::App;
use crate::error::ReferralError;
use crate::store;
use crate::wire;

pub(super) async fn handle(
    app: &App,
    request: Request<pb::CancelReferralRequest>,
) -> Result<pb::CancelReferralResponse, ReferralError> {
    let (call, request) = split(request)?;
    let (request_id, id) = parse(&request)?;
    let scope = call.scope()?;

    // Intake is asked before the transaction begins, so that none waits for a neighbor.
    let facts = match store::referral_load(&app.store, &scope, id).await? {
        Some(known) => app.contacts.facts_of_contact(&call, known.draft.contact).await?,
        None => Facts::default(),
    };
    let mut tx = match app.store.begin_once(&call, "CancelReferral", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let referral = app.referral(&mut tx, &scope, id).await?;
    call.concerns(Subject::Contact(referral.draft.contact));
    call.permit(&facts)?;
    let step = referral.cancel(app.clock.now()).map_err(|refused| ReferralError::refused(refused, id))?;
    app.save(&mut tx, &scope, &step).await?;
    let histories = store::referral_history(tx.conn(), &scope, vec![step.0]).await?;
    let referral = histories.into_iter().next().map(|(referral, events)| wire::referral(referral, events));
    Ok(tx.commit_answering(pb::CancelReferralResponse { referral }).await?)
}

fn parse(request: &pb::CancelReferralRequest) -> Result<(RequestId, ReferralId), ServiceError> {
    let mut fields = Fields::new();
    let (request_id, id) = (fields.request_id(&request.request_id), fields.id("referral_id", &request.referral_id));
    request_id.zip(id).ok_or_else(|| fields.refused())
}
