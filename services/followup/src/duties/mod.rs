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
    Task::ALL.iter().fold(worker, |worker, task| match task {
        Task::Attempt => worker.on(*task, app, attempt::run),
        Task::Overdue => worker.on(*task, app, overdue::run),
        Task::Ended => worker.on(*task, app, ended::run),
    })
}
