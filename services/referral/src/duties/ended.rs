//! `ended`: intake learns that a referral has ended, so that custody no longer lasts because of it.

use std::sync::Arc;

use harborline_duties::{Done, DutyError, DutyRun};
use harborline_types::{ReferralId, RequestId};

use crate::app::App;
use crate::store;

pub(super) async fn run(app: Arc<App>, run: DutyRun) -> Result<Done, DutyError> {
    let id: ReferralId = run.subject_id()?;
    let referral = store::referral_load(&app.store, &run.scope, id).await?;
    let referral = referral.ok_or_else(|| DutyError::lasting("no such referral"))?;
    if !referral.state.has_ended() {
        return Err(DutyError::lasting("the referral has not ended"));
    }
    let request_id = RequestId::derived("RecordReferralEnded", id);
    app.intake.record_referral_ended(&run.scope, request_id, referral.draft.contact, id).await?;
    Ok(Done::Finished)
}
