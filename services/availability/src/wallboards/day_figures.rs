//! The figures of the day so far, read apart from the rest of the wallboard, which does not wait for them.
//!
//! A day is thousands of rows, and decoding and counting them takes tens of milliseconds. So the figures are computed
//! apart from the threads that serve the streams of the process, for at most so many programs at once.

use std::sync::Arc;
use std::time::Duration;

use harborline_identity::ProgramScope;
use harborline_store::StoreError;
use harborline_types::{Budget, Timestamp, within};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::refresh_schedule::LONGEST_SILENCE;
use crate::app::App;
use crate::domain::measures::{Cuts, Grouping, Interval, SHORT_ABANDON, contacts, day_begins, local_date, staff};
use crate::domain::wallboard::Today;
use crate::error::AvailabilityError;
use crate::store;

/// The least time between two reads.
const PAUSE: Duration = Duration::from_secs(1);
/// Reading takes at most a twentieth of the time.
const PAUSE_FACTOR: u32 = 20;

/// The figures of the day so far, and the task that reads them again.
#[derive(Default)]
pub(super) struct DayFigures {
    read: Option<Read>,
    reading: JoinSet<Result<Read, AvailabilityError>>,
}

/// The figures as they were read, and when they may be read again.
struct Read {
    today: Today,
    again_at: Instant,
}

impl DayFigures {
    /// The figures as they were read last.
    pub(super) fn today(&self) -> Option<Today> {
        self.read.as_ref().map(|read| read.today)
    }

    /// Begins to read the figures again if the pause is over; answers after how long to call this again.
    pub(super) fn refresh(&mut self, app: &Arc<App>, scope: &ProgramScope, now: Timestamp) -> Duration {
        let pause = self.read.as_ref().and_then(|read| read.again_at.checked_duration_since(Instant::now()));
        if let Some(pause) = pause {
            return pause;
        }
        if self.reading.is_empty() {
            let (replica, scope) = (app.clone(), *scope);
            self.reading.spawn(async move {
                let (reader, program) = (replica.clone(), scope.program());
                let work = move |budget| async move { read(&reader, &scope, now, &budget).await };
                replica.own_computations.run(program, work).await
            });
        }
        LONGEST_SILENCE
    }

    /// Returns when the figures were read, and never if no task reads them.
    pub(super) async fn changed(&mut self) -> Result<(), AvailabilityError> {
        let read = match self.reading.join_next().await {
            None => std::future::pending().await,
            Some(Ok(read)) => read,
            Some(Err(_)) => Err(StoreError::Fault("reading the figures of the day ended early".to_owned()).into()),
        };
        if let (Err(_), Some(before)) = (&read, &mut self.read) {
            before.again_at = Instant::now() + PAUSE;
        }
        self.read = Some(read?);
        Ok(())
    }
}

async fn read(app: &App, scope: &ProgramScope, now: Timestamp, budget: &dyn Budget) -> Result<Read, AvailabilityError> {
    let begun = Instant::now();
    let mut tx = app.store.snapshot(scope).await?;
    let zone = store::program_zone(&mut tx, scope).await?;
    let midnight = day_begins(local_date(now, zone), zone);
    let span = (midnight, now.max(midnight));
    let cuts = Cuts::new(span.0, span.1, Interval::Whole, zone);
    let facts = store::contact_facts(&mut tx, scope, span).await?;
    let (presences, engagements) = store::staff_facts(&mut tx, scope, span).await?;
    drop(tx);
    let tally = |facts: &mut dyn Iterator<Item = _>| contacts(facts, &cuts, Grouping::default(), SHORT_ABANDON, now);
    let (contacts, _) = within(budget, facts, tally)?;
    let (staff, _) = within(budget, presences, |facts| staff(facts, engagements, &cuts, now))?;
    let today = Today::of(midnight, &contacts, &staff);
    Ok(Read { today, again_at: Instant::now() + (begun.elapsed() * PAUSE_FACTOR).max(PAUSE) })
}
