//! What triage owes, one file per kind.

mod lowering;
mod report;

use std::sync::Arc;

use harborline_duties::Worker;

use crate::app::App;
use crate::domain::task::Task;

/// Adds triage's duties to a worker.
#[must_use]
pub fn register(worker: Worker, app: &Arc<App>) -> Worker {
    Task::ALL.iter().fold(worker, |worker, task| match task {
        Task::Report => worker.on(*task, app, report::run),
        Task::Lowering => worker.on(*task, app, lowering::run),
    })
}
