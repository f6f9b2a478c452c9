//! What a night was like, by class: how long people waited, and how it ended.

use std::time::Duration;

use harborline_types::Acuity;

use super::books::{End, Night};
use super::cast::{At, Cast};

/// The waits of one class. A wait is from arrival until a counselor has the call, the caller leaves, or the backup
/// line has it: whoever gives up counts with the time they waited.
#[derive(Clone, Debug, Default)]
pub(crate) struct Waits {
    seconds: Vec<f64>,
    answered: Vec<f64>,
    offered: Vec<f64>,
    left: u64,
    handed_off: u64,
}

impl Waits {
    /// Adds those of a night whose acuity is one of these and who arrived from one instant until another.
    pub(crate) fn add(&mut self, cast: &Cast, night: &Night, acuities: &[Acuity], (from, until): (At, At)) {
        for (caller, case) in cast.callers.iter().zip(&night.cases) {
            let is_in = acuities.contains(&caller.acuity) && from <= caller.arrives && caller.arrives < until;
            let Some((end, waited)) = case.end.filter(|_| is_in) else { continue };
            self.seconds.push(waited.as_secs_f64());
            self.offered.extend(case.offered.map(|offered| offered.as_secs_f64()));
            self.answered.extend((end == End::Answered).then_some(waited.as_secs_f64()));
            self.left += u64::from(end == End::Left);
            self.handed_off += u64::from(end == End::HandedOff);
        }
    }

    /// The mean wait of everybody in seconds.
    pub(crate) fn mean(&self) -> f64 {
        mean(&self.seconds)
    }

    /// The mean wait in seconds of those who were answered: the speed of answer as lines report it (DOMAIN.md section 5,
    /// measure 4).
    pub(crate) fn speed_of_answer(&self) -> f64 {
        mean(&self.answered)
    }

    /// The wait in seconds that this share does not exceed.
    pub(crate) fn quantile(&self, share: f64) -> f64 {
        quantile(&self.seconds, share)
    }

    /// The same for the wait until somebody was asked first, of those for whom somebody was.
    pub(crate) fn offered_quantile(&self, share: f64) -> f64 {
        quantile(&self.offered, share)
    }

    /// The share that left before an answer.
    pub(crate) fn left(&self) -> f64 {
        self.left as f64 / self.seconds.len() as f64
    }

    /// The share that went to the backup line.
    pub(crate) fn handed_off(&self) -> f64 {
        self.handed_off as f64 / self.seconds.len() as f64
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let at = (sorted.len().saturating_sub(1)) as f64 * share;
    sorted.get(at.ceil() as usize).copied().unwrap_or(f64::NAN)
}

/// A duration's quantile, in microseconds.
pub(crate) fn micros(durations: &[Duration], share: f64) -> f64 {
    let micros: Vec<f64> = durations.iter().map(|duration| duration.as_secs_f64() * 1e6).collect();
    quantile(&micros, share)
}
