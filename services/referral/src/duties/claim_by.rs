//! `claim-by`: an offer that was not claimed in time passes on. Due at the offer's `claim_by`.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use harborline_duties::{Done, DutyError, DutyRun};
use harborline_status::ServiceError;
use harborline_types::{FacilityId, ReferralId};

use crate::app::App;
use crate::asking;
use crate::domain::Lapse;
use crate::store;

pub(super) const KIND: &str = "claim-by";

/// One referral at one facility.
pub(super) struct Subject {
    pub(super) referral: ReferralId,
    pub(super) facility: FacilityId,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.referral, self.facility)
    }
}

/// Text that names no referral and facility.
pub(super) struct UnknownSubject;

impl FromStr for Subject {
    type Err = UnknownSubject;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (referral, facility) = text.split_once('/').ok_or(UnknownSubject)?;
        let referral = referral.parse().map_err(|_| UnknownSubject)?;
        Ok(Self { referral, facility: facility.parse().map_err(|_| UnknownSubject)? })
    }
}

pub(super) async fn run(app: Arc<App>, run: DutyRun) -> Result<Done, DutyError> {
    let subject: Subject = run.subject_id()?;
    let barred = asking::barred_next(&app, &run.scope, subject.referral).await.map_err(ServiceError::from)?;
    let mut tx = app.store.begin(&run.scope).await?;
    let Some(referral) = store::referral_for_update(&mut tx, &run.scope, subject.referral).await? else {
        return Ok(Done::Finished);
    };
    let facilities = barred.leave(app.facilities(&mut tx, &run.scope, referral.draft.service).await?);
    match referral.lapse(subject.facility, &app.asking(&facilities)) {
        Lapse::Answered => Ok(Done::Finished),
        Lapse::NotYet(due_at) => Ok(Done::Again(due_at)),
        Lapse::Passed(step) => {
            app.save(&mut tx, &run.scope, &step).await?;
            tx.commit().await?;
            Ok(Done::Finished)
        }
    }
}
