//! `claim-by`: an offer that was not claimed in time passes on. Due at the offer's `claim_by`.

use std::sync::Arc;

use harborline_duties::{Done, DutyError, DutyRun};
use harborline_status::ServiceError;
use harborline_types::FacilityId;

use crate::app::App;
use crate::asking;
use crate::domain::task::AtFacility;
use crate::domain::{Asking, Lapse, Referral};
use crate::store;

pub(super) async fn run(app: Arc<App>, run: DutyRun) -> Result<Done, DutyError> {
    let subject: AtFacility = run.subject_id()?;
    pass_on(&app, &run, subject, Referral::lapse_offer).await
}

/// Passes a referral on to the next facility when the one that has it has let its time pass.
pub(super) async fn pass_on(
    app: &App,
    run: &DutyRun,
    subject: AtFacility,
    lapse: fn(Referral, FacilityId, &Asking<'_>) -> Lapse,
) -> Result<Done, DutyError> {
    let barred = asking::barred_next(app, &run.scope, subject.referral).await.map_err(ServiceError::from)?;
    let mut tx = app.store.begin(&run.scope).await?;
    let Some(referral) = store::referral_for_update(&mut tx, &run.scope, subject.referral).await? else {
        return Ok(Done::Finished);
    };
    let facilities = barred.leave(app.facilities(&mut tx, &run.scope, referral.draft.service).await?);
    match lapse(referral, subject.facility, &app.asking(&facilities)) {
        Lapse::Answered => Ok(Done::Finished),
        Lapse::NotYet(due_at) => Ok(Done::Again(due_at)),
        Lapse::Passed(step) => {
            app.save(&mut tx, &run.scope, &step).await?;
            tx.commit().await?;
            Ok(Done::Finished)
        }
    }
}
