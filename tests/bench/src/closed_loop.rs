//! A closed loop: so many callers, each with one call after the other.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

/// What a loop shows.
pub(crate) struct Calls {
    pub(crate) per_second: f64,
    /// How long each call took, in microseconds.
    pub(crate) took: Histogram<u64>,
}

impl Calls {
    /// A quantile of the time of a call, in microseconds.
    pub(crate) fn micros(&self, quantile: f64) -> f64 {
        self.took.value_at_quantile(quantile) as f64
    }
}

/// Calls for this long. A caller stops earlier when `call` answers false: nothing is left to call about.
pub(crate) async fn closed_loop(
    callers: usize,
    length: Duration,
    call: impl AsyncFn() -> anyhow::Result<bool>,
) -> anyhow::Result<Calls> {
    let (begun, until) = (Instant::now(), Instant::now() + length);
    let loops = (0..callers).map(|_| async {
        let mut took = Histogram::new(3)?;
        while Instant::now() < until {
            let called = Instant::now();
            if !call().await? {
                break;
            }
            took.record(called.elapsed().as_micros() as u64)?;
        }
        Ok::<_, anyhow::Error>(took)
    });
    let took = merged(futures::future::try_join_all(loops).await?)?;
    Ok(Calls { per_second: took.len() as f64 / begun.elapsed().as_secs_f64(), took })
}

/// All of them as one.
pub(crate) fn merged(all: Vec<Histogram<u64>>) -> anyhow::Result<Histogram<u64>> {
    let mut together = Histogram::new(3)?;
    for one in &all {
        together.add(one)?;
    }
    Ok(together)
}
