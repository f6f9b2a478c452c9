//! The wait of a caller who finds a number of others ahead.

use super::queue::Lengths;

/// Probabilities below this are left out.
const NEGLIGIBLE: f64 = 1e-12;

/// The rates of a queue, per second.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rates {
    /// Callers who arrive later and are served before.
    pub(super) overtaking: f64,
    /// Answers by all counselors together.
    pub(super) served: f64,
    /// Callers who give up, of each who waits.
    pub(super) impatience: f64,
}

/// Of the callers who find all counselors busy and a queue of these lengths ahead: the share that is answered within so
/// many seconds, before giving up.
///
/// The number ahead, m, goes up at the rate of overtaking callers and down at nμ + mθ; at 0 the next answer, at nμ, is
/// for the waiting caller, who may give up at any time, at θ. The distribution over m after a given time is found
/// by uniformization (Jensen 1953): all steps are seen as the ticks of one clock, and the number of ticks is Poisson.
/// It adds numbers between 0 and 1 only, so nothing cancels.
pub(super) fn answered_within(ahead: &Lengths, rates: Rates, seconds: f64) -> f64 {
    if rates.served <= 0.0 || seconds <= 0.0 {
        return 0.0;
    }
    let mut states = ahead.shortest + ahead.shares.len();
    // Each tick takes one away at most: a caller who finds more ahead than there are ticks is not answered in time.
    // Fewer states need a slower clock, which has fewer ticks.
    let mut ticks = most_ticks(clock(rates, states) * seconds);
    while ticks < states {
        states = ticks;
        ticks = most_ticks(clock(rates, states) * seconds);
    }
    if states <= ahead.shortest {
        return 0.0;
    }
    let shares = ahead.shares.iter().copied();
    let shares = std::iter::repeat_n(0.0, ahead.shortest).chain(shares).take(states).collect();
    run(shares, rates, seconds, ticks)
}

/// Ticks per second: at least the sum of the rates out of any state.
fn clock(rates: Rates, states: usize) -> f64 {
    rates.overtaking + rates.served + (states as f64 + 1.0) * rates.impatience
}

/// So many ticks, where this many are expected, are exceeded with negligible probability (a Chernoff bound on the
/// Poisson tail: mean + 8 deviations + 24 leave less than 1e-12).
fn most_ticks(expected: f64) -> usize {
    (expected + 8.0 * expected.sqrt() + 24.0).ceil() as usize
}

fn run(mut now: Vec<f64>, rates: Rates, seconds: f64, most: usize) -> f64 {
    let per_second = clock(rates, now.len());
    let expected = per_second * seconds;
    let (up, served, impatience) =
        (rates.overtaking / per_second, rates.served / per_second, rates.impatience / per_second);
    let mut next = vec![0.0; now.len()];
    let (mut answered, mut in_time) = (0.0, 0.0);
    // ln of the probability of this number of ticks.
    let mut ln_ticks = -expected;
    for tick in 0..=most {
        let probability = ln_ticks.exp();
        in_time += probability * answered;
        if tick as f64 > expected && probability < NEGLIGIBLE {
            break;
        }
        answered += now.first().copied().unwrap_or_default() * served;
        step(&now, &mut next, up, served, impatience);
        std::mem::swap(&mut now, &mut next);
        ln_ticks += expected.ln() - (tick as f64 + 1.0).ln();
    }
    in_time
}

/// One tick. A caller who gives up, is answered, or is overtaken beyond the last state drops out of the distribution.
fn step(now: &[f64], next: &mut [f64], up: f64, served: f64, impatience: f64) {
    for (m, into) in next.iter_mut().enumerate() {
        let down = |m: usize| served + m as f64 * impatience;
        let stays = 1.0 - up - down(m) - impatience;
        let from_above = now.get(m + 1).map_or(0.0, |above| above * down(m + 1));
        let from_below = if m == 0 { 0.0 } else { now[m - 1] * up };
        *into = now[m] * stays.max(0.0) + from_above + from_below;
    }
}
