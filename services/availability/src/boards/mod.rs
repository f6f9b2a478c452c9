//! One reader for all who watch a program's board at this replica.
//!
//! # Invariants
//! - However many watch, the database is read by one task a program; it ends when nobody watches any more.
//! - Watchers share a cell that holds the newest board. Who is slow skips the boards in between, and holds up nobody:
//!   neither the reader nor the other watchers, and the matcher knows of neither.
//! - What is shown is read, not counted from hints. A look reads the queue, and of the counselors those whom the matcher of
//!   this process has named since the look before; the others are shown as they were read last. Whatever comes without a
//!   name has everybody read: the first look, who comes or breaks off, a round elsewhere, a pool that a matcher here reads
//!   again, a look that failed. So does time, every few seconds: a lost hint costs so long.
//! - One task reads, and one look begins after the other has ended: no look undoes what a newer one has shown.
//!
//! # Not chosen
//! A queue for each watcher: a slow one would fill it with boards that are old by the time they are seen. Boards made by
//! the matcher: it has better things to do, and watchers are on all replicas. A hint with each round: it would hold up
//! the commit of an assignment; a matcher wakes the boards of its own process, and hints to others now and then. Everybody
//! in each look: a thousand counselors are milliseconds, and a round concerns a few.

mod day;
mod elsewhere;
mod pace;
mod reader;
mod teller;
mod told;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use harborline_identity::ProgramScope;
use harborline_proto::availability::v1 as pb;
use harborline_types::{PersonId, ProgramId};
use tokio::sync::watch;
use uuid::Uuid;

use crate::app::App;
use crate::domain::board::{Board, Moves};
pub(crate) use teller::Teller;
use told::{Told, Whom};

/// A board as its reader shows it.
pub(crate) struct Shown {
    /// Who read it.
    pub(crate) reader: Uuid,
    /// Grows with each change.
    pub(crate) number: u64,
    pub(crate) board: Board,
    /// Who is to be shown anew to who saw the number before.
    pub(crate) moves: Moves,
    /// What those are sent: the same for all of them, and made once.
    pub(crate) message: OnceLock<pb::WatchBoardResponse>,
}

/// The newest board; none before the first was read.
pub(crate) type Newest = Option<Arc<Shown>>;

/// The boards that are watched at this replica.
#[derive(Default)]
pub(crate) struct Boards {
    open: Mutex<HashMap<ProgramId, Open>>,
}

/// A board that has a reader.
struct Open {
    reader: Uuid,
    newest: watch::Sender<Newest>,
    told: Arc<Told>,
}

impl Boards {
    /// Watches a program's board; the first who does has a reader begin. Ends when the board cannot be read for a while,
    /// and when the service shuts down.
    pub(crate) fn watch(app: &Arc<App>, scope: &ProgramScope) -> watch::Receiver<Newest> {
        let mut open = app.boards.open();
        if let Some(open) = open.get(&scope.program()) {
            return open.newest.subscribe();
        }
        let (id, (sender, receiver), told) = (Uuid::new_v4(), watch::channel(None), Arc::<Told>::default());
        let reader = reader::run(app.clone(), *scope, id, sender.clone(), told.clone());
        open.insert(scope.program(), Open { reader: id, newest: sender, told });
        tokio::spawn(reader);
        receiver
    }

    /// Has the queue of a program's board read again, and these counselors, if anybody watches it here. What they do now
    /// is on record already.
    pub(crate) fn wake(&self, program: ProgramId, concerned: &BTreeSet<&PersonId>) {
        if let Some(open) = self.open().get(&program) {
            open.told.tell(Whom::These(concerned.iter().copied().cloned().collect()));
        }
    }

    /// Has all of a program's board read again, for who cannot say what has changed.
    pub(crate) fn wake_for_everybody(&self, program: ProgramId) {
        if let Some(open) = self.open().get(&program) {
            open.told.tell(Whom::Everybody);
        }
    }

    fn open(&self) -> MutexGuard<'_, HashMap<ProgramId, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes a board if nobody watches it; nobody begins to in between.
    fn close_unwatched(&self, program: ProgramId) -> bool {
        let mut open = self.open();
        let is_watched = open.get(&program).is_some_and(|open| open.newest.receiver_count() > 0);
        if !is_watched {
            open.remove(&program);
        }
        !is_watched
    }

    /// Closes what a reader leaves behind.
    fn close(&self, program: ProgramId, reader: Uuid) {
        let mut open = self.open();
        if open.get(&program).is_some_and(|open| open.reader == reader) {
            open.remove(&program);
        }
    }
}

impl App {
    /// How many boards this replica reads now, however many watch them.
    pub fn boards_read(&self) -> usize {
        self.boards.open().len()
    }
}
