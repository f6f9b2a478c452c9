//! The lengths of the queue in the steady state.

/// Weights below this part of the greatest are left out.
const NEGLIGIBLE: f64 = 1e-16;

/// The most lengths on either side of the likeliest. For a queue that no caller ever leaves there would be no end of
/// them.
const MOST: usize = 100_000;

/// The share of the time in which so many counselors are all busy when no caller waits (Erlang B), from the offered
/// load.
///
/// By the recursion B(k) = aB(k−1) / (k + aB(k−1)), in which nothing overflows or cancels.
pub(super) fn all_busy_without_queue(counselors: u32, load: f64) -> f64 {
    (1..=counselors).fold(1.0, |blocked, k| load * blocked / (f64::from(k) + load * blocked))
}

/// The lengths of a queue while all are busy, with their probabilities: those around the likeliest that are not
/// negligible.
#[derive(Clone, Debug)]
pub(super) struct Lengths {
    /// The shortest of them.
    pub(super) shortest: usize,
    /// The probability of each from the shortest on, given that all are busy; they add up to 1.
    pub(super) shares: Vec<f64>,
}

impl Lengths {
    /// The lengths of a queue by rates per second: `arrivals` join it, `served` contacts are answered by all counselors
    /// together, and each waiting caller gives up at the rate `impatience`.
    ///
    /// The weight of length k is Π λ / (nμ + jθ) for j from 1 to k. It rises as long as more arrive than leave, and
    /// then falls: counted from the greatest, in both directions, no weight is above 1 and none is a difference. Where
    /// far more arrive than are served, the greatest is at tens of thousands, and only some thousand lengths around it
    /// count.
    pub(super) fn while_all_busy(arrivals: f64, served: f64, impatience: f64) -> Self {
        let leave = |length: usize| served + length as f64 * impatience;
        // A float beyond the integers becomes the greatest of them, a negative one 0.
        let likeliest = ((arrivals - served) / impatience) as usize;
        let is_seen = |weight: &f64| *weight > NEGLIGIBLE;
        let mut weight = 1.0;
        let below = (1..=likeliest).rev().map(|length| {
            weight *= leave(length) / arrivals;
            weight
        });
        let mut weights: Vec<f64> = below.take_while(is_seen).take(MOST).collect();
        let shortest = likeliest - weights.len();
        weights.reverse();
        weights.push(1.0);
        let mut weight = 1.0;
        let above = (likeliest + 1..).map(|length| {
            weight *= arrivals / leave(length);
            weight
        });
        weights.extend(above.take_while(is_seen).take(MOST));
        let sum: f64 = weights.iter().sum();
        Self { shortest, shares: weights.into_iter().map(|weight| weight / sum).collect() }
    }

    /// The mean length.
    pub(super) fn mean(&self) -> f64 {
        (self.shortest..).zip(&self.shares).map(|(length, share)| length as f64 * share).sum()
    }

    /// The share of the time in which all are busy, from that without a queue.
    ///
    /// All states together weigh 1/B − 1 (a counselor is free) and the sum of the lengths' weights, when the state in
    /// which all are busy and no caller waits weighs 1. An empty queue that is negligible is one of a line that has
    /// more to do than it can: B is not small there, and all are busy all the time.
    pub(super) fn all_busy(&self, without_queue: f64) -> f64 {
        let empty = if self.shortest == 0 { self.shares[0] } else { 0.0 };
        1.0 / (1.0 + (1.0 / without_queue - 1.0) * empty)
    }
}
