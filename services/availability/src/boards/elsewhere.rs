//! Hearing what changed without a name.

use harborline_store::{Watch, WatchBelow};
use harborline_types::ProgramId;

use super::pace::LONGEST_SILENCE;
use crate::app::App;
use crate::store;

/// Hints that are no news of this process's own matcher: that one says whom its rounds concern, by a shorter way.
pub(super) struct Elsewhere {
    /// Who came and who broke off, at whichever replica.
    presences: Watch,
    /// The replicas whose matchers have changed the pool.
    rounds: WatchBelow,
    here: String,
}

impl Elsewhere {
    pub(super) fn watch(app: &App, program: ProgramId) -> Self {
        Self {
            presences: app.store.watch(store::board_hint(program)),
            rounds: app.store.watch_below(store::board_hint(program)),
            here: app.replica.to_string(),
        }
    }

    /// Returns when there was such a hint, or one may have been missed.
    pub(super) async fn changed(&mut self) {
        loop {
            tokio::select! {
                hinted = self.presences.changed_within(LONGEST_SILENCE) => if hinted { return },
                replica = self.rounds.changed() => if replica.as_ref() != Some(&self.here) { return },
            }
        }
    }
}
