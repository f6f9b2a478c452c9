//! Showing counselors what a round has put before them.

use std::collections::BTreeSet;

use harborline_store::HintKey;
use harborline_types::PersonId;

use super::rounds::{Matcher, Memory};
use crate::counselor_feeds::{CounselorSnapshot, Version, snapshot_hint};
use crate::store;
use crate::wire::counselor_state::attend_response;

/// What streams of this process are to show once the round is on record.
pub(super) type Here = Vec<(PersonId, CounselorSnapshot)>;

impl Matcher<'_> {
    /// The snapshots of counselors whose state has changed: for the streams of this process, and as hints that carry
    /// them to the streams of other replicas.
    pub(super) fn to_show(&self, memory: &Memory, of_round: &BTreeSet<&PersonId>) -> (Here, Vec<HintKey>) {
        let (replica, program, version) = (self.app.replica, self.scope.program(), self.version());
        let mut concerned: BTreeSet<&PersonId> = self.looks.seen.iter().collect();
        concerned.extend(of_round);
        if memory.is_fresh {
            // Who decided before may not have known a stream that opened meanwhile, here or elsewhere.
            concerned.extend(memory.pool.seated());
        }
        let (mut here, mut hints) = (Vec::new(), Vec::new());
        for id in concerned {
            let (Some(holding), Some(state)) = (memory.pool.replicas_of(id), memory.pool.counselor_state(id)) else {
                // Who is off duty may have streams anywhere, which end.
                hints.push(store::counselor_hint(program, id));
                continue;
            };
            let snapshot = CounselorSnapshot { message: attend_response(id, &state), streams: state.streams };
            let elsewhere = holding.iter().filter(|other| **other != replica);
            hints.extend(elsewhere.map(|other| snapshot_hint(*other, program, id, version, &snapshot)));
            if holding.contains(&replica) {
                here.push((id.clone(), snapshot));
            }
        }
        (here, hints)
    }

    /// Shows the streams of this process what is on record now.
    pub(super) fn show(&mut self, memory: &mut Memory, here: Here) {
        memory.is_fresh = false;
        self.looks.seen.clear();
        for (counselor, snapshot) in here {
            self.app.counselor_feeds.publish(self.scope.program(), counselor, self.version(), snapshot);
        }
    }

    fn version(&self) -> Version {
        Version { fence: self.held.fence(), round: self.number }
    }
}
