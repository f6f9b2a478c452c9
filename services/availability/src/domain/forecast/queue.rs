//! How many wait, in the steady state.

/// Weights below this part of the greatest are left out.
const NEGLIGIBLE: f64 = 1e-16;

/// Lengths of a queue that are looked at; longer ones count as this long. A line with such a queue answers nobody in
/// time.
const LONGEST: usize = 100_000;

/// The share of the time in which so many counselors are all busy when nobody waits (Erlang B), from the offered load.
///
/// By the recursion B(k) = aB(k−1) / (k + aB(k−1)), in which nothing overflows or cancels.
pub(super) fn all_busy_without_queue(counselors: u32, load: f64) -> f64 {
    (1..=counselors).fold(1.0, |blocked, k| load * blocked / (f64::from(k) + load * blocked))
}

/// The lengths of a queue while all are busy: their probabilities, and what the empty one weighs.
#[derive(Clone, Debug)]
pub(super) struct Lengths {
    /// The probability of each length, given that all are busy; they add up to 1.
    pub(super) shares: Vec<f64>,
    /// ln of the sum of all weights when the empty queue weighs 1.
    pub(super) ln_sum: f64,
}

impl Lengths {
    /// Of a queue that `arrivals` join and the answers of `served` (all counselors together) and `impatience` (of each
    /// who waits) leave, per second.
    ///
    /// The weight of length k is Π λ / (nμ + jθ) for j from 1 to k. Kept as logarithms, since they grow over hundreds of
    /// orders of magnitude before they fall when far more arrive than are served.
    pub(super) fn while_all_busy(arrivals: f64, served: f64, impatience: f64) -> Self {
        let mut logarithms = vec![0.0_f64];
        let (mut last, mut greatest) = (0.0_f64, 0.0_f64);
        while logarithms.len() < LONGEST && arrivals > 0.0 {
            let leave = served + logarithms.len() as f64 * impatience;
            last += (arrivals / leave).ln();
            greatest = greatest.max(last);
            logarithms.push(last);
            if arrivals < leave && last < greatest + NEGLIGIBLE.ln() {
                break;
            }
        }
        let weights: Vec<f64> = logarithms.iter().map(|logarithm| (logarithm - greatest).exp()).collect();
        let sum: f64 = weights.iter().sum();
        let shares = weights.into_iter().map(|weight| weight / sum).collect();
        Self { shares, ln_sum: greatest + sum.ln() }
    }

    /// The mean length.
    pub(super) fn mean(&self) -> f64 {
        self.shares.iter().enumerate().map(|(length, share)| length as f64 * share).sum()
    }

    /// The share of the time in which all are busy, from that without a queue.
    ///
    /// All states together weigh 1/B − 1 (somebody is free) and the sum of the lengths' weights, when the state in which
    /// all are busy and nobody waits weighs 1.
    pub(super) fn all_busy(&self, without_queue: f64) -> f64 {
        let free = 1.0 / without_queue - 1.0;
        1.0 / (1.0 + free * (-self.ln_sum).exp())
    }
}
