//! What the matchers of this process show the Attend streams of this process, without a look at the database.
//!
//! A matcher shows a desk after the commit of the round that changed it, and its rounds follow one another: what is
//! shown is in the order of the ledger, and whole. A stream looks at the database when it begins, on a hint (a matcher
//! elsewhere), and from time to time; a desk that was shown before such a look is older than what the look found.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use harborline_types::{PersonId, ProgramId};
use tokio::sync::watch;

use crate::domain::Desk;

type Key = (ProgramId, PersonId);
/// The newest desk; none means: look at the database.
type Shown = Option<Arc<Desk>>;

/// The desks that streams of this process watch.
#[derive(Clone, Default)]
pub(crate) struct Desks {
    watched: Arc<Mutex<HashMap<Key, watch::Sender<Shown>>>>,
}

impl Desks {
    /// Watches what a counselor is shown.
    pub(crate) fn watch(&self, program: ProgramId, counselor: &PersonId) -> DeskWatch {
        let key = (program, counselor.clone());
        let receiver = self.locked().entry(key.clone()).or_insert_with(|| watch::channel(None).0).subscribe();
        DeskWatch { key, receiver, desks: self.clone() }
    }

    /// Shows a counselor what they have before them now.
    pub(crate) fn show(&self, program: ProgramId, counselor: PersonId, desk: Desk) {
        if let Some(sender) = self.locked().get(&(program, counselor)) {
            sender.send_replace(Some(Arc::new(desk)));
        }
    }

    /// Promises that the streams of a program look at the database when this is dropped: a matcher has ended, and what it
    /// decided last may never have been shown.
    pub(crate) fn look_again_after(&self, program: ProgramId) -> LookAgain<'_> {
        LookAgain { desks: self, program }
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<Key, watch::Sender<Shown>>> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes streams look again when it is dropped.
pub(crate) struct LookAgain<'a> {
    desks: &'a Desks,
    program: ProgramId,
}

impl Drop for LookAgain<'_> {
    fn drop(&mut self) {
        let watched = self.desks.locked();
        let ours = watched.iter().filter(|((program, _), _)| *program == self.program);
        ours.for_each(|(_, sender)| drop(sender.send_replace(None)));
    }
}

/// Waits for what a counselor is shown.
pub(crate) struct DeskWatch {
    key: Key,
    receiver: watch::Receiver<Shown>,
    desks: Desks,
}

impl DeskWatch {
    /// Returns what is shown next; none: look at the database.
    pub(crate) async fn next(&mut self) -> Shown {
        // The sender is kept for as long as anybody watches.
        let _ = self.receiver.changed().await;
        self.receiver.borrow_and_update().clone()
    }

    /// What was shown until now is older than what is about to be looked at.
    pub(crate) fn forget(&mut self) {
        self.receiver.mark_unchanged();
    }
}

impl Drop for DeskWatch {
    fn drop(&mut self) {
        let mut watched = self.desks.locked();
        if watched.get(&self.key).is_some_and(|sender| sender.receiver_count() <= 1) {
            watched.remove(&self.key);
        }
    }
}
