//! The worker of one replica.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use harborline_config::DutySettings;
use harborline_identity::{Call, ServiceName};
use harborline_store::Store;
use harborline_types::Clock;
use rand::RngExt;
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;
use uuid::Uuid;

use crate::PARK_AFTER;
use crate::claim::{self, Claimed};
use crate::handler::{Done, DutyError, DutyRun, Handlers};

/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How often the backlog is measured and old answers are purged.
const HOUSEKEEPING: Duration = Duration::from_secs(15);

/// Runs a service's duties. Build it with one [`Worker::on`] a kind, then [`Worker::run`] it.
pub struct Worker {
    store: Store,
    clock: Clock,
    service: ServiceName,
    settings: DutySettings,
    holder: Uuid,
    handlers: Handlers,
}

impl Worker {
    /// A worker without handlers.
    pub fn new(store: Store, clock: Clock, service: ServiceName, settings: DutySettings) -> Self {
        Self { store, clock, service, settings, holder: Uuid::new_v4(), handlers: Handlers::new() }
    }

    /// Adds the handler of a kind.
    #[must_use]
    pub fn on<F, R>(mut self, kind: &'static str, handler: F) -> Self
    where
        F: Fn(DutyRun) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Done, DutyError>> + Send + 'static,
    {
        self.handlers.insert(kind, Box::new(move |run| Box::pin(handler(run))));
        self
    }

    /// Works until the token is cancelled, then finishes what is in hand.
    pub async fn run(self, shutdown: CancellationToken) {
        let owed = self.store.duties_owed();
        let slots = Arc::new(Semaphore::new(self.settings.concurrency));
        let finished = Arc::new(Notify::new());
        let running = TaskTracker::new();
        let worker = Arc::new(self);

        let housekeeping = tokio::spawn(worker.clone().keep_house());
        while !shutdown.is_cancelled() {
            let free = slots.available_permits();
            let claimed = worker.claim(free).await;
            let saturated = claimed.len() >= free;
            for duty in claimed {
                let Ok(slot) = slots.clone().acquire_owned().await else { break };
                let (worker, finished) = (worker.clone(), finished.clone());
                running.spawn(async move {
                    worker.fulfill(duty).await;
                    drop(slot);
                    finished.notify_one();
                });
            }
            let pause = worker.pause().await;
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = owed.notified() => {}
                () = finished.notified(), if saturated => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
        housekeeping.abort();
        running.close();
        running.wait().await;
    }

    fn kinds(&self) -> Vec<&'static str> {
        self.handlers.keys().copied().collect()
    }

    async fn claim(&self, most: usize) -> Vec<Claimed> {
        if most == 0 {
            return Vec::new();
        }
        let lease = self.settings.lease();
        match claim::claim(&self.store, self.holder, &self.kinds(), self.clock.now(), lease, most).await {
            Ok(claimed) => claimed,
            Err(error) => {
                tracing::warn!(%error, "cannot look for duties");
                Vec::new()
            }
        }
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
            harborline.program.id = %duty.program_id);
        if let Some(traceparent) = &duty.traceparent {
            harborline_telemetry::trace::set_parent(&span, traceparent);
        }
        async {
            // Ends before the lease does, so that nobody else is at it while this run still is.
            let limit = self.settings.lease().mul_f64(0.8);
            let outcome = match tokio::time::timeout(limit, self.attempt(&duty, limit)).await {
                Ok(outcome) => outcome,
                Err(_) => Err(DutyError::passing("took longer than its lease allows")),
            };
            self.record(&duty, outcome).await;
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
    async fn record(&self, duty: &Claimed, outcome: Result<Done, DutyError>) {
        let recorded = match outcome {
            Ok(Done::Finished) => claim::finish(&self.store, self.holder, duty).await,
            Ok(Done::Again(due_at)) => claim::put_off(&self.store, self.holder, duty, due_at).await,
            Err(error) => self.record_failure(duty, &error).await,
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
        } else {
            tracing::info!(kind = %duty.kind, attempt = duty.attempt, reason = %error.reason, "duty failed, will retry");
        }
        let pause = pause_after(duty.attempt).max(error.retry_in);
        claim::give_back(&self.store, self.holder, duty, &error.reason, pause, park).await
    }

    async fn keep_house(self: Arc<Self>) {
        let mut tick = tokio::time::interval(HOUSEKEEPING);
        loop {
            tick.tick().await;
            if let Ok(backlog) = claim::backlog(&self.store).await {
                for (kind, waiting) in backlog {
                    harborline_telemetry::metrics::duty_backlog(&kind, waiting);
                }
            }
            if let Err(error) = self.store.purge_answers().await {
                tracing::debug!(%error, "cannot purge old answers now");
            }
        }
    }
}

/// Doubles from 50 ms to [`LONGEST_PAUSE`], with up to a half of it taken off at random.
fn pause_after(attempt: i32) -> Duration {
    let doubled = Duration::from_millis(50).saturating_mul(1 << attempt.clamp(0, 10));
    doubled.min(LONGEST_PAUSE).mul_f64(rand::rng().random_range(0.5..1.0))
}
