//! The counselors whom the next refresh of a wallboard has to read.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use harborline_types::PersonId;
use tokio::sync::Notify;

/// The counselors whom a refresh reads. Every refresh reads the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Dirty {
    /// All counselors on duty.
    Everybody,
    /// These counselors; no change of any other is known.
    These(BTreeSet<PersonId>),
}

impl Default for Dirty {
    fn default() -> Self {
        Self::These(BTreeSet::new())
    }
}

impl Dirty {
    /// The counselors by name; none for everybody.
    pub(super) fn these(&self) -> Option<&BTreeSet<PersonId>> {
        match self {
            Self::Everybody => None,
            Self::These(these) => Some(these),
        }
    }

    fn and(self, more: Self) -> Self {
        match (self, more) {
            (Self::These(mut these), Self::These(more)) => {
                these.extend(more);
                Self::These(these)
            }
            _ => Self::Everybody,
        }
    }
}

/// What has changed since a reader began its last refresh.
#[derive(Default)]
pub(super) struct DirtySet {
    dirty: Mutex<Dirty>,
    wake: Notify,
}

impl DirtySet {
    /// Adds counselors and wakes the reader. What the counselors do now must be committed already.
    pub(super) fn mark(&self, more: Dirty) {
        {
            let mut dirty = self.locked();
            *dirty = std::mem::take(&mut *dirty).and(more);
        }
        self.wake.notify_one();
    }

    /// Takes out all counselors who were marked since the last call.
    pub(super) fn take(&self) -> Dirty {
        std::mem::take(&mut *self.locked())
    }

    /// Returns when something was marked.
    pub(super) async fn changed(&self) {
        self.wake.notified().await;
    }

    fn locked(&self) -> MutexGuard<'_, Dirty> {
        self.dirty.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn these(ids: &[&str]) -> Dirty {
        Dirty::These(ids.iter().map(|id| PersonId::parse(id).unwrap()).collect())
    }

    #[tokio::test]
    async fn counselors_marked_between_two_refreshes_are_read_once_by_the_next_one() {
        let dirty = DirtySet::default();
        dirty.mark(these(&["ana"]));
        dirty.mark(these(&["ben", "ana"]));
        dirty.changed().await;
        assert_eq!(dirty.take(), these(&["ana", "ben"]));
        assert_eq!(dirty.take(), these(&[]));
    }

    #[test]
    fn everybody_stays_marked_when_counselors_are_marked_by_name_before_or_after() {
        let dirty = DirtySet::default();
        dirty.mark(these(&["ana"]));
        dirty.mark(Dirty::Everybody);
        dirty.mark(these(&["ben"]));
        assert_eq!(dirty.take(), Dirty::Everybody);
    }
}
