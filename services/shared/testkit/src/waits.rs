//! Waits for what must happen, however long it takes.
//!
//! There is one limit for all waits, and it is for what never happens, not for what is slow: a machine with other work
//! may be ten times as slow as an idle one. A panic when the limit is over begins with [`RAN_OUT`], by which `.ci/tests`
//! tells a wait that ran out from a broken promise.

use std::future::Future;
use std::time::{Duration, Instant};

/// The limit of every wait.
pub const WAIT_LIMIT: Duration = Duration::from_secs(300);

/// How the panic of a wait that ran out begins.
pub const RAN_OUT: &str = "WAIT RAN OUT: ";

/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(10);

/// Waits until `look` finds something.
///
/// # Panics
/// When the limit is over; `what` says what was waited for.
pub async fn wait_until<T, F: Future<Output = Option<T>>>(what: &str, mut look: impl FnMut() -> F) -> T {
    let wait = Wait::begin();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        wait.again(what).await;
    }
}

/// Waits until a future is done.
///
/// # Panics
/// When the limit is over; `what` says what was waited for.
pub async fn wait_for<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(WAIT_LIMIT, future).await.unwrap_or_else(|_| ran_out(what))
}

fn ran_out(what: &str) -> ! {
    panic!("{RAN_OUT}{what}")
}

/// A wait whose looks a test makes itself.
pub struct Wait {
    until: Instant,
}

impl Wait {
    /// Begins now.
    pub fn begin() -> Self {
        Self { until: Instant::now() + WAIT_LIMIT }
    }

    /// Pauses before the next look.
    ///
    /// # Panics
    /// When the limit is over; `what` says what was waited for.
    pub async fn again(&self, what: &str) {
        if Instant::now() >= self.until {
            ran_out(what);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    #[should_panic = "WAIT RAN OUT: the offer is shown"]
    async fn a_wait_that_runs_out_says_so_in_the_words_that_the_gate_knows() {
        Wait { until: Instant::now() }.again("the offer is shown").await;
    }
}
