//! What the matchers show the Attend streams of this process, without a look at the database.
//!
//! A matcher shows a desk after the commit of the round that changed it: in memory to the streams of its own process, by
//! a hint that carries it to those of others ([`carried`]). Rounds are numbered, and what is older than what is shown is
//! dropped: what is shown is in the order of the ledger, and whole, also while one matcher takes over from another. A
//! stream looks at the database when it begins, when somebody says that something else has changed, when hints may have
//! been missed, and from time to time; a desk that was shown before such a look is older than what the look found.

mod carried;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use harborline_proto::availability::v1 as pb;
use harborline_types::{PersonId, ProgramId};
use tokio::sync::watch;
use uuid::Uuid;

use crate::app::App;
pub(crate) use carried::carry;

type Key = (ProgramId, PersonId);

/// A desk as its streams show it.
#[derive(Clone, PartialEq)]
pub(crate) struct Shown {
    /// The streams that are open: each shows the same.
    pub(crate) streams: BTreeSet<Uuid>,
    /// What they send, without its cursor.
    pub(crate) message: pb::AttendResponse,
}

/// The round that a desk is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version {
    /// Grows with each matcher of the pool.
    pub(crate) fence: i64,
    /// Grows with each of its rounds.
    pub(crate) round: u64,
}

/// The newest desk of a counselor.
#[derive(Default)]
struct Newest {
    version: Option<Version>,
    /// None means: look at the database.
    shown: Option<Arc<Shown>>,
}

/// The desks that streams of this process watch.
#[derive(Clone, Default)]
pub(crate) struct Desks {
    watched: Arc<Mutex<HashMap<Key, watch::Sender<Newest>>>>,
    hearing: Arc<OnceLock<()>>,
}

impl Desks {
    /// Watches what a counselor is shown; the first who does has this process hear what matchers elsewhere send.
    pub(crate) fn watch(app: &Arc<App>, program: ProgramId, counselor: &PersonId) -> DeskWatch {
        let desks = &app.desks;
        if desks.hearing.set(()).is_ok() {
            carried::hear(app);
        }
        desks.subscribe(program, counselor)
    }

    fn subscribe(&self, program: ProgramId, counselor: &PersonId) -> DeskWatch {
        let key = (program, counselor.clone());
        let mut watched = self.locked();
        let sender = watched.entry(key.clone()).or_insert_with(|| watch::channel(Newest::default()).0);
        DeskWatch { key, receiver: sender.subscribe(), desks: self.clone() }
    }

    /// Shows a counselor what they have before them since this round, unless what is shown is newer.
    pub(crate) fn show(&self, program: ProgramId, counselor: PersonId, version: Version, desk: Shown) {
        if let Some(sender) = self.locked().get(&(program, counselor)) {
            sender.send_if_modified(|newest| {
                let is_newer = newest.version.is_none_or(|known| known < version);
                if is_newer {
                    *newest = Newest { version: Some(version), shown: Some(Arc::new(desk)) };
                }
                is_newer
            });
        }
    }

    /// Has the streams look at the database: all, or those of one program, or of one counselor.
    fn look_again(&self, meant: impl Fn(&Key) -> bool) {
        let watched = self.locked();
        let meant = watched.iter().filter(|(key, _)| meant(key));
        meant.for_each(|(_, sender)| sender.send_modify(|newest| newest.shown = None));
    }

    /// Promises that the streams of a program look at the database when this is dropped: a matcher has ended, and what it
    /// decided last may never have been shown.
    pub(crate) fn look_again_after(&self, program: ProgramId) -> LookAgain<'_> {
        LookAgain { desks: self, program }
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<Key, watch::Sender<Newest>>> {
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
        self.desks.look_again(|(program, _)| *program == self.program);
    }
}

/// Waits for what a counselor is shown.
pub(crate) struct DeskWatch {
    key: Key,
    receiver: watch::Receiver<Newest>,
    desks: Desks,
}

impl DeskWatch {
    /// Returns what is shown next; none: look at the database.
    pub(crate) async fn next(&mut self) -> Option<Arc<Shown>> {
        // The sender is kept for as long as anybody watches.
        let _ = self.receiver.changed().await;
        self.receiver.borrow_and_update().shown.clone()
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

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn what_is_older_than_what_is_shown_is_dropped_also_after_a_look() {
        let (desks, program, counselor) = (Desks::default(), ProgramId::new(), PersonId::parse("ana").unwrap());
        let mut watch = desks.subscribe(program, &counselor);
        let desk = |activity| {
            let message = pb::AttendResponse { activity, ..pb::AttendResponse::default() };
            Shown { streams: BTreeSet::new(), message }
        };
        let show = |fence, round, activity| {
            desks.show(program, counselor.clone(), Version { fence, round }, desk(activity));
        };
        let mut next = || watch.next().now_or_never().map(|shown| shown.map(|shown| shown.message.activity));
        show(1, 9, 1);
        assert_eq!(next(), Some(Some(1)));
        show(2, 1, 2);
        assert_eq!(next(), Some(Some(2)), "the first round of the next matcher");
        show(1, 10, 3);
        show(2, 1, 3);
        assert_eq!(next(), None);
        drop(desks.look_again_after(program));
        assert_eq!(next(), Some(None));
        show(1, 11, 3);
        assert_eq!(next(), None);
        show(2, 2, 4);
        assert_eq!(next(), Some(Some(4)));
    }
}
