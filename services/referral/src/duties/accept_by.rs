//! `accept-by`: a claim lapses when the clinic has not accepted in time. Due at the claim's `accept_by`.

use std::sync::Arc;

use harborline_duties::{Done, DutyError, DutyRun};

use super::claim_by::pass_on;
use crate::app::App;
use crate::domain::Referral;
use crate::domain::task::AtFacility;

pub(super) async fn run(app: Arc<App>, run: DutyRun) -> Result<Done, DutyError> {
    let subject: AtFacility = run.subject_id()?;
    pass_on(&app, &run, subject, Referral::lapse_claim).await
}
