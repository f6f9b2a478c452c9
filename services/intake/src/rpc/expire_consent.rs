use harborline_disclosure::Expiry;
use harborline_identity::Subject;
use harborline_proto::intake::v1::{ExpireConsentRequest, ExpireConsentResponse};
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_store::Once;
use harborline_types::ConsentId;
use tonic::Request;

use super::record_consent::permit_keeping;
use crate::app::App;
use crate::error::IntakeError;
use crate::{store, wire};

pub(super) async fn handle(
    app: &App,
    request: Request<ExpireConsentRequest>,
) -> Result<ExpireConsentResponse, IntakeError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let id = fields.id::<ConsentId>("consent_id", &request.consent_id);
    let (Some(request_id), Some(id)) = (request_id, id) else { return Err(fields.refused().into()) };
    let scope = call.scope()?;
    let mut tx = match app.store.begin_once(&call, "ExpireConsent", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let record = store::consent_for_update(&mut tx, &scope, id).await?.ok_or(IntakeError::ConsentNotFound(id))?;
    call.concerns(Subject::Participant(record.consent.participant));
    permit_keeping(&call, record.consent.participant)?;
    if !matches!(record.consent.expiry, Expiry::With { .. }) {
        fields.fault("consent_id", "must be that of a consent which ends with an event");
        return Err(fields.refused().into());
    }
    store::consent_expire(&mut tx, &scope, id, app.now()).await?;
    let record = store::consent_for_update(&mut tx, &scope, id).await?.ok_or(IntakeError::ConsentNotFound(id))?;
    Ok(tx.commit_answering(ExpireConsentResponse { consent: Some(wire::consent::consent(record)) }).await?)
}
