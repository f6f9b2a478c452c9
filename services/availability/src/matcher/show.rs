//! Showing counselors what a round has put before them.

use std::collections::BTreeSet;

use harborline_store::HintKey;
use harborline_types::PersonId;

use super::rounds::{Matcher, Memory};
use crate::desks::{self, Shown, Version};
use crate::store;
use crate::wire::desk::on_desk;

/// What streams of this process are to show once the round is on record.
pub(super) type Here = Vec<(PersonId, Shown)>;

impl Matcher<'_> {
    /// The desks of counselors who have something else before them: for the streams of this process, and hints that
    /// carry them to those of others.
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
            let (Some(holding), Some(desk)) = (memory.pool.replicas_of(id), memory.pool.desk(id)) else {
                // Who is off duty may have streams anywhere, which end.
                hints.push(store::counselor_hint(program, id));
                continue;
            };
            let shown = Shown { message: on_desk(id, &desk), streams: desk.streams };
            let elsewhere = holding.iter().filter(|other| **other != replica);
            hints.extend(elsewhere.map(|other| desks::carry(*other, program, id, version, &shown)));
            if holding.contains(&replica) {
                here.push((id.clone(), shown));
            }
        }
        (here, hints)
    }

    /// Shows the streams of this process what is on record now.
    pub(super) fn show(&mut self, memory: &mut Memory, here: Here) {
        memory.is_fresh = false;
        self.looks.seen.clear();
        for (counselor, shown) in here {
            self.app.desks.show(self.scope.program(), counselor, self.version(), shown);
        }
    }

    fn version(&self) -> Version {
        Version { fence: self.held.fence(), round: self.number }
    }
}
