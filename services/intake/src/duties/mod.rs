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
mod withdraw;

pub(crate) use break_glass_review::BREAK_GLASS_REVIEW;
pub(crate) use consent_revoked::CONSENT_REVOKED;
pub(crate) use referral_made::REFERRAL_MADE;

use std::future::Future;
use std::sync::Arc;

use harborline_config::DutySettings;
use harborline_duties::{Done, DutyError, DutyRun, Worker};
use harborline_identity::ServiceName;
use harborline_status::ServiceError;
use harborline_types::ContactId;
use tracing::Instrument;

use crate::app::{App, contact_span};
use crate::domain::contact::{Contact, Task};
use crate::error::IntakeError;
use crate::store;

/// The worker with intake's handlers.
pub(crate) fn worker(app: &Arc<App>, settings: DutySettings) -> Worker {
    let worker = Worker::new(app.store.clone(), app.clock.clone(), ServiceName::Intake, settings);
    worker
        .on(Task::Route.as_str(), handler(app, route::run))
        .on(Task::Assess.as_str(), handler(app, assess::run))
        .on(Task::Raise.as_str(), handler(app, raise::run))
        .on(Task::Withdraw.as_str(), handler(app, withdraw::run))
        .on(Task::Release.as_str(), handler(app, release::run))
        .on(Task::Attempt.as_str(), handler(app, attempt::run))
        .on(Task::FollowUps.as_str(), handler(app, follow_ups::run))
        .on(Task::Page.as_str(), with_app(app, page::run))
        .on(REFERRAL_MADE, with_app(app, referral_made::run))
        .on(CONSENT_REVOKED, with_app(app, consent_revoked::run))
        .on(BREAK_GLASS_REVIEW, with_app(app, break_glass_review::run))
}

/// A handler that finds the contact which the duty is about, and runs within its span.
fn handler<F, R>(app: &Arc<App>, run: F) -> impl Fn(DutyRun) -> Running + Send + Sync + 'static
where
    F: Fn(Arc<App>, DutyRun, Contact) -> R + Copy + Send + Sync + 'static,
    R: Future<Output = Result<Done, DutyError>> + Send + 'static,
{
    let app = app.clone();
    move |duty| {
        let app = app.clone();
        Box::pin(async move {
            let id: ContactId = duty.subject_id()?;
            let keys = app.store.keys(&duty.scope).await?;
            let contact = store::contact_find(app.store.reader(&duty.scope), &keys, &duty.scope, id).await?;
            let contact = contact.ok_or_else(|| DutyError::lasting("the contact does not exist"))?;
            let span = contact_span(&contact);
            run(app, duty, contact).instrument(span).await
        })
    }
}

/// A handler of a duty that is not about a contact.
fn with_app<F, R>(app: &Arc<App>, run: F) -> impl Fn(DutyRun) -> R + Send + Sync + 'static
where
    F: Fn(Arc<App>, DutyRun) -> R + Send + Sync + 'static,
{
    let app = app.clone();
    move |duty| run(app.clone(), duty)
}

type Running = std::pin::Pin<Box<dyn Future<Output = Result<Done, DutyError>> + Send>>;

impl From<IntakeError> for DutyError {
    fn from(error: IntakeError) -> Self {
        ServiceError::from(error).into()
    }
}
