//! What availability owes: to intake the news of contacts and of the supervisor on call, to that supervisor a page, to
//! the program a look at its roster.

mod assigned;
mod backup_offered;
mod counselor_lost;
mod coverage;
mod credentials;
mod joined;
mod ladder;
mod notice;
mod page;
mod supervisor;

use std::str::FromStr;
use std::sync::Arc;

use harborline_duties::{DutyError, DutyRun, Owed, Worker, owe};
use harborline_identity::ProgramScope;
use harborline_status::ServiceError;
use harborline_store::{StoreError, Tx};
use harborline_types::ContactId;

use crate::app::App;
use crate::error::AvailabilityError;

/// Tells that a counselor has accepted. Subject: `<contact>/<assignment>`.
pub(crate) const ASSIGNED: &str = "assigned";
/// Tells that a counselor's connection did not come back. Subject: `<contact>/<assignment>`.
pub(crate) const COUNSELOR_LOST: &str = "counselor-lost";
/// Tells who has joined a contact by a transfer or a conference, or that nobody has any more. Subject: its ticket.
pub(crate) const JOINED: &str = "joined";
/// Tells that nobody could take a contact in the program's time. Subject: `<contact>/<step>`.
pub(crate) const BACKUP_OFFERED: &str = "backup-offered";
/// Pages the supervisor on call. Subject: `<ticket>/<step>`.
pub(crate) const PAGE: &str = "page";
/// Tells who is supervisor on call. Subject: always `on-call`.
pub(crate) const SUPERVISOR: &str = "supervisor";
/// Looks for holes in the roster of the next 24 hours. Subject: always `next-day`.
const COVERAGE: &str = "coverage";
/// Names the first of the on-call ladder. Subject: always `ladder`.
const LADDER: &str = "on-call-ladder";
/// Looks for credentials that are about to end. Subject: always `expiring`.
const CREDENTIALS: &str = "credentials";
/// Tells of such a credential. Subject: the announcement.
const CREDENTIAL_NOTICE: &str = "credential-notice";

/// Owes the looks that a change of the roster asks for.
pub(crate) async fn roster_changed(tx: &mut Tx, scope: &ProgramScope) -> Result<(), StoreError> {
    owe(tx, scope, Owed::now(COVERAGE, "next-day")).await?;
    owe(tx, scope, Owed::now(LADDER, "ladder")).await?;
    owe(tx, scope, Owed::now(CREDENTIALS, "expiring")).await
}

/// Adds this service's handlers to a worker, which is handed what the matchers of the same replica owe.
pub fn register(worker: Worker, app: &Arc<App>) -> Worker {
    app.handover.get_or_init(|| worker.handover());
    let (assigned, lost, backup_offered, supervisor) = (app.clone(), app.clone(), app.clone(), app.clone());
    let (page, coverage, ladder, joined) = (app.clone(), app.clone(), app.clone(), app.clone());
    let (credentials, notice) = (app.clone(), app.clone());
    worker
        .on(JOINED, move |run| joined::run(joined.clone(), run))
        .on(ASSIGNED, move |run| assigned::run(assigned.clone(), run))
        .on(COUNSELOR_LOST, move |run| counselor_lost::run(lost.clone(), run))
        .on(BACKUP_OFFERED, move |run| backup_offered::run(backup_offered.clone(), run))
        .on(PAGE, move |run| page::run(page.clone(), run))
        .on(SUPERVISOR, move |run| supervisor::run(supervisor.clone(), run))
        .on(COVERAGE, move |run| coverage::run(coverage.clone(), run))
        .on(LADDER, move |run| ladder::run(ladder.clone(), run))
        .on(CREDENTIALS, move |run| credentials::run(credentials.clone(), run))
        .on(CREDENTIAL_NOTICE, move |run| notice::run(notice.clone(), run))
}

/// A look at the roster that has no result: a later one may find fewer shifts, or a quieter machine.
fn not_computed(error: AvailabilityError) -> DutyError {
    match error {
        AvailabilityError::TooLarge(_) => DutyError::passing(error.to_string()),
        other => ServiceError::from(other).into(),
    }
}

/// Reads `<contact>/<assignment>`.
fn assignment_of(run: &DutyRun) -> Result<(ContactId, i32), DutyError> {
    let parts = run.subject.split_once('/');
    let read = parts.and_then(|(contact, number)| Some((ContactId::from_str(contact).ok()?, number.parse().ok()?)));
    read.ok_or_else(|| DutyError::lasting("the subject is not an assignment"))
}
