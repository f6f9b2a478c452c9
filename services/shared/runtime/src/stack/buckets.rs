//! How often: a token bucket for every caller, kept as one instant each.
//!
//! A bucket is known by the instant at which it will be full again (the generic cell rate algorithm). A full bucket needs
//! no entry, so callers that have been quiet for a moment are forgotten and the table holds only those of the last few
//! seconds, however many there ever were.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

/// So many entries are kept without a look at how many of them are full.
const FEW: usize = 1024;

/// What a bucket holds and how fast it fills.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    every: Duration,
    room: Duration,
}

impl Rate {
    /// `per_second` requests a second, `burst` at once after a quiet time; none when `per_second` is 0: no limit.
    pub(super) fn new(per_second: u32, burst: u32) -> Option<Self> {
        let every = Duration::from_secs(1).checked_div(per_second)?;
        Some(Self { every, room: every * burst.max(1) })
    }
}

/// The buckets of everybody who called a moment ago.
pub(super) struct Buckets<K> {
    full_at: HashMap<K, Instant>,
    sweep_at: usize,
}

impl<K: Eq + Hash> Buckets<K> {
    pub(super) fn new() -> Self {
        Self { full_at: HashMap::new(), sweep_at: FEW }
    }

    /// Takes one token of the caller's bucket.
    ///
    /// # Errors
    /// When it is empty: how long until there is one.
    pub(super) fn take(&mut self, key: K, rate: Rate, now: Instant) -> Result<(), Duration> {
        self.forget_the_quiet(now);
        let full_at = self.full_at.get(&key).copied().unwrap_or(now).max(now) + rate.every;
        let missing = full_at.duration_since(now);
        if missing > rate.room {
            return Err(missing - rate.room);
        }
        self.full_at.insert(key, full_at);
        Ok(())
    }

    /// Each look doubles what may be there before the next one, so that it costs a constant part of a call.
    fn forget_the_quiet(&mut self, now: Instant) {
        if self.full_at.len() >= self.sweep_at {
            self.full_at.retain(|_, full_at| *full_at > now);
            self.full_at.shrink_to(FEW);
            self.sweep_at = (2 * self.full_at.len()).max(FEW);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_then_one_at_a_time_and_the_refusal_says_when() {
        let (mut buckets, start) = (Buckets::new(), Instant::now());
        let rate = Rate::new(10, 3).unwrap();
        for _ in 0..3 {
            assert_eq!(buckets.take("ana", rate, start), Ok(()));
        }
        assert_eq!(buckets.take("ana", rate, start), Err(Duration::from_millis(100)));
        let later = start + Duration::from_millis(40);
        assert_eq!(buckets.take("ana", rate, later), Err(Duration::from_millis(60)), "a refusal takes no token");
        assert_eq!(buckets.take("ana", rate, start + Duration::from_millis(100)), Ok(()));
        assert!(buckets.take("ana", rate, start + Duration::from_millis(100)).is_err());
    }

    #[test]
    fn one_callers_haste_is_not_anothers() {
        let (mut buckets, start) = (Buckets::new(), Instant::now());
        let rate = Rate::new(1, 1).unwrap();
        assert_eq!(buckets.take("ana", rate, start), Ok(()));
        assert!(buckets.take("ana", rate, start).is_err());
        assert_eq!(buckets.take("ben", rate, start), Ok(()));
    }

    #[test]
    fn callers_who_are_quiet_are_forgotten() {
        let (mut buckets, start) = (Buckets::new(), Instant::now());
        let rate = Rate::new(10, 10).unwrap();
        for caller in 0..100_000_u32 {
            // A hundred callers each millisecond, each full again after a hundred.
            let now = start + Duration::from_micros(10) * caller;
            buckets.take(caller, rate, now).unwrap();
            assert!(buckets.full_at.len() <= 4 * 10_000, "{} are remembered", buckets.full_at.len());
        }
    }

    #[test]
    fn a_rate_of_nothing_is_no_limit() {
        assert!(Rate::new(0, 5).is_none());
    }
}
