//! The duties of availability, one file a kind.

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

use std::sync::Arc;

use harborline_duties::{DutyError, Worker};
use harborline_status::ServiceError;

use crate::app::App;
use crate::domain::task::Task;
use crate::error::AvailabilityError;

/// Adds availability's duties to a worker. The matchers of the same replica hand it theirs directly.
#[must_use]
pub fn register(worker: Worker, app: &Arc<App>) -> Worker {
    app.handover.get_or_init(|| worker.handover());
    Task::ALL.iter().fold(worker, |worker, task| match task {
        Task::Joined => worker.on(*task, app, joined::run),
        Task::Assigned => worker.on(*task, app, assigned::run),
        Task::CounselorLost => worker.on(*task, app, counselor_lost::run),
        Task::BackupOffered => worker.on(*task, app, backup_offered::run),
        Task::Page => worker.on(*task, app, page::run),
        Task::Supervisor => worker.on(*task, app, supervisor::run),
        Task::Coverage => worker.on(*task, app, coverage::run),
        Task::Ladder => worker.on(*task, app, ladder::run),
        Task::Credentials => worker.on(*task, app, credentials::run),
        Task::CredentialNotice => worker.on(*task, app, notice::run),
    })
}

/// A computation that failed. One that took too long is tried again: there may be fewer shifts or a quieter machine
/// then.
fn not_computed(error: AvailabilityError) -> DutyError {
    match error {
        AvailabilityError::TooLarge(_) => DutyError::passing(error.to_string()),
        other => ServiceError::from(other).into(),
    }
}
