//! Tells referral that a consent was revoked, so that the clinics that were told under it learn so. Access has ended
//! before: every disclosure is checked when it is made.

use std::sync::Arc;

use harborline_duties::{Done, DutyError, DutyRun};
use harborline_types::{ConsentId, RequestId};

use crate::app::App;
use crate::store;

pub(super) async fn run(app: Arc<App>, duty: DutyRun) -> Result<Done, DutyError> {
    let id: ConsentId = duty.subject_id()?;
    let revoked_at = store::consent_revoked_at(app.store.reader(&duty.scope), &duty.scope, id).await?;
    let revoked_at = revoked_at.ok_or_else(|| DutyError::lasting("the consent is not revoked"))?;
    let request_id = RequestId::derived("RecordConsentRevoked", id);
    app.ports.referral.record_consent_revoked(&duty.scope, request_id, id, revoked_at).await?;
    Ok(Done::Finished)
}
