//! What intake owes to its neighbors: one file per kind. Each reads the contact, calls, and notes what came of it; each
//! may be run again from its start at any moment.

mod assess;
mod attempt;
mod break_glass_review;
mod consent_revoked;
mod follow_ups;
mod page;
mod raise;
mod referral_made;
mod release;
mod route;
mod rules;
mod withdraw;

use std::future::Future;
use std::sync::Arc;

use harborline_duties::{Done, DutyError, DutyRun, Worker};
use harborline_status::ServiceError;
use harborline_types::ContactId;
use tracing::Instrument;

use crate::app::{App, contact_span};
use crate::domain::contact::Contact;
use crate::domain::task::Task;
use crate::error::IntakeError;
use crate::store;

/// Adds intake's duties to a worker.
#[must_use]
pub fn register(worker: Worker, app: &Arc<App>) -> Worker {
    Task::ALL.iter().fold(worker, |worker, task| match task {
        Task::Route => worker.on(*task, app, |app, duty| about_contact(app, duty, route::run)),
        Task::Assess => worker.on(*task, app, |app, duty| about_contact(app, duty, assess::run)),
        Task::Raise => worker.on(*task, app, |app, duty| about_contact(app, duty, raise::run)),
        Task::Withdraw => worker.on(*task, app, |app, duty| about_contact(app, duty, withdraw::run)),
        Task::Rules => worker.on(*task, app, |app, duty| about_contact(app, duty, rules::run)),
        Task::Release => worker.on(*task, app, |app, duty| about_contact(app, duty, release::run)),
        Task::Attempt => worker.on(*task, app, |app, duty| about_contact(app, duty, attempt::run)),
        Task::FollowUps => worker.on(*task, app, |app, duty| about_contact(app, duty, follow_ups::run)),
        Task::Page => worker.on(*task, app, page::run),
        Task::ReferralMade => worker.on(*task, app, referral_made::run),
        Task::ConsentRevoked => worker.on(*task, app, consent_revoked::run),
        Task::BreakGlassReview => worker.on(*task, app, break_glass_review::run),
    })
}

/// Finds the contact that a duty is about, and runs the duty within the contact's span.
async fn about_contact<R>(
    app: Arc<App>,
    duty: DutyRun,
    run: impl FnOnce(Arc<App>, DutyRun, Contact) -> R,
) -> Result<Done, DutyError>
where
    R: Future<Output = Result<Done, DutyError>>,
{
    let id: ContactId = duty.subject_id()?;
    let keys = app.store.keys(&duty.scope).await?;
    let contact = store::contact_find(app.store.reader(&duty.scope), &keys, &duty.scope, id).await?;
    let contact = contact.ok_or_else(|| DutyError::lasting("the contact does not exist"))?;
    let span = contact_span(&contact);
    run(app, duty, contact).instrument(span).await
}

impl From<IntakeError> for DutyError {
    fn from(error: IntakeError) -> Self {
        ServiceError::from(error).into()
    }
}
