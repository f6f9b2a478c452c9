//! Confirms a consent that was put on record after a revocation and permits nothing until then.

use harborline_disclosure::Confirmation;
use harborline_proto::intake::v1::{ConfirmConsentRequest, ConfirmConsentResponse};
use harborline_runtime::split;
use harborline_store::Once;
use tonic::Request;

use super::record_consent::{kept, which};
use crate::app::App;
use crate::error::IntakeError;
use crate::rpc::acting::acting;
use crate::{store, wire};

pub(super) async fn handle(
    app: &App,
    request: Request<ConfirmConsentRequest>,
) -> Result<ConfirmConsentResponse, IntakeError> {
    let (call, request) = split(request)?;
    let (request_id, id) = which(&request.request_id, &request.consent_id)?;
    let scope = call.scope()?;
    let mut tx = match app.store.begin_once(&call, "ConfirmConsent", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let record = kept(&mut tx, &call, &scope, id).await?;
    if record.consent.confirmation == Confirmation::Awaited {
        store::consent_confirm(&mut tx, &scope, id, &acting(&call)?, app.now()).await?;
    }
    let record = kept(&mut tx, &call, &scope, id).await?;
    Ok(tx.commit_answering(ConfirmConsentResponse { consent: Some(wire::consent::consent(record)) }).await?)
}
