//! Reading a program's board for as long as anybody watches it.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use harborline_identity::ProgramScope;
use harborline_store::StoreError;
use tokio::sync::watch;
use tokio::time::Instant;
use uuid::Uuid;

use super::day::Day;
use super::elsewhere::Elsewhere;
use super::pace::{Everybody, LONGEST_SILENCE, SHORTEST_REST, rest};
use super::told::{Told, Whom};
use super::{Newest, Shown};
use crate::app::App;
use crate::domain::board::{Board, Moves};
use crate::error::AvailabilityError;
use crate::store::{self, BoardNow};

/// After this time of failures the watchers are sent elsewhere.
const GIVE_UP: Duration = Duration::from_secs(5);

/// Pause after the database did not answer.
const AFTER_FAILURE: Duration = Duration::from_millis(250);

/// Reads until nobody watches.
pub(super) async fn run(app: Arc<App>, scope: ProgramScope, id: Uuid, sender: watch::Sender<Newest>, told: Arc<Told>) {
    let program = scope.program();
    // Also after a panic: whoever watches then begins anew.
    let _closing = Closing { app: app.clone(), scope, id };
    // First the watch, then the first look: no change falls between.
    let mut elsewhere = Elsewhere::watch(&app, program);
    let mut reader = Reader { id, sender: &sender, shown_at: None, day: Day::default() };
    let (mut everybody, mut read_at) = (Everybody::now(Instant::now()), Instant::now());
    loop {
        let named = told.take();
        let whom = if Instant::now() < everybody.at() { named } else { Whom::Everybody };
        let again_at = match reader.look(&app, &scope, &whom).await {
            Ok((wait, took)) => {
                read_at = Instant::now();
                let rest = if whom == Whom::Everybody { SHORTEST_REST } else { rest(took) };
                if whom == Whom::Everybody {
                    everybody.read(read_at, took);
                }
                tokio::time::sleep(rest).await;
                everybody.at().min(read_at + wait)
            }
            Err(error) => {
                tracing::debug!(%error, "a board cannot be read");
                if read_at.elapsed() > GIVE_UP || app.store.is_closed() {
                    return;
                }
                everybody.failed(Instant::now());
                Instant::now() + AFTER_FAILURE
            }
        };
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            () = sender.closed() => if app.boards.close_unwatched(program) { return },
            () = told.changed() => {}
            read = reader.day.changed() => if let Err(error) = read {
                tracing::debug!(%error, "what the day came to cannot be read");
            },
            () = elsewhere.changed() => everybody.hinted(Instant::now()),
            () = tokio::time::sleep_until(again_at) => {}
        }
    }
}

struct Closing {
    app: Arc<App>,
    scope: ProgramScope,
    id: Uuid,
}

impl Drop for Closing {
    fn drop(&mut self) {
        self.app.boards.close(self.scope.program(), self.id);
    }
}

struct Reader<'a> {
    id: Uuid,
    sender: &'a watch::Sender<Newest>,
    shown_at: Option<Instant>,
    day: Day,
}

impl Reader<'_> {
    /// Reads the board and shows it; answers when it is to be looked at again, if nothing changes before, and how long
    /// reading it took.
    async fn look(
        &mut self,
        app: &Arc<App>,
        scope: &ProgramScope,
        whom: &Whom,
    ) -> Result<(Duration, Duration), AvailabilityError> {
        let begun = Instant::now();
        let before = self.sender.borrow().clone();
        // Without a board before there are no others who are as they were.
        let these = before.as_ref().and_then(|_| whom.these());
        let mut tx = app.store.snapshot(scope).await?;
        let now = store::board_now(&mut tx, scope, these).await?;
        drop(tx);
        let took = begun.elapsed();
        let wait = self.day.refresh(app, scope, now.at);
        let today = match self.day.today() {
            Some(today) => today,
            // There is no board before the day was read once.
            None => {
                self.day.changed().await?;
                self.day.today().ok_or_else(|| StoreError::Fault("a day was read and is not there".to_owned()))?
            }
        };
        let BoardNow { at, queue, pages_open, counselors } = now;
        let counselors = match (these, &before) {
            (Some(these), Some(before)) => before.board.on_duty_after(these, counselors),
            _ => Arc::new(counselors),
        };
        self.show(before, Board { at, queue, pages_open, counselors, today });
        Ok((wait, took))
    }

    /// Shows a board that differs, or that says after a while that nothing does.
    fn show(&mut self, before: Newest, board: Board) {
        let same = before.as_ref().is_some_and(|before| before.board.shows_the_same(&board));
        if same && self.shown_at.is_some_and(|shown_at| shown_at.elapsed() < LONGEST_SILENCE) {
            return;
        }
        let (number, moves) = match before {
            // Somebody may have missed the first time that it was shown.
            Some(before) if same => (before.number, before.moves.clone()),
            Some(before) => (before.number + 1, board.moves_since(&before.board)),
            None => (1, Moves::default()),
        };
        let shown = Shown { reader: self.id, number, board, moves, message: OnceLock::new() };
        self.sender.send_replace(Some(Arc::new(shown)));
        self.shown_at = Some(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use harborline_types::PersonId;

    use super::*;
    use crate::domain::Activity::Available;
    use crate::domain::board::tests::board;

    #[tokio::test]
    async fn a_board_that_says_that_nothing_changes_still_tells_of_its_change_who_missed_it() {
        let (sender, receiver) = watch::channel(None);
        let mut reader = Reader { id: Uuid::nil(), sender: &sender, shown_at: None, day: Day::default() };
        let newest = || receiver.borrow().clone();
        reader.show(newest(), board(&[]));
        reader.show(newest(), board(&[("ana", Available)]));
        let first = newest().unwrap();
        reader.show(newest(), board(&[("ana", Available)]));
        assert!(Arc::ptr_eq(&newest().unwrap(), &first), "not so soon");
        reader.shown_at = Instant::now().checked_sub(LONGEST_SILENCE);
        reader.show(newest(), board(&[("ana", Available)]));
        let again = newest().unwrap();
        assert!(!Arc::ptr_eq(&again, &first));
        let ana = BTreeSet::from([PersonId::parse("ana").unwrap()]);
        assert_eq!((again.number, &again.moves), (2, &Moves { changed: ana, gone: BTreeSet::new() }));
    }
}
