//! Telling the wallboards of other replicas that a pool has changed.

use std::time::Duration;

use harborline_store::HintKey;
use harborline_types::ProgramId;
use tokio::time::Instant;
use uuid::Uuid;

use crate::store;

/// The least time between two hints of one matcher: a notification makes the commit that carries it slower.
const PAUSE: Duration = Duration::from_millis(250);

/// A reader that was woken by a hint refreshes once more after this time. It is longer than [`PAUSE`], so every change
/// that got no hint of its own is committed by then, or the next hint has come.
pub(super) const AFTER_HINT: Duration = Duration::from_millis(300);

/// Says now and then that a pool has changed.
#[derive(Debug, Default)]
pub(crate) struct ChangeNotifier {
    notified_at: Option<Instant>,
}

impl ChangeNotifier {
    /// The hint for a round of this replica that changes something; none when the last hint is less than [`PAUSE`] ago.
    pub(crate) fn hint(&mut self, program: ProgramId, replica: Uuid, now: Instant) -> Option<HintKey> {
        if self.notified_at.is_some_and(|notified_at| now - notified_at < PAUSE) {
            return None;
        }
        self.notified_at = Some(now);
        Some(store::round_hint(program, replica))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refresh_some_time_after_a_hint_misses_no_change_that_got_no_hint() {
        let (mut notifier, program, now) = (ChangeNotifier::default(), ProgramId::new(), Instant::now());
        let mut hinted = |at| notifier.hint(program, Uuid::nil(), at).is_some();
        assert!(hinted(now));
        assert!(!hinted(now + PAUSE - Duration::from_millis(1)));
        assert!(PAUSE < AFTER_HINT, "the refresh comes after the last change without a hint");
        assert!(hinted(now + PAUSE));
    }
}
