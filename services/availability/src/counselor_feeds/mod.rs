//! The newest state of each counselor, from the matchers to the Attend streams of this process, without a read of the
//! database.
//!
//! A matcher publishes a snapshot of a counselor after the commit of the round that changed it: in memory to the
//! streams of its own process, by a hint that carries the snapshot to those of other replicas ([`snapshot_hints`]).
//! Rounds are numbered, and a snapshot that is older than the one shown is dropped. So what a stream sends is whole and
//! in the order of the ledger, also while one matcher takes over from another. A stream reads the database when it
//! begins, when a hint says that something else has changed, when hints may have been missed, and from time to time; a
//! snapshot published before such a read is older than what the read found.

mod snapshot_hints;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use harborline_proto::availability::v1 as pb;
use harborline_types::{PersonId, ProgramId};
use tokio::sync::watch;
use uuid::Uuid;

use crate::app::App;
pub(crate) use snapshot_hints::snapshot_hint;

type Key = (ProgramId, PersonId);

/// The state of a counselor as the Attend streams send it.
#[derive(Clone, PartialEq)]
pub(crate) struct CounselorSnapshot {
    /// The streams that are open: each sends the same.
    pub(crate) streams: BTreeSet<Uuid>,
    /// The message, without its cursor.
    pub(crate) message: pb::AttendResponse,
}

/// The round that a snapshot is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version {
    /// Grows with each matcher of the pool.
    pub(crate) fence: i64,
    /// Grows with each round of that matcher.
    pub(crate) round: u64,
}

/// The newest snapshot of a counselor.
#[derive(Default)]
struct Newest {
    version: Option<Version>,
    /// None tells the streams to read the database.
    snapshot: Option<Arc<CounselorSnapshot>>,
}

/// The counselors whose streams are open in this process.
#[derive(Clone, Default)]
pub(crate) struct CounselorFeeds {
    watched: Arc<Mutex<HashMap<Key, watch::Sender<Newest>>>>,
    /// Set once this process receives the snapshots of matchers at other replicas.
    receiving: Arc<OnceLock<()>>,
}

impl CounselorFeeds {
    /// The feed of a counselor; the first one makes this process receive the snapshots of matchers at other replicas.
    pub(crate) fn watch(app: &Arc<App>, program: ProgramId, counselor: &PersonId) -> CounselorFeed {
        let feeds = &app.counselor_feeds;
        if feeds.receiving.set(()).is_ok() {
            snapshot_hints::receive(app);
        }
        feeds.subscribe(program, counselor)
    }

    fn subscribe(&self, program: ProgramId, counselor: &PersonId) -> CounselorFeed {
        let key = (program, counselor.clone());
        let mut watched = self.locked();
        let sender = watched.entry(key.clone()).or_insert_with(|| watch::channel(Newest::default()).0);
        CounselorFeed { key, receiver: sender.subscribe(), feeds: self.clone() }
    }

    /// Publishes the snapshot of a counselor since this round, unless a newer one is there.
    pub(crate) fn publish(
        &self,
        program: ProgramId,
        counselor: PersonId,
        version: Version,
        snapshot: CounselorSnapshot,
    ) {
        if let Some(sender) = self.locked().get(&(program, counselor)) {
            sender.send_if_modified(|newest| {
                let is_newer = newest.version.is_none_or(|known| known < version);
                if is_newer {
                    *newest = Newest { version: Some(version), snapshot: Some(Arc::new(snapshot)) };
                }
                is_newer
            });
        }
    }

    /// Has streams read the database: all, or those of one program, or of one counselor.
    fn read_again(&self, meant: impl Fn(&Key) -> bool) {
        let watched = self.locked();
        let meant = watched.iter().filter(|(key, _)| meant(key));
        meant.for_each(|(_, sender)| sender.send_modify(|newest| newest.snapshot = None));
    }

    /// A guard for the time in which a matcher leads: when it is dropped, the streams of the program read the database,
    /// since the snapshots of the matcher's last round may never have been published.
    pub(crate) fn read_again_after(&self, program: ProgramId) -> ReadAgain<'_> {
        ReadAgain { feeds: self, program }
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<Key, watch::Sender<Newest>>> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Has the streams of a program read the database when it is dropped.
pub(crate) struct ReadAgain<'a> {
    feeds: &'a CounselorFeeds,
    program: ProgramId,
}

impl Drop for ReadAgain<'_> {
    fn drop(&mut self) {
        self.feeds.read_again(|(program, _)| *program == self.program);
    }
}

/// The snapshots of one counselor as they are published.
pub(crate) struct CounselorFeed {
    key: Key,
    receiver: watch::Receiver<Newest>,
    feeds: CounselorFeeds,
}

impl CounselorFeed {
    /// Returns the next snapshot; none when the stream has to read the database.
    pub(crate) async fn next(&mut self) -> Option<Arc<CounselorSnapshot>> {
        // The sender is kept for as long as a feed of the counselor exists.
        let _ = self.receiver.changed().await;
        self.receiver.borrow_and_update().snapshot.clone()
    }

    /// Skips what was published until now: it is older than what the stream is about to read.
    pub(crate) fn skip(&mut self) {
        self.receiver.mark_unchanged();
    }
}

impl Drop for CounselorFeed {
    fn drop(&mut self) {
        let mut watched = self.feeds.locked();
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
    fn a_snapshot_older_than_the_newest_one_is_dropped_also_after_the_streams_were_told_to_read() {
        let (feeds, program, counselor) =
            (CounselorFeeds::default(), ProgramId::new(), PersonId::parse("ana").unwrap());
        let mut feed = feeds.subscribe(program, &counselor);
        let snapshot = |activity| {
            let message = pb::AttendResponse { activity, ..pb::AttendResponse::default() };
            CounselorSnapshot { streams: BTreeSet::new(), message }
        };
        let publish = |fence, round, activity| {
            feeds.publish(program, counselor.clone(), Version { fence, round }, snapshot(activity));
        };
        let mut next = || feed.next().now_or_never().map(|newest| newest.map(|newest| newest.message.activity));
        publish(1, 9, 1);
        assert_eq!(next(), Some(Some(1)));
        publish(2, 1, 2);
        assert_eq!(next(), Some(Some(2)), "the first round of the next matcher");
        publish(1, 10, 3);
        publish(2, 1, 3);
        assert_eq!(next(), None);
        drop(feeds.read_again_after(program));
        assert_eq!(next(), Some(None));
        publish(1, 11, 3);
        assert_eq!(next(), None);
        publish(2, 2, 4);
        assert_eq!(next(), Some(Some(4)));
    }
}
