//! Finding the pools that have work, and running a task for each.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use harborline_identity::{Call, ProgramScope, ServiceName};
use harborline_types::ProgramId;
use tokio::task::JoinSet;

use super::lead::{Ended, lead};
use crate::app::App;
use crate::store::{self, Leadership};

/// Pause after the database did not answer.
const AFTER_FAILURE: Duration = Duration::from_millis(250);

/// Runs this replica's matchers until the service shuts down.
pub async fn supervise(app: Arc<App>) {
    let mut watch = app.store.watch(store::pools_hint());
    let mut running: HashSet<ProgramId> = HashSet::new();
    let mut tasks: JoinSet<ProgramId> = JoinSet::new();
    while !app.shutdown.is_cancelled() {
        match store::pools_at_work(&app.store).await {
            Ok(programs) => {
                for program in programs.into_iter().filter(|program| running.insert(*program)) {
                    tasks.spawn(run_pool(app.clone(), program));
                }
            }
            Err(error) => tracing::warn!(%error, "cannot look for pools with work"),
        }
        tokio::select! {
            () = app.shutdown.cancelled() => {}
            () = watch.changed() => {}
            Some(ended) = tasks.join_next() => match ended {
                Ok(program) => { running.remove(&program); }
                // A matcher that panicked is started again with the others.
                Err(_) => { running.clear(); tasks.detach_all(); }
            }
        }
    }
    while tasks.join_next().await.is_some() {}
}

/// Decides for a pool whenever this replica may, until the pool has no work.
async fn run_pool(app: Arc<App>, program: ProgramId) -> ProgramId {
    let Ok(scope) = Call::of_duty(ServiceName::Availability, program, None).scope() else { return program };
    let mut freed = app.store.watch(store::lease_hint(program));
    while !app.shutdown.is_cancelled() {
        // Others learn who leads from the lease: whatever they ask from then on is heard.
        let mut elsewhere = app.store.watch_below(store::asks_watch(app.replica, program));
        let wait = match acquire(&app, &scope).await {
            Ok(Leadership::Ours(held)) => match lead(&app, &scope, held, &mut elsewhere).await {
                Ended::Idle | Ended::Shutdown => return program,
                Ended::Lost => continue,
            },
            Ok(Leadership::Theirs(leader, left)) => {
                leader.into_iter().for_each(|leader| app.leaders.note(program, leader, left));
                left
            }
            Err(error) => {
                tracing::warn!(%error, "cannot ask for a pool's lease");
                AFTER_FAILURE
            }
        };
        tokio::select! {
            () = app.shutdown.cancelled() => {}
            () = freed.changed() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
    program
}

async fn acquire(app: &App, scope: &ProgramScope) -> Result<Leadership, harborline_store::StoreError> {
    store::lease_acquire(&app.store, scope, app.replica, app.dispatch.matcher_lease()).await
}
