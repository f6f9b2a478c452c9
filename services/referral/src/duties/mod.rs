//! What referral owes, one file per kind.

mod accept_by;
mod accepted;
mod claim_by;
mod ended;

use std::sync::Arc;

use harborline_duties::Worker;

use crate::app::App;
use crate::domain::task::Task;

/// Adds referral's duties to a worker.
#[must_use]
pub fn register(worker: Worker, app: &Arc<App>) -> Worker {
    Task::ALL.iter().fold(worker, |worker, task| match task {
        Task::ClaimBy => worker.on(*task, app, claim_by::run),
        Task::AcceptBy => worker.on(*task, app, accept_by::run),
        Task::Accepted => worker.on(*task, app, accepted::run),
        Task::Ended => worker.on(*task, app, ended::run),
    })
}
