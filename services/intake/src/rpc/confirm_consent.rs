use harborline_disclosure::Confirmation;
use harborline_identity::Subject;
use harborline_proto::intake::v1::{ConfirmConsentRequest, ConfirmConsentResponse};
use harborline_runtime::split;
use harborline_status::Fields;
use harborline_store::Once;
use harborline_types::ConsentId;
use tonic::Request;

use super::record_consent::{acting, permit_keeping};
use crate::app::App;
use crate::error::IntakeError;
use crate::{store, wire};

pub(super) async fn handle(
    app: &App,
    request: Request<ConfirmConsentRequest>,
) -> Result<ConfirmConsentResponse, IntakeError> {
    let (call, request) = split(request)?;
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let id = fields.id::<ConsentId>("consent_id", &request.consent_id);
    let (Some(request_id), Some(id)) = (request_id, id) else { return Err(fields.refused().into()) };
    let scope = call.scope()?;
    let mut tx = match app.store.begin_once(&call, "ConfirmConsent", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let record = store::consent_for_update(&mut tx, &scope, id).await?.ok_or(IntakeError::ConsentNotFound(id))?;
    call.concerns(Subject::Participant(record.consent.participant));
    permit_keeping(&call, record.consent.participant)?;
    if record.consent.confirmation == Confirmation::Awaited {
        store::consent_confirm(&mut tx, &scope, id, &acting(&call)?, app.now()).await?;
    }
    let record = store::consent_for_update(&mut tx, &scope, id).await?.ok_or(IntakeError::ConsentNotFound(id))?;
    Ok(tx.commit_answering(ConfirmConsentResponse { consent: Some(wire::consent::consent(record)) }).await?)
}
