//! How long an act takes, in microseconds.

use std::time::{Duration, Instant};

use futures::future::try_join_all;

/// The median of so many acts, each timed by itself: for what needs no database.
pub(super) async fn each<T>(acts: usize, act: impl AsyncFn() -> anyhow::Result<T>) -> anyhow::Result<f64> {
    let mut times = Vec::with_capacity(acts);
    for _ in 0..acts {
        let began = Instant::now();
        act().await?;
        times.push(micros(began.elapsed()));
    }
    Ok(median(times))
}

/// One round: the mean time of an act when so many callers act at once, each so often. The first act is not timed: it
/// prepares statements.
pub(super) async fn round(callers: u32, acts: u32, act: impl AsyncFn() -> anyhow::Result<()>) -> anyhow::Result<f64> {
    act().await?;
    let caller = async || {
        for _ in 0..acts {
            act().await?;
        }
        anyhow::Ok(())
    };
    let began = Instant::now();
    try_join_all((0..callers).map(|_| caller())).await?;
    Ok(micros(began.elapsed()) / f64::from(callers * acts))
}

/// The middle of several times.
pub(super) fn median(mut times: Vec<f64>) -> f64 {
    times.sort_unstable_by(f64::total_cmp);
    times[times.len() / 2]
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
