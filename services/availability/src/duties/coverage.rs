//! Checks the roster of the next 24 hours for holes, every hour and whenever the roster changes, and logs each hole
//! once. The log names the requirement and no person.

use std::sync::Arc;

use chrono::TimeDelta;
use harborline_duties::{Done, DutyError, DutyRun};
use harborline_identity::ProgramScope;
use harborline_telemetry::metrics::meter;
use harborline_types::Budget;
use opentelemetry::KeyValue;

use crate::app::App;
use crate::domain::Span;
use crate::domain::coverage::{Announcement, Hole, Requirement, announcements};
use crate::error::AvailabilityError;
use crate::{planned, store};

/// Holes that begin in this time are announced.
const AHEAD: TimeDelta = TimeDelta::hours(24);
/// How far ahead the roster is read, to find the ends of the holes.
const HORIZON: TimeDelta = TimeDelta::hours(48);
/// The time between two checks.
const EVERY: TimeDelta = TimeDelta::hours(1);

pub(super) async fn run(app: Arc<App>, run: DutyRun) -> Result<Done, DutyError> {
    let (replica, scope) = (app.clone(), run.scope);
    let work = move |budget| async move { check(&replica, &scope, &budget).await };
    app.own_computations.run(scope.program(), work).await.map_err(super::not_computed)
}

async fn check(app: &App, scope: &ProgramScope, budget: &dyn Budget) -> Result<Done, AvailabilityError> {
    let now = app.clock.now();
    let mut tx = app.store.begin(scope).await?;
    let rules = store::roster_rules(tx.conn(), scope).await?;
    let Some((rules, window)) = rules.zip(Span::new(now, now + HORIZON)) else { return Ok(Done::Finished) };
    let planned = planned::duty(&mut tx, scope, rules.zone, window, budget).await?;
    if planned.requirements.is_empty() {
        return Ok(Done::Finished);
    }
    let covered = planned.coverage(rules.zone, window, budget)?;
    let holes = covered.iter().flat_map(|covered| covered.holes()).filter(|hole| hole.span.from < now + AHEAD);
    let holes: Vec<Hole> = holes.collect();

    let before = store::announcement_list(&mut tx, scope, window).await?;
    let after = announcements(&before, &holes, now);
    store::announcements_save(&mut tx, scope, now, &after).await?;
    // Logged before the commit: if that fails, the hole is logged twice rather than never.
    for new in after.iter().filter(|it| it.announced_at == now) {
        if let Some(asked) = planned.requirements.iter().find(|asked| asked.id == new.requirement) {
            announce(asked, new);
        }
    }
    tx.commit().await?;
    Ok(Done::Again(now + EVERY))
}

/// Logs a hole. The requirement's language, skills and credential are left out, since they are text that people enter;
/// its id finds them.
fn announce(asked: &Requirement, hole: &Announcement) {
    let kind = asked.counselor_kind.map_or("any", |kind| kind.as_str());
    tracing::warn!(harborline.requirement.id = %asked.id, harborline.counselor.kind = kind, required = asked.at_least,
        planned = hole.planned, starts_at = %hole.span.from, ends_at = %hole.span.until,
        "the next 24 hours have a hole in the roster");
    let labels = [KeyValue::new("harborline.counselor.kind", kind)];
    meter().u64_counter("harborline.availability.coverage_hole").build().add(1, &labels);
}
