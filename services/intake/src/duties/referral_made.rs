//! Looks whether a referral that was registered was made: custody does not last for one that never came to be.

use std::sync::Arc;

use harborline_duties::{Done, DutyError, DutyRun};
use harborline_status::{Reason, reason_of};
use harborline_types::{ContactId, ReferralId};

use crate::app::App;
use crate::store;

pub(super) async fn run(app: Arc<App>, duty: DutyRun) -> Result<Done, DutyError> {
    let id: ReferralId = duty.subject_id()?;
    let unconfirmed = store::referral_unconfirmed(app.store.reader(&duty.scope), &duty.scope, id).await?;
    let Some(contact) = unconfirmed else { return Ok(Done::Finished) };
    match app.ports.referral.describe_referral(&duty.scope, id).await {
        Err(status) if reason_of(&status) == Some(Reason::ReferralNotFound) => end(&app, &duty, contact, id).await?,
        Err(status) => return Err(status.into()),
        Ok(()) => {}
    }
    Ok(Done::Finished)
}

async fn end(app: &App, duty: &DutyRun, contact: ContactId, referral: ReferralId) -> Result<(), DutyError> {
    let now = app.now();
    let mut tx = app.store.begin(&duty.scope).await?;
    let contact = store::contact_for_update(&mut tx, &duty.scope, contact).await?;
    store::referral_end(&mut tx, &duty.scope, contact.id, referral, now).await?;
    store::custody_follow(&mut tx, &duty.scope, contact.id, now).await?;
    Ok(tx.commit().await?)
}
