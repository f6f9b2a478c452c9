//! What the day came to, read beside the board: what is now does not wait for it.
//!
//! A day is thousands of rows. Decoding and counting them takes tens of milliseconds, and so it is computed apart from what
//! serves the streams of the process, at most so many days at once.

use std::sync::Arc;
use std::time::Duration;

use harborline_identity::ProgramScope;
use harborline_store::StoreError;
use harborline_types::{Budget, Timestamp, within};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::pace::LONGEST_SILENCE;
use crate::app::App;
use crate::domain::board::Today;
use crate::domain::measures::{Cuts, Grouping, Interval, SHORT_ABANDON, contacts, day_begins, local_date, staff};
use crate::error::AvailabilityError;
use crate::store;

/// It is read again at most so often, and takes at most a twentieth of the time.
const REST: Duration = Duration::from_secs(1);
const SHARE: u32 = 20;

/// The day so far.
#[derive(Default)]
pub(super) struct Day {
    read: Option<Read>,
    reading: JoinSet<Result<Read, AvailabilityError>>,
}

/// What it came to, and when it may be read again.
struct Read {
    today: Today,
    again_at: Instant,
}

impl Day {
    /// What it came to, as it was read last.
    pub(super) fn today(&self) -> Option<Today> {
        self.read.as_ref().map(|read| read.today)
    }

    /// Begins to read it again if it may be; answers how long what is known will do, if nothing changes.
    pub(super) fn refresh(&mut self, app: &Arc<App>, scope: &ProgramScope, now: Timestamp) -> Duration {
        let rest = self.read.as_ref().and_then(|read| read.again_at.checked_duration_since(Instant::now()));
        if let Some(rest) = rest {
            return rest;
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

    /// Returns when it was read; never while nobody reads it.
    pub(super) async fn changed(&mut self) -> Result<(), AvailabilityError> {
        let read = match self.reading.join_next().await {
            None => std::future::pending().await,
            Some(Ok(read)) => read,
            Some(Err(_)) => Err(StoreError::Fault("reading what a day came to ended early".to_owned()).into()),
        };
        if let (Err(_), Some(before)) = (&read, &mut self.read) {
            before.again_at = Instant::now() + REST;
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
    Ok(Read { today, again_at: Instant::now() + (begun.elapsed() * SHARE).max(REST) })
}
