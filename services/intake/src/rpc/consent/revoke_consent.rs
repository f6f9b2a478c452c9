//! Revokes a consent; the clinics that were told under it learn so.

use harborline_duties::Owed;
use harborline_proto::intake::v1::{RevokeConsentRequest, RevokeConsentResponse};
use harborline_runtime::split;
use harborline_store::Once;
use tonic::Request;

use super::record_consent::{kept, which};
use crate::app::App;
use crate::domain::task::Task;
use crate::error::IntakeError;
use crate::rpc::acting::acting;
use crate::{store, wire};

pub(super) async fn handle(
    app: &App,
    request: Request<RevokeConsentRequest>,
) -> Result<RevokeConsentResponse, IntakeError> {
    let (call, request) = split(request)?;
    let (request_id, id) = which(&request.request_id, &request.consent_id)?;
    let scope = call.scope()?;
    let by = acting(&call)?;
    let mut tx = match app.store.begin_once(&call, "RevokeConsent", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let mut record = kept(&mut tx, &call, &scope, id).await?;
    if record.consent.revoked_at.is_none() {
        let now = app.now();
        store::consent_revoke(&mut tx, &scope, id, &by.id, now).await?;
        tx.owe(Owed::now(Task::ConsentRevoked, id));
        record.consent.revoked_at = Some(now);
    }
    Ok(tx.commit_answering(RevokeConsentResponse { consent: Some(wire::consent::consent(record)) }).await?)
}
