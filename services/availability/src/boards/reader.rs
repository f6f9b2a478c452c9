//! Reading a program's board for as long as anybody watches it.

use std::sync::Arc;
use std::time::Duration;

use harborline_identity::ProgramScope;
use harborline_store::{StoreError, Tx};
use harborline_types::Timestamp;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use uuid::Uuid;

use super::teller::AFTER_HINT;
use super::{Newest, Shown};
use crate::app::App;
use crate::domain::board::{Board, Moves, Today};
use crate::domain::measures::{Cuts, Grouping, Interval, SHORT_ABANDON, contacts, day_begins, local_date, staff};
use crate::store::{self, BoardNow};

/// Watchers hear at least so often, and the board is read at least so often: time alone moves a service level.
const LONGEST_SILENCE: Duration = Duration::from_secs(5);

/// After this time of failures the watchers are sent elsewhere.
const GIVE_UP: Duration = Duration::from_secs(5);

/// Pause after the database did not answer.
const AFTER_FAILURE: Duration = Duration::from_millis(250);

/// Reading takes at most a quarter of the time: so many times a look's own length passes before the next.
const REST: u32 = 3;
/// The longest rest.
const LONGEST_REST: Duration = Duration::from_millis(250);

/// What the day came to is read again at most so often, and takes at most a twentieth of the time.
const TODAY_REST: Duration = Duration::from_secs(1);
const TODAY_SHARE: u32 = 20;

/// Reads until nobody watches.
pub(super) async fn run(
    app: Arc<App>,
    scope: ProgramScope,
    id: Uuid,
    sender: watch::Sender<Newest>,
    wake: Arc<Notify>,
) {
    let program = scope.program();
    // Also after a panic: whoever watches then begins anew.
    let _closing = Closing { app: app.clone(), scope, id };
    // First the watch, then the first look: no change falls between.
    let mut hints = app.store.watch(store::board_hint(program));
    let mut reader = Reader { id, sender: &sender, shown_at: None, today: None };
    let (mut read_at, mut was_hinted) = (Instant::now(), false);
    loop {
        let begun = Instant::now();
        let mut wait = match reader.look(&app, &scope).await {
            Ok(wait) => {
                read_at = Instant::now();
                tokio::time::sleep((begun.elapsed() * REST).min(LONGEST_REST)).await;
                wait
            }
            Err(error) => {
                tracing::debug!(%error, "a board cannot be read");
                if read_at.elapsed() > GIVE_UP || app.store.is_closed() {
                    return;
                }
                AFTER_FAILURE
            }
        };
        wait = wait.min(if was_hinted { AFTER_HINT } else { LONGEST_SILENCE });
        was_hinted = false;
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            () = sender.closed() => if app.boards.close_unwatched(program) { return },
            () = wake.notified() => {}
            hinted = hints.changed_within(wait) => was_hinted = hinted,
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
    today: Option<TodayRead>,
}

/// What the day came to, when it was read, and when it may be read again.
#[derive(Clone, Copy)]
struct TodayRead {
    today: Today,
    again_at: Instant,
}

impl Reader<'_> {
    /// Reads the board and shows it; answers when it is to be looked at again, if nothing changes before.
    async fn look(&mut self, app: &App, scope: &ProgramScope) -> Result<Duration, StoreError> {
        let mut tx = app.store.snapshot(scope).await?;
        let now = store::board_now(&mut tx, scope).await?;
        let (today, wait) = self.today(&mut tx, scope, now.at).await?;
        drop(tx);
        let BoardNow { at, queue, pages_open, counselors } = now;
        self.show(Board { at, queue, pages_open, counselors, today });
        Ok(wait)
    }

    /// What the day came to, read at most as often as it may; answers how long it will do.
    async fn today(
        &mut self,
        tx: &mut Tx,
        scope: &ProgramScope,
        now: Timestamp,
    ) -> Result<(Today, Duration), StoreError> {
        if let Some(read) = self.today
            && let Some(rest) = read.again_at.checked_duration_since(Instant::now())
        {
            return Ok((read.today, rest));
        }
        let begun = Instant::now();
        let zone = store::program_zone(tx, scope).await?;
        let midnight = day_begins(local_date(now, zone), zone);
        let span = (midnight, now.max(midnight));
        let cuts = Cuts::new(span.0, span.1, Interval::Whole, zone);
        let facts = store::contact_facts(tx, scope, span).await?;
        let (presences, engagements) = store::staff_facts(tx, scope, span).await?;
        let (contacts, _) = contacts(facts, &cuts, Grouping::default(), SHORT_ABANDON, now);
        let (staff, _) = staff(presences, engagements, &cuts, now);
        let today = Today::of(midnight, &contacts, &staff);
        let rest = (begun.elapsed() * TODAY_SHARE).max(TODAY_REST);
        self.today = Some(TodayRead { today, again_at: Instant::now() + rest });
        Ok((today, LONGEST_SILENCE))
    }

    /// Shows a board that differs, or that says after a while that nothing does.
    fn show(&mut self, board: Board) {
        let before = self.sender.borrow().clone();
        let same = before.as_ref().is_some_and(|before| before.board.shows_the_same(&board));
        if same && self.shown_at.is_some_and(|shown_at| shown_at.elapsed() < LONGEST_SILENCE) {
            return;
        }
        let (number, moves) = match before {
            Some(before) if same => (before.number, Moves::default()),
            Some(before) => (before.number + 1, board.moves_since(&before.board)),
            None => (1, Moves::default()),
        };
        self.sender.send_replace(Some(Arc::new(Shown { reader: self.id, number, board, moves })));
        self.shown_at = Some(Instant::now());
    }
}
