//! Whom a reader is told of between its looks.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use harborline_types::PersonId;
use tokio::sync::Notify;

/// The counselors whom a look reads. The queue is read with each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Whom {
    /// All who are on duty.
    Everybody,
    /// No others have changed, as far as was said.
    These(BTreeSet<PersonId>),
}

impl Default for Whom {
    fn default() -> Self {
        Self::These(BTreeSet::new())
    }
}

impl Whom {
    /// The ones that are named; none for everybody.
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

/// What is said to one reader, kept until it takes it.
#[derive(Default)]
pub(super) struct Told {
    whom: Mutex<Whom>,
    wake: Notify,
}

impl Told {
    /// Says whom to read. What they do now is on record already.
    pub(super) fn tell(&self, whom: Whom) {
        {
            let mut told = self.locked();
            *told = std::mem::take(&mut *told).and(whom);
        }
        self.wake.notify_one();
    }

    /// Everyone who was named since it was taken last.
    pub(super) fn take(&self) -> Whom {
        std::mem::take(&mut *self.locked())
    }

    /// Returns when something was said.
    pub(super) async fn changed(&self) {
        self.wake.notified().await;
    }

    fn locked(&self) -> MutexGuard<'_, Whom> {
        self.whom.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn these(ids: &[&str]) -> Whom {
        Whom::These(ids.iter().map(|id| PersonId::parse(id).unwrap()).collect())
    }

    #[tokio::test]
    async fn whoever_was_named_between_two_looks_is_read_in_the_next_and_once() {
        let told = Told::default();
        told.tell(these(&["ana"]));
        told.tell(these(&["ben", "ana"]));
        told.changed().await;
        assert_eq!(told.take(), these(&["ana", "ben"]));
        assert_eq!(told.take(), these(&[]));
    }

    #[test]
    fn who_is_to_read_everybody_does_whoever_else_is_named() {
        let told = Told::default();
        told.tell(these(&["ana"]));
        told.tell(Whom::Everybody);
        told.tell(these(&["ben"]));
        assert_eq!(told.take(), Whom::Everybody);
    }
}
