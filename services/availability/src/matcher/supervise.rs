//! Finding the pools that have work, and running a task for each.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use harborline_identity::{Call, ProgramScope, ServiceName};
use harborline_telemetry::Outage;
use harborline_types::ProgramId;
use tokio::task::{Id, JoinSet};

use super::lead::{Ended, lead};
use crate::app::App;
use crate::store::{self, Leadership};

/// Pause after the database did not answer.
const AFTER_FAILURE: Duration = Duration::from_millis(250);

/// Runs this replica's matchers until the service shuts down.
pub async fn supervise(app: Arc<App>) {
    let mut watch = app.store.watch(store::pools_hint());
    let mut pools = Pools::default();
    let outage = Outage::new("the database cannot be asked for pools with work");
    while !app.shutdown.is_cancelled() {
        let at_work = store::pools_at_work(&app.store).await;
        outage.note(&at_work);
        for program in at_work.unwrap_or_default() {
            pools.start(program, || run_pool(app.clone(), program));
        }
        tokio::select! {
            () = app.shutdown.cancelled() => {}
            () = watch.changed() => {}
            Some((program, panicked)) = pools.ended() => {
                if panicked {
                    tracing::error!(harborline.pool.id = %program, "a pool's matcher panicked and is started again");
                    // What makes it panic may be there still.
                    tokio::time::sleep(AFTER_FAILURE).await;
                }
            }
        }
    }
    while pools.ended().await.is_some() {}
}

/// The tasks of this replica's matchers: one a pool.
#[derive(Default)]
struct Pools {
    tasks: JoinSet<()>,
    running: HashMap<Id, ProgramId>,
}

impl Pools {
    /// Starts a pool's task, unless it runs.
    fn start<F: Future<Output = ()> + Send + 'static>(&mut self, program: ProgramId, task: impl FnOnce() -> F) {
        if !self.running.values().any(|running| *running == program) {
            let started = self.tasks.spawn(task());
            self.running.insert(started.id(), program);
        }
    }

    /// The next pool whose task ended, and whether it panicked: it alone can be started again. None when none runs.
    async fn ended(&mut self) -> Option<(ProgramId, bool)> {
        let (id, panicked) = match self.tasks.join_next_with_id().await? {
            Ok((id, ())) => (id, false),
            Err(error) => (error.id(), error.is_panic()),
        };
        Some((self.running.remove(&id)?, panicked))
    }
}

/// Decides for a pool whenever this replica may, until the pool has no work.
async fn run_pool(app: Arc<App>, program: ProgramId) {
    let Ok(scope) = Call::of_duty(ServiceName::Availability, program, None).scope() else { return };
    let outage = Outage::new(format!("the database cannot be asked for the lease of pool {program}"));
    let mut freed = app.store.watch(store::lease_hint(program));
    while !app.shutdown.is_cancelled() {
        // Others learn who leads from the lease: whatever they ask from then on is heard.
        let mut elsewhere = app.store.watch_below(store::asks_watch(app.replica, program));
        let acquired = acquire(&app, &scope).await;
        outage.note(&acquired);
        let wait = match acquired {
            Ok(Leadership::Ours(held)) => match lead(&app, &scope, held, &mut elsewhere).await {
                Ended::Idle | Ended::Shutdown => return,
                Ended::Lost => continue,
            },
            Ok(Leadership::Theirs(leader, left)) => {
                leader.into_iter().for_each(|leader| app.leaders.note(program, leader, left));
                left
            }
            Err(_) => AFTER_FAILURE,
        };
        tokio::select! {
            () = app.shutdown.cancelled() => {}
            () = freed.changed() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}

async fn acquire(app: &App, scope: &ProgramScope) -> Result<Leadership, harborline_store::StoreError> {
    store::lease_acquire(&app.store, scope, app.replica, app.dispatch.matcher_lease()).await
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Notify;

    use super::*;

    /// Pools whose tasks count how often they were started; the first one panics when it is told to.
    #[derive(Default)]
    struct Counted {
        started: [AtomicUsize; 3],
        panic: Notify,
        end: Notify,
    }

    async fn run(counted: Arc<Counted>, number: usize) {
        counted.started[number].fetch_add(1, Ordering::SeqCst);
        if number == 0 {
            counted.panic.notified().await;
            panic!("a round that panics");
        }
        counted.end.notified().await;
    }

    #[tokio::test]
    async fn a_pool_whose_round_panics_is_started_again_and_the_tasks_of_others_go_on_and_are_not_doubled() {
        let (counted, programs) = (Arc::new(Counted::default()), [0, 1, 2].map(|_| ProgramId::new()));
        let mut pools = Pools::default();
        let start = |pools: &mut Pools| {
            for (number, program) in programs.iter().enumerate() {
                pools.start(*program, || run(counted.clone(), number));
            }
        };
        start(&mut pools);
        start(&mut pools);
        for _ in 0..2 {
            counted.panic.notify_one();
            assert_eq!(pools.ended().await, Some((programs[0], true)));
            start(&mut pools);
        }
        counted.panic.notify_one();
        assert_eq!(pools.ended().await, Some((programs[0], true)));
        let started = counted.started.each_ref().map(|started| started.load(Ordering::SeqCst));
        assert_eq!(started, [3, 1, 1]);

        // Those that went on still belong to it: it hears of their end.
        counted.end.notify_waiters();
        let mut ended = [pools.ended().await, pools.ended().await];
        ended.sort();
        let mut others = [Some((programs[1], false)), Some((programs[2], false))];
        others.sort();
        assert_eq!((ended, pools.ended().await), (others, None));
    }
}
