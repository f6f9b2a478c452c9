//! How often a board is read, and when all of it.

use std::time::Duration;

use tokio::time::Instant;

use super::teller::AFTER_HINT;

/// Watchers hear at least so often, and everybody is read at least so often: time alone moves a service level, and hints
/// may be lost.
pub(super) const LONGEST_SILENCE: Duration = Duration::from_secs(5);

/// Reading everybody takes at most a quarter of the time: so many times its own length passes before it is done again.
/// That holds up no look at fewer.
const REST: u32 = 3;
/// Between two looks passes at least so long, and at most.
pub(super) const SHORTEST_REST: Duration = Duration::from_millis(10);
const LONGEST_REST: Duration = Duration::from_millis(250);

/// What passes after a look at a few counselors that took so long. It costs the database little, and how long it takes
/// says how busy this process is, most of all with showing boards: so it is given as much again.
pub(super) fn rest(took: Duration) -> Duration {
    took.clamp(SHORTEST_REST, LONGEST_REST)
}

/// When everybody is read again, whoever is named before.
pub(super) struct Everybody {
    at: Instant,
    /// How long that look will do.
    will_do: Duration,
    not_before: Instant,
}

impl Everybody {
    /// At once.
    pub(super) fn now(now: Instant) -> Self {
        Self { at: now, will_do: LONGEST_SILENCE, not_before: now }
    }

    pub(super) fn at(&self) -> Instant {
        self.at
    }

    /// Something has changed, and more may without another hint.
    pub(super) fn hinted(&mut self, now: Instant) {
        self.at = now.max(self.not_before);
        self.will_do = AFTER_HINT;
    }

    /// A look failed, and whom it was to read is forgotten.
    pub(super) fn failed(&mut self, now: Instant) {
        self.at = now;
    }

    /// Everybody was read, which took so long.
    pub(super) fn read(&mut self, now: Instant, took: Duration) {
        self.at = now + std::mem::replace(&mut self.will_do, LONGEST_SILENCE);
        self.not_before = now + (took * REST).min(LONGEST_REST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_read_soon_after_a_hint_once_more_after_it_and_then_every_few_seconds() {
        let (begun, took) = (Instant::now(), Duration::from_millis(5));
        let mut everybody = Everybody::now(begun);
        assert_eq!(everybody.at(), begun);
        everybody.read(begun, took);
        assert_eq!(everybody.at(), begun + LONGEST_SILENCE);
        let hinted = begun + Duration::from_secs(1);
        everybody.hinted(hinted);
        assert_eq!(everybody.at(), hinted);
        everybody.read(hinted, took);
        assert_eq!(everybody.at(), hinted + AFTER_HINT);
        let once_more = everybody.at();
        everybody.read(once_more, took);
        assert_eq!(everybody.at(), once_more + LONGEST_SILENCE);
    }

    #[test]
    fn however_many_hints_come_reading_everybody_takes_a_quarter_of_the_time() {
        let (begun, took) = (Instant::now(), Duration::from_millis(5));
        let mut everybody = Everybody::now(begun);
        everybody.read(begun, took);
        everybody.hinted(begun);
        assert_eq!(everybody.at(), begun + took * 3);
    }
}
