//! Changes of a pool that reach this replica without the counselors' names.

use harborline_store::{Watch, WatchBelow};
use harborline_types::ProgramId;

use super::refresh_schedule::LONGEST_SILENCE;
use crate::app::App;
use crate::store;

/// Hints of changes that the matcher of this process has not made: that matcher names the counselors of its rounds in
/// memory ([`super::Wallboards::refresh`]).
pub(super) struct RemoteChanges {
    /// Counselors who connected or broke off, at any replica.
    presences: Watch,
    /// Rounds, by the replica of the matcher.
    rounds: WatchBelow,
    this_replica: String,
}

impl RemoteChanges {
    pub(super) fn watch(app: &App, program: ProgramId) -> Self {
        Self {
            presences: app.store.watch(store::wallboard_hint(program)),
            rounds: app.store.watch_below(store::wallboard_hint(program)),
            this_replica: app.replica.to_string(),
        }
    }

    /// Returns when such a hint has come, or may have been missed.
    pub(super) async fn changed(&mut self) {
        loop {
            tokio::select! {
                hinted = self.presences.changed_within(LONGEST_SILENCE) => if hinted { return },
                replica = self.rounds.changed() => if replica.as_ref() != Some(&self.this_replica) { return },
            }
        }
    }
}
