//! Running one.

use std::future::Future;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use harborline_config::ComputationSettings;
use harborline_status::{Reason, ServiceError};
use harborline_telemetry::metrics;
use harborline_types::{BudgetSpent, ProgramId};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::timeout_at;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::allowance::Allowance;
use crate::places::{Limits, Place, Places};
use crate::priority;

/// By then some of those that wait have ended.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The computations of a process.
#[derive(Clone)]
pub struct Computations {
    places: Arc<Places>,
    longest: Duration,
}

/// How many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Threads that compute.
    pub running: usize,
    /// Calls that wait for their turn.
    pub waiting: usize,
}

impl Computations {
    /// With these limits.
    pub fn new(settings: &ComputationSettings) -> Self {
        let limits = Limits {
            at_once: settings.at_once,
            at_once_of_one_program: settings.at_once_of_one_program,
            waiting_of_one_program: settings.waiting_of_one_program,
        };
        Self { places: Places::new(limits), longest: settings.longest() }
    }

    /// The same limits, counted apart.
    #[must_use]
    pub fn apart(&self) -> Self {
        Self { places: self.places.apart(), longest: self.longest }
    }

    /// How many there are now.
    pub fn counts(&self) -> Counts {
        let (running, waiting) = self.places.counts();
        Counts { running, waiting }
    }

    /// Computes what `work` says for a program, on a thread of its own, as soon as it is the program's turn. Dropping the
    /// call ends it. Code that does not await must ask the allowance, or it is not ended.
    ///
    /// # Errors
    /// What the work answers; `OVERLOADED` when the program has too many waiting; `COMPUTATION_TOO_LARGE` when the time for
    /// one is over.
    pub async fn run<W, F, T, E>(&self, program: ProgramId, work: W) -> Result<T, E>
    where
        W: FnOnce(Allowance) -> F + Send + 'static,
        F: Future<Output = Result<T, E>>,
        T: Send + 'static,
        E: From<ServiceError> + Send + 'static,
    {
        let taken = self.places.take(program).await;
        metrics::computations(self.counts().running);
        let Ok(place) = taken else {
            let error = ServiceError::new(Reason::Overloaded, "too many reports of the program are computed at once");
            return Err(error.retry_after(RETRY_AFTER).into());
        };
        let canceled = CancellationToken::new();
        let ends_with_the_call = canceled.clone().drop_guard();
        let deadline = Instant::now() + self.longest;
        let allowance = Allowance { deadline, canceled };
        let (answer, answered) = oneshot::channel();
        let (runtime, span, computations) = (Handle::current(), tracing::Span::current(), self.clone());
        let thread = thread::Builder::new().name("computation".to_owned()).spawn(move || {
            priority::give_way();
            let given_up_at = deadline + computations.longest;
            let done = runtime.block_on(until(given_up_at, work(allowance)).instrument(span));
            // First the place: the reader of the answer may ask again.
            drop::<Place>(place);
            metrics::computations(computations.counts().running);
            // Nobody may wait for it any more.
            let _ = answer.send(done);
        });
        thread.map_err(|error| ServiceError::internal("starting a computation", error))?;
        let answered = timeout_at(deadline.into(), answered).await;
        drop(ends_with_the_call);
        match answered {
            Err(_elapsed) => Err(ServiceError::from(BudgetSpent).into()),
            Ok(Err(_)) => Err(ServiceError::internal("computing", "the computation panicked").into()),
            Ok(Ok(done)) => done,
        }
    }
}

/// The work's answer. Its call has gone or been refused long before the work is given up: until then a statement that was
/// sent is waited for, since the database goes on with it, and the place is not free.
async fn until<T, E: From<ServiceError>>(
    given_up_at: Instant,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let done = timeout_at(given_up_at.into(), work).await;
    done.unwrap_or_else(|_elapsed| Err(ServiceError::from(BudgetSpent).into()))
}
