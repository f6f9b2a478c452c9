//! Takes that a referral is about to be made: custody lasts because of it from now on.

use chrono::TimeDelta;
use harborline_duties::Owed;
use harborline_proto::intake::v1::{RegisterReferralRequest, RegisterReferralResponse};
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_store::Once;
use harborline_types::{ContactId, ReferralId};
use tonic::Request;

use crate::app::{App, concerns};
use crate::domain::task::Task;
use crate::error::IntakeError;
use crate::store;

/// By then a referral that was registered exists, or its making has failed for good.
const MADE_WITHIN: TimeDelta = TimeDelta::minutes(10);

pub(super) async fn handle(
    app: &App,
    request: Request<RegisterReferralRequest>,
) -> Result<RegisterReferralResponse, IntakeError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let id = fields.id::<ContactId>("contact_id", &request.contact_id);
    let referral = fields.id::<ReferralId>("referral_id", &request.referral_id);
    let (Some(request_id), Some(id), Some(referral)) = (request_id, id, referral) else {
        return Err(fields.refused().into());
    };
    let scope = call.scope()?;
    let mut tx = match app.store.begin_once(&call, "RegisterReferral", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let now = app.now();
    let contact = store::contact_for_update(&mut tx, &scope, id).await?;
    concerns(&call, &contact);
    store::referral_register(&mut tx, &scope, contact.chain(), referral, now).await?;
    store::custody_follow(&mut tx, &scope, contact.chain(), now).await?;
    tx.owe(Owed::at(Task::ReferralMade, referral, now + MADE_WITHIN));
    Ok(tx.commit_answering(RegisterReferralResponse {}).await?)
}
