//! The worker of one replica.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use harborline_config::DutySettings;
use harborline_identity::{Call, ServiceName};
use harborline_store::Store;
use harborline_telemetry::{Outage, names};
use harborline_types::Clock;
use rand::RngExt;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;
use uuid::Uuid;

use crate::claim::{self, Claimed};
use crate::handler::{Done, DutyError, DutyRun, Handlers};
use crate::handover::{BEGINS_WITHIN, Handed, Handover};
use crate::{PARK_AFTER, finish};

/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// After so many attempts, and each time after so many more, a duty that is retried is told of again: some minutes.
const KEEPS_FAILING: i32 = 50;
/// After so long without a duty to claim a worker is idle.
const SETTLES: Duration = Duration::from_millis(20);
/// How often the backlog is measured and old answers are purged.
const HOUSEKEEPING: Duration = Duration::from_secs(15);

/// Runs a service's duties. Build it with one [`Worker::on`] a kind, then [`Worker::run`] it.
pub struct Worker {
    store: Store,
    clock: Clock,
    service: ServiceName,
    settings: DutySettings,
    handlers: Handlers,
    handover: Handover,
    handed: mpsc::UnboundedReceiver<Handed>,
}

/// What a running worker shares with its runs.
struct Work {
    store: Store,
    clock: Clock,
    service: ServiceName,
    settings: DutySettings,
    holder: Uuid,
    handlers: Handlers,
    ended: mpsc::UnboundedSender<Claimed>,
    looking: Outage,
}

impl Worker {
    /// A worker without handlers.
    pub fn new(store: Store, clock: Clock, service: ServiceName, settings: DutySettings) -> Self {
        let (handover, handed) = Handover::new(settings.lease());
        Self { store, clock, service, settings, handlers: Handlers::new(), handover, handed }
    }

    /// The way to it for what is owed in this process.
    pub fn handover(&self) -> Handover {
        self.handover.clone()
    }

    /// Adds the handler of a kind: it is given the state and the run.
    #[must_use]
    pub fn on<S, F, R>(mut self, kind: impl Into<&'static str>, state: &Arc<S>, handler: F) -> Self
    where
        S: Send + Sync + 'static,
        F: Fn(Arc<S>, DutyRun) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Done, DutyError>> + Send + 'static,
    {
        let state = state.clone();
        self.handlers.insert(kind.into(), Box::new(move |run| Box::pin(handler(state.clone(), run))));
        self
    }

    /// Works until the token is cancelled, then finishes what is in hand.
    pub async fn run(self, shutdown: CancellationToken) {
        let Self { store, clock, service, settings, handlers, handover, mut handed } = self;
        let owed = store.duties_owed();
        let (ended, ending) = mpsc::unbounded_channel();
        let looking = Outage::new("the database cannot be asked for duties");
        let finishing = tokio::spawn(finish::run(store.clone(), handover.holder, ending));
        let work =
            Arc::new(Work { store, clock, service, settings, holder: handover.holder, handlers, ended, looking });
        // What is handed over has as much room again: it holds up nothing that was put off or has waited elsewhere.
        let rooms = [(); 2].map(|()| Arc::new(Semaphore::new(work.settings.concurrency)));
        let ([room, for_handed], finished, running) = (rooms, Arc::new(Notify::new()), TaskTracker::new());
        let begin = |duty: Claimed, room: OwnedSemaphorePermit| {
            let (work, finished) = (work.clone(), finished.clone());
            running.spawn(async move {
                work.fulfill(duty).await;
                drop(room);
                finished.notify_one();
            });
        };

        let begin_handed = |(duty, in_line, begins_until): Handed| {
            let (work, room) = (work.clone(), for_handed.clone());
            running.spawn(async move {
                let Ok(_place) = room.acquire_owned().await else { return };
                drop(in_line);
                if Instant::now() < begins_until {
                    work.fulfill(duty).await;
                }
            });
        };

        let housekeeping = tokio::spawn(keep_house(work.store.clone()));
        while !shutdown.is_cancelled() {
            let free = room.available_permits();
            let claimed = work.claim(free).await;
            let (saturated, is_any) = (claimed.len() >= free, !claimed.is_empty());
            for duty in claimed {
                let Ok(place) = room.clone().acquire_owned().await else { break };
                begin(duty, place);
            }
            // Who has no room is woken by what ends. What falls due next is asked for when nothing is left to do: a worker
            // that is busy finds it with what it claims.
            let mut is_busy = !saturated && is_any;
            let pause = match (saturated, is_any) {
                (true, _) => work.settings.poll(),
                (false, true) => SETTLES,
                (false, false) => work.pause().await,
            };
            let look_again = tokio::time::sleep(pause);
            tokio::pin!(look_again);
            loop {
                tokio::select! {
                    Some(handed) = handed.recv() => {
                        begin_handed(handed);
                        continue;
                    }
                    () = shutdown.cancelled() => {}
                    () = owed.notified() => {}
                    () = finished.notified(), if saturated => {}
                    () = &mut look_again => if is_busy {
                        is_busy = false;
                        let pause = work.pause().await;
                        look_again.as_mut().reset(tokio::time::Instant::now() + pause);
                        continue;
                    }
                }
                break;
            }
        }
        handed.close();
        while let Ok(handed) = handed.try_recv() {
            begin_handed(handed);
        }
        housekeeping.abort();
        running.close();
        running.wait().await;
        // The last sender goes, and finishing ends with it.
        drop(work);
        let _ = finishing.await;
    }
}

impl Work {
    fn kinds(&self) -> Vec<&'static str> {
        self.handlers.keys().copied().collect()
    }

