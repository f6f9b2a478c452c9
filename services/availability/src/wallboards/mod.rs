//! One reader for all watchers of a program's wallboard at this replica.
//!
//! # Invariants
//! - However many clients watch, one task a program reads the database. The task ends when the last watcher has left.
//! - Watchers share a cell that holds the newest snapshot. A slow watcher skips the snapshots in between and delays
//!   neither the reader nor the other watchers. The matcher does not know of any of them.
//! - A wallboard shows what was read, never what was counted from hints. A partial refresh reads the queue, and those
//!   counselors whom the matcher of this process has named since the refresh before; all other counselors are shown as
//!   they were read last. A full refresh reads every counselor on duty. It follows every change that names no
//!   counselor: the first refresh, a counselor who connects or breaks off, a round at another replica, a pool that a
//!   matcher of this process reads again, a refresh that failed. One is also made every few seconds, so a lost hint
//!   costs no more than that time.
//! - One task reads, and a refresh begins after the one before has ended: no refresh undoes what a newer one has shown.
//!
//! # Not chosen
//! - A queue for each watcher: a slow watcher would fill it with snapshots that are old by the time they are seen.
//! - Wallboards made by the matcher: matching would wait for them, and watchers are on all replicas.
//! - A hint with each round: it would hold up the commit of an assignment. A matcher wakes the wallboards of its own
//!   process, and sends hints to other replicas now and then.
//! - Full refreshes only: reading a thousand counselors takes milliseconds, and a round concerns a few of them.

mod change_notifier;
mod day_figures;
mod dirty_set;
mod reader;
mod refresh_schedule;
mod remote_changes;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use harborline_identity::ProgramScope;
use harborline_proto::availability::v1 as pb;
use harborline_types::{PersonId, ProgramId};
use tokio::sync::watch;
use uuid::Uuid;

use crate::app::App;
use crate::domain::wallboard::{CounselorChanges, Wallboard};
pub(crate) use change_notifier::ChangeNotifier;
use dirty_set::{Dirty, DirtySet};

/// A wallboard as its reader published it.
pub(crate) struct WallboardSnapshot {
    /// The reader that published it: another reader numbers its snapshots anew.
    pub(crate) reader: Uuid,
    /// Grows with each change.
    pub(crate) number: u64,
    pub(crate) wallboard: Wallboard,
    /// How the counselors differ from the snapshot with the number before.
    pub(crate) changes: CounselorChanges,
    /// The message for watchers who have the snapshot with the number before: made once for all of them.
    pub(crate) message: OnceLock<pb::WatchBoardResponse>,
}

/// The newest snapshot; none before the first refresh.
pub(crate) type Newest = Option<Arc<WallboardSnapshot>>;

/// The wallboards that are watched at this replica.
#[derive(Default)]
pub(crate) struct Wallboards {
    watched: Mutex<HashMap<ProgramId, Watched>>,
}

/// A wallboard that has a reader.
struct Watched {
    reader: Uuid,
    newest: watch::Sender<Newest>,
    dirty: Arc<DirtySet>,
}

impl Wallboards {
    /// Watches a program's wallboard; the first watcher starts its reader. The channel closes when the wallboard cannot
    /// be read for a while, and when the service shuts down.
    pub(crate) fn watch(app: &Arc<App>, scope: &ProgramScope) -> watch::Receiver<Newest> {
        let mut watched = app.wallboards.watched();
        if let Some(watched) = watched.get(&scope.program()) {
            return watched.newest.subscribe();
        }
        let (id, (sender, receiver), dirty) = (Uuid::new_v4(), watch::channel(None), Arc::<DirtySet>::default());
        let reader = reader::run(app.clone(), *scope, id, sender.clone(), dirty.clone());
        watched.insert(scope.program(), Watched { reader: id, newest: sender, dirty });
        tokio::spawn(reader);
        receiver
    }

    /// Has the queue and these counselors read again, if the program's wallboard is watched here. What the counselors
    /// do now must be committed already.
    pub(crate) fn refresh(&self, program: ProgramId, counselors: &BTreeSet<&PersonId>) {
        if let Some(watched) = self.watched().get(&program) {
            watched.dirty.mark(Dirty::These(counselors.iter().copied().cloned().collect()));
        }
    }

    /// Has the whole wallboard of a program read again, for a caller that cannot say which counselors have changed.
    pub(crate) fn refresh_everybody(&self, program: ProgramId) {
        if let Some(watched) = self.watched().get(&program) {
            watched.dirty.mark(Dirty::Everybody);
        }
    }

    fn watched(&self) -> MutexGuard<'_, HashMap<ProgramId, Watched>> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes a wallboard if it has no watcher. Under one lock with [`Self::watch`], so that no watcher joins a reader
    /// that is about to end.
    fn remove_unwatched(&self, program: ProgramId) -> bool {
        let mut watched = self.watched();
        let is_watched = watched.get(&program).is_some_and(|watched| watched.newest.receiver_count() > 0);
        if !is_watched {
            watched.remove(&program);
        }
        !is_watched
    }

    /// Removes the wallboard of a reader that has ended, unless a later reader has taken its place.
    fn remove_reader(&self, program: ProgramId, reader: Uuid) {
        let mut watched = self.watched();
        if watched.get(&program).is_some_and(|watched| watched.reader == reader) {
            watched.remove(&program);
        }
    }
}

impl App {
    /// How many wallboards this replica reads now, however many clients watch them.
    pub fn wallboards_read(&self) -> usize {
        self.wallboards.watched().len()
    }
}
