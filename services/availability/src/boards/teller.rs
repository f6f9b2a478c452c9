//! Telling the boards of other replicas that a pool has changed.

use std::time::Duration;

use harborline_store::HintKey;
use harborline_types::ProgramId;
use tokio::time::Instant;
use uuid::Uuid;

use crate::store;

/// A matcher hints at most so often: a notification costs the commit that it goes with.
const PAUSE: Duration = Duration::from_millis(250);

/// Who was woken by a hint looks again after this time: by then everything that the hint kept silent about is there, or
/// the next hint has come.
pub(super) const AFTER_HINT: Duration = Duration::from_millis(300);

/// Says now and then that a pool has changed.
#[derive(Debug, Default)]
pub(crate) struct Teller {
    told_at: Option<Instant>,
}

impl Teller {
    /// The hint for a round that changes something, at this replica; none when there was one a moment ago.
    pub(crate) fn hint(&mut self, program: ProgramId, replica: Uuid, now: Instant) -> Option<HintKey> {
        if self.told_at.is_some_and(|told_at| now - told_at < PAUSE) {
            return None;
        }
        self.told_at = Some(now);
        Some(store::round_hint(program, replica))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_looks_again_after_a_hint_misses_nothing_that_came_without_one() {
        let (mut teller, program, now) = (Teller::default(), ProgramId::new(), Instant::now());
        let mut hinted = |at| teller.hint(program, Uuid::nil(), at).is_some();
        assert!(hinted(now));
        assert!(!hinted(now + PAUSE - Duration::from_millis(1)));
        assert!(PAUSE < AFTER_HINT, "the look comes after the last change without a hint");
        assert!(hinted(now + PAUSE));
    }
}
