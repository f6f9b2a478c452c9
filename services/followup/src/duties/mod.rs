//! What followup owes, one file per kind.

mod attempt;
mod ended;
mod overdue;

use std::sync::Arc;

use harborline_duties::Worker;

use crate::app::App;
use crate::domain::task::Task;

/// Adds followup's duties to a worker.
#[must_use]
pub fn register(worker: Worker, app: &Arc<App>) -> Worker {
    worker.on(Task::Attempt, app, attempt::run).on(Task::Overdue, app, overdue::run).on(Task::Ended, app, ended::run)
}