    async fn claim(&self, most: usize) -> Vec<Claimed> {
        if most == 0 {
            return Vec::new();
        }
        let lease = self.settings.lease();
        let claimed = claim::claim(&self.store, self.holder, &self.kinds(), self.clock.now(), lease, most).await;
        self.looking.note(&claimed);
        claimed.unwrap_or_default()
    }

    /// How long nothing falls due, at most the poll interval.
    async fn pause(&self) -> Duration {
        let poll = self.settings.poll();
        match claim::next(&self.store, &self.kinds(), self.clock.now()).await {
            Ok((due_at, retry_in)) => {
                let due = due_at.map_or(poll, |due_at| self.clock.real_time_until(due_at));
                let retry = retry_in.map_or(poll, |seconds| Duration::from_secs_f64(seconds.clamp(0.002, 60.0)));
                due.min(retry).min(poll).max(Duration::from_millis(1))
            }
            Err(_) => poll,
        }
    }

    async fn fulfill(&self, duty: Claimed) {
        let span = tracing::info_span!("duty", otel.name = %format!("duty {}", duty.kind),
            harborline.duty.kind = %duty.kind, harborline.duty.attempt = duty.attempt,
            harborline.program.id = %duty.program_id, harborline.duty.outcome = tracing::field::Empty);
        if let Some(traceparent) = &duty.traceparent {
            harborline_telemetry::trace::set_parent(&span, traceparent);
        }
        async {
            // Ends before the lease does, so that nobody else is at it while this run still is.
            let limit = self.settings.lease().mul_f64(1.0 - BEGINS_WITHIN);
            let outcome = match tokio::time::timeout(limit, self.attempt(&duty, limit)).await {
                Ok(outcome) => outcome,
                Err(_) => Err(DutyError::passing("took longer than its lease allows")),
            };
            tracing::Span::current().record(names::DUTY_OUTCOME, if outcome.is_ok() { "done" } else { "failed" });
            self.record(duty, outcome).await;
        }
        .instrument(span)
        .await;
    }

    async fn attempt(&self, duty: &Claimed, limit: Duration) -> Result<Done, DutyError> {
        let handler =
            self.handlers.get(duty.kind.as_str()).ok_or_else(|| DutyError::lasting("no handler for this kind"))?;
        let call = Call::of_duty(self.service, duty.program_id, Some(Instant::now() + limit));
        let scope = call.scope()?;
        let run = DutyRun { call, scope, subject: duty.subject.clone(), attempt: duty.attempt, due_at: duty.due_at };
        handler(run).await
    }

    /// Writes down how the run ended. When this fails the lease runs out and the duty is run again: it may be.
    async fn record(&self, duty: Claimed, outcome: Result<Done, DutyError>) {
        let recorded = match outcome {
            Ok(Done::Finished) => {
                // The finisher stops when the last sender is dropped, which is after the last run.
                let _ = self.ended.send(duty);
                return;
            }
            Ok(Done::Again(due_at)) => claim::put_off(&self.store, self.holder, &duty, due_at).await,
            Err(error) => self.record_failure(&duty, &error).await,
        };
        if let Err(error) = recorded {
            tracing::warn!(%error, kind = %duty.kind, "cannot record how a duty ended; it will run again");
        }
    }

    async fn record_failure(&self, duty: &Claimed, error: &DutyError) -> Result<(), harborline_store::StoreError> {
        let park = error.lasting && duty.attempt >= PARK_AFTER;
        if park {
            tracing::error!(kind = %duty.kind, subject = %duty.subject, reason = %error.reason, "duty parked");
            harborline_telemetry::metrics::duty_parked(&duty.kind);
        } else if duty.attempt == 1 {
            tracing::info!(kind = %duty.kind, reason = %error.reason, "a duty failed and is run again");
        } else if duty.attempt % KEEPS_FAILING == 0 {
            let attempts = duty.attempt;
            tracing::warn!(kind = %duty.kind, subject = %duty.subject, attempts, reason = %error.reason,
                "a duty keeps failing");
        }
        let pause = pause_after(duty.attempt).max(error.retry_in);
        claim::give_back(&self.store, self.holder, duty, &error.reason, pause, park).await?;
        // The pause is over before the next look would have been.
        self.store.duties_owed().notify_one();
        Ok(())
    }
}

async fn keep_house(store: Store) {
    let mut tick = tokio::time::interval(HOUSEKEEPING);
    loop {
        tick.tick().await;
        if let Ok(backlog) = claim::backlog(&store).await {
            for (kind, waiting) in backlog {
                harborline_telemetry::metrics::duty_backlog(&kind, waiting);
            }
        }
        if let Err(error) = store.purge_answers().await {
            tracing::debug!(%error, "cannot purge old answers now");
        }
    }
}

/// Doubles from 50 ms to [`LONGEST_PAUSE`], with up to a half of it taken off at random.
fn pause_after(attempt: i32) -> Duration {
    let doubled = Duration::from_millis(50).saturating_mul(1 << attempt.clamp(0, 10));
    doubled.min(LONGEST_PAUSE).mul_f64(rand::rng().random_range(0.5..1.0))
}
