//! Notes that a participant has revoked a consent, and lets those know who were told under it.

use harborline_identity::Subject;
use harborline_proto::referral::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError};
use harborline_store::Once;
use harborline_types::{ConsentId, RequestId, Timestamp};
use tonic::Request;

use crate::app::App;
use crate::error::ReferralError;
use crate::store;

pub(super) async fn handle(
    app: &App,
    request: Request<pb::RecordConsentRevokedRequest>,
) -> Result<pb::RecordConsentRevokedResponse, ReferralError> {
    let (call, request) = split(request)?;
    let (request_id, id, revoked_at) = parse(&request)?;
    let scope = call.scope()?;
    let mut tx = match app.store.begin_once(&call, "RecordConsentRevoked", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    // A clock that runs ahead of ours must not show clinics an instant that is still to come.
    let revoked_at = revoked_at.min(app.clock.now());
    if store::consent_revoked(&mut tx, &scope, id, revoked_at).await? {
        for (referral, facilities) in store::told_under(&mut tx, &scope, id).await? {
            let referral = app.referral(&mut tx, &scope, referral).await?;
            call.concerns(Subject::Contact(referral.draft.contact));
            let step = referral.consent_revoked(&facilities, revoked_at, app.clock.now());
            app.save(&mut tx, &scope, &step).await?;
        }
    }
    Ok(tx.commit_answering(pb::RecordConsentRevokedResponse {}).await?)
}

fn parse(request: &pb::RecordConsentRevokedRequest) -> Result<(RequestId, ConsentId, Timestamp), ServiceError> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let id = fields.id("consent_id", &request.consent_id);
    let revoked_at = fields.instant("revoked_at", request.revoked_at.as_ref());
    match (request_id, id, revoked_at) {
        (Some(request_id), Some(id), Some(revoked_at)) => Ok((request_id, id, revoked_at)),
        _ => Err(fields.refused()),
    }
}
