//! The task that reads a program's wallboard for as long as it has a watcher.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use harborline_identity::ProgramScope;
use harborline_store::StoreError;
use tokio::sync::watch;
use tokio::time::Instant;
use uuid::Uuid;

use super::day_figures::DayFigures;
use super::dirty_set::{Dirty, DirtySet};
use super::refresh_schedule::{FullRefresh, LONGEST_SILENCE, SHORTEST_PAUSE, pause_after_partial};
use super::remote_changes::RemoteChanges;
use super::{Newest, WallboardSnapshot};
use crate::app::App;
use crate::domain::wallboard::{CounselorChanges, Wallboard};
use crate::error::AvailabilityError;
use crate::store::{self, WallboardNow};

/// After failures for this time the streams end, so that their clients connect to another replica.
const GIVE_UP: Duration = Duration::from_secs(5);

/// Pause after the database did not answer.
const AFTER_FAILURE: Duration = Duration::from_millis(250);

/// Reads until the last watcher has left.
pub(super) async fn run(
    app: Arc<App>,
    scope: ProgramScope,
    id: Uuid,
    sender: watch::Sender<Newest>,
    dirty: Arc<DirtySet>,
) {
    let program = scope.program();
    // Dropped after a panic as well, so that the next watcher starts a new reader.
    let _removal = Removal { app: app.clone(), scope, id };
    // The hints are watched before the first refresh, so that no change falls between the two.
    let mut remote_changes = RemoteChanges::watch(&app, program);
    let mut reader = Reader { id, sender: &sender, published_at: None, day: DayFigures::default() };
    let (mut full, mut read_at) = (FullRefresh::now(Instant::now()), Instant::now());
    loop {
        let marked = dirty.take();
        let to_read = if Instant::now() < full.due() { marked } else { Dirty::Everybody };
        let again_at = match reader.refresh(&app, &scope, &to_read).await {
            Ok((wait, took)) => {
                read_at = Instant::now();
                let pause = if to_read == Dirty::Everybody { SHORTEST_PAUSE } else { pause_after_partial(took) };
                if to_read == Dirty::Everybody {
                    full.done(read_at, took);
                }
                tokio::time::sleep(pause).await;
                full.due().min(read_at + wait)
            }
            Err(error) => {
                tracing::debug!(%error, "a wallboard cannot be read");
                if read_at.elapsed() > GIVE_UP || app.store.is_closed() {
                    return;
                }
                full.failed(Instant::now());
                Instant::now() + AFTER_FAILURE
            }
        };
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            () = sender.closed() => if app.wallboards.remove_unwatched(program) { return },
            () = dirty.changed() => {}
            read = reader.day.changed() => if let Err(error) = read {
                tracing::debug!(%error, "the figures of the day cannot be read");
            },
            () = remote_changes.changed() => full.hinted(Instant::now()),
            () = tokio::time::sleep_until(again_at) => {}
        }
    }
}

/// Removes the reader from [`App::wallboards`] when it is dropped.
struct Removal {
    app: Arc<App>,
    scope: ProgramScope,
    id: Uuid,
}

impl Drop for Removal {
    fn drop(&mut self) {
        self.app.wallboards.remove_reader(self.scope.program(), self.id);
    }
}

struct Reader<'a> {
    id: Uuid,
    sender: &'a watch::Sender<Newest>,
    published_at: Option<Instant>,
    day: DayFigures,
}

impl Reader<'_> {
    /// Reads the wallboard and publishes it. Answers after how long to refresh again if nothing changes before, and how
    /// long reading took.
    async fn refresh(
        &mut self,
        app: &Arc<App>,
        scope: &ProgramScope,
        dirty: &Dirty,
    ) -> Result<(Duration, Duration), AvailabilityError> {
        let begun = Instant::now();
        let before = self.sender.borrow().clone();
        // The first refresh is a full one: there is no snapshot yet that has the other counselors.
        let these = before.as_ref().and_then(|_| dirty.these());
        let mut tx = app.store.snapshot(scope).await?;
        let now = store::wallboard_now(&mut tx, scope, these).await?;
        drop(tx);
        let took = begun.elapsed();
        let wait = self.day.refresh(app, scope, now.at);
        let today = match self.day.today() {
            Some(today) => today,
            // No wallboard is published before the figures of the day were read once.
            None => {
                self.day.changed().await?;
                self.day.today().ok_or_else(|| StoreError::Fault("a day was read and is not there".to_owned()))?
            }
        };
        let WallboardNow { at, queue, pages_open, counselors } = now;
        let counselors = match (these, &before) {
            (Some(these), Some(before)) => before.wallboard.on_duty_after(these, counselors),
            _ => Arc::new(counselors),
        };
        self.publish(before, Wallboard { at, queue, pages_open, counselors, today });
        Ok((wait, took))
    }

    /// Publishes a wallboard that differs from the one before, or one that does not after [`LONGEST_SILENCE`]: a
    /// watcher that hears nothing for longer takes the wallboard for stale.
    fn publish(&mut self, before: Newest, wallboard: Wallboard) {
        let same = before.as_ref().is_some_and(|before| before.wallboard.shows_the_same(&wallboard));
        if same && self.published_at.is_some_and(|published_at| published_at.elapsed() < LONGEST_SILENCE) {
            return;
        }
        let (number, changes) = match before {
            // The changes are repeated, since a slow watcher may have missed the snapshot that had them first.
            Some(before) if same => (before.number, before.changes.clone()),
            Some(before) => (before.number + 1, wallboard.changes_since(&before.wallboard)),
            None => (1, CounselorChanges::default()),
        };
        let snapshot = WallboardSnapshot { reader: self.id, number, wallboard, changes, message: OnceLock::new() };
        self.sender.send_replace(Some(Arc::new(snapshot)));
        self.published_at = Some(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use harborline_types::PersonId;

    use super::*;
    use crate::domain::Activity::Available;
    use crate::domain::wallboard::tests::wallboard;

    #[tokio::test]
    async fn a_wallboard_published_again_without_a_change_still_has_the_last_change_for_a_watcher_that_missed_it() {
        let (sender, receiver) = watch::channel(None);
        let mut reader = Reader { id: Uuid::nil(), sender: &sender, published_at: None, day: DayFigures::default() };
        let newest = || receiver.borrow().clone();
        reader.publish(newest(), wallboard(&[]));
        reader.publish(newest(), wallboard(&[("ana", Available)]));
        let first = newest().unwrap();
        reader.publish(newest(), wallboard(&[("ana", Available)]));
        assert!(Arc::ptr_eq(&newest().unwrap(), &first), "not so soon");
        reader.published_at = Instant::now().checked_sub(LONGEST_SILENCE);
        reader.publish(newest(), wallboard(&[("ana", Available)]));
        let again = newest().unwrap();
        assert!(!Arc::ptr_eq(&again, &first));
        let ana = BTreeSet::from([PersonId::parse("ana").unwrap()]);
        let changes = CounselorChanges { changed: ana, gone: BTreeSet::new() };
        assert_eq!((again.number, &again.changes), (2, &changes));
    }
}
