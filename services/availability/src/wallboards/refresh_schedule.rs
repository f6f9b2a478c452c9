//! How often a wallboard is read, and when all of it.

use std::time::Duration;

use tokio::time::Instant;

use super::change_notifier::AFTER_HINT;

/// The longest time between two messages to a watcher, and between two full refreshes: time alone moves a service
/// level, and hints may be lost.
pub(super) const LONGEST_SILENCE: Duration = Duration::from_secs(5);

/// Full refreshes take at most a quarter of the time: after one, three times its own length passes before the next.
/// Partial refreshes do not wait for that.
const PAUSE_FACTOR: u32 = 3;
/// The shortest and the longest pause between two refreshes.
pub(super) const SHORTEST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// The pause after a partial refresh: as long as the refresh took. Reading a few counselors costs the database little,
/// so a slow refresh means that this process is busy, most often with sending wallboards.
pub(super) fn pause_after_partial(took: Duration) -> Duration {
    took.clamp(SHORTEST_PAUSE, LONGEST_PAUSE)
}

/// When the next full refresh is due.
pub(super) struct FullRefresh {
    due: Instant,
    /// The time from that refresh to the one after it, if nothing is hinted meanwhile.
    interval: Duration,
    not_before: Instant,
}

impl FullRefresh {
    /// A full refresh that is due at once.
    pub(super) fn now(now: Instant) -> Self {
        Self { due: now, interval: LONGEST_SILENCE, not_before: now }
    }

    pub(super) fn due(&self) -> Instant {
        self.due
    }

    /// Another replica has changed something, and may change more before its next hint.
    pub(super) fn hinted(&mut self, now: Instant) {
        self.due = now.max(self.not_before);
        self.interval = AFTER_HINT;
    }

    /// A refresh failed, and the counselors whom it was to read are not marked any more.
    pub(super) fn failed(&mut self, now: Instant) {
        self.due = now;
    }

    /// A full refresh was made, and took so long.
    pub(super) fn done(&mut self, now: Instant, took: Duration) {
        self.due = now + std::mem::replace(&mut self.interval, LONGEST_SILENCE);
        self.not_before = now + (took * PAUSE_FACTOR).min(LONGEST_PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_refresh_follows_a_hint_once_more_soon_after_and_then_every_few_seconds() {
        let (begun, took) = (Instant::now(), Duration::from_millis(5));
        let mut full = FullRefresh::now(begun);
        assert_eq!(full.due(), begun);
        full.done(begun, took);
        assert_eq!(full.due(), begun + LONGEST_SILENCE);
        let hinted = begun + Duration::from_secs(1);
        full.hinted(hinted);
        assert_eq!(full.due(), hinted);
        full.done(hinted, took);
        assert_eq!(full.due(), hinted + AFTER_HINT);
        let once_more = full.due();
        full.done(once_more, took);
        assert_eq!(full.due(), once_more + LONGEST_SILENCE);
    }

    #[test]
    fn however_many_hints_come_full_refreshes_take_a_quarter_of_the_time() {
        let (begun, took) = (Instant::now(), Duration::from_millis(5));
        let mut full = FullRefresh::now(begun);
        full.done(begun, took);
        full.hinted(begun);
        assert_eq!(full.due(), begun + took * 3);
    }
}
