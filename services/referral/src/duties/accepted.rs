//! `accepted`: intake learns that a clinic has accepted, so that custody can go there.

use std::sync::Arc;

use harborline_duties::{Done, DutyError, DutyRun};
use harborline_types::{ReferralId, RequestId};

use crate::app::App;
use crate::ports::ReferralAccepted;
use crate::store;

pub(super) async fn run(app: Arc<App>, run: DutyRun) -> Result<Done, DutyError> {
    let id: ReferralId = run.subject_id()?;
    let referral = store::referral_load(&app.store, &run.scope, id).await?;
    let referral = referral.ok_or_else(|| DutyError::lasting("no such referral"))?;
    let (Some(facility), Some(owner)) = (referral.facility, referral.owner) else {
        return Err(DutyError::lasting("the referral was not accepted"));
    };
    let accepted = ReferralAccepted { contact: referral.draft.contact, referral: id, facility, owner: owner.person };
    let request_id = RequestId::derived("RecordReferralAccepted", id);
    app.intake.record_referral_accepted(&run.scope, request_id, accepted).await?;
    Ok(Done::Finished)
}
