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
    worker
        .on(Task::ClaimBy, app, claim_by::run)
        .on(Task::AcceptBy, app, accept_by::run)
        .on(Task::Accepted, app, accepted::run)
        .on(Task::Ended, app, ended::run)
}
