//! Notes that a participant has revoked a consent.

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
    store::consent_revoked(&mut tx, &scope, id, revoked_at).await?;
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
