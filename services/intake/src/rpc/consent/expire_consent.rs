//! Ends a consent whose event has happened.

use harborline_disclosure::Expiry;
use harborline_proto::intake::v1::{ExpireConsentRequest, ExpireConsentResponse};
use harborline_runtime::split;
use harborline_status::ServiceError;
use harborline_store::Once;
use tonic::Request;

use super::record_consent::{kept, which};
use crate::app::App;
use crate::error::IntakeError;
use crate::{store, wire};

pub(super) async fn handle(
    app: &App,
    request: Request<ExpireConsentRequest>,
) -> Result<ExpireConsentResponse, IntakeError> {
    let (call, request) = split(request)?;
    let (request_id, id) = which(&request.request_id, &request.consent_id)?;
    let scope = call.scope()?;
    let mut tx = match app.store.begin_once(&call, "ExpireConsent", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let record = kept(&mut tx, &call, &scope, id).await?;
    if !matches!(record.consent.expiry, Expiry::With { .. }) {
        let must = "must be that of a consent which ends with an event".to_owned();
        return Err(ServiceError::invalid(vec![("consent_id".to_owned(), must)]).into());
    }
    store::consent_expire(&mut tx, &scope, id, app.now()).await?;
    let record = kept(&mut tx, &call, &scope, id).await?;
    Ok(tx.commit_answering(ExpireConsentResponse { consent: Some(wire::consent::consent(record)) }).await?)
}
