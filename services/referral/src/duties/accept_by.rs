//! `accept-by`: a claim lapses when the clinic has not accepted in time. Due at the claim's `accept_by`.

use std::sync::Arc;

use harborline_duties::{Done, DutyError, DutyRun};

use super::claim_by::{Subject, pass_on};
use crate::app::App;
use crate::domain::Referral;

pub(super) const KIND: &str = "accept-by";

pub(super) async fn run(app: Arc<App>, run: DutyRun) -> Result<Done, DutyError> {
    let subject: Subject = run.subject_id()?;
    pass_on(&app, &run, subject, Referral::lapse_claim).await
}
