//! The first person of the on-call ladder becomes the supervisor on call when the ladder changes.
//!
//! A change is one of the ladder's first person, and not a difference from the supervisor on record: a supervisor named
//! by hand stays until the ladder's next change. A ladder that becomes empty has changed too. The supervisor on record
//! stays then, since every waiting contact has an owner (P4), and the next person on the ladder is named, even if it is
//! the same one as before.

use std::sync::Arc;

use chrono::TimeDelta;
use harborline_duties::{Done, DutyError, DutyRun, Owed};
use harborline_identity::ProgramScope;
use harborline_store::{StoreError, Tx};
use harborline_types::{Budget, Person, PersonId};

use crate::app::App;
use crate::domain::Span;
use crate::domain::shift::{RosterEntry, ShiftKind, ladder, named_another, next_change};
use crate::domain::task::Task;
use crate::error::AvailabilityError;
use crate::store::LadderCheck;
use crate::{planned, store};

/// How far ahead the ladder is read, and the longest time between two checks.
const AHEAD: TimeDelta = TimeDelta::days(2);
/// How far back the ladder is read for changes since the last check.
const BACK: TimeDelta = TimeDelta::days(7);

pub(super) async fn run(app: Arc<App>, run: DutyRun) -> Result<Done, DutyError> {
    let (replica, scope) = (app.clone(), run.scope);
    let work = move |budget| async move { check(&replica, &scope, &budget).await };
    app.own_computations.run(scope.program(), work).await.map_err(super::not_computed)
}

async fn check(app: &App, scope: &ProgramScope, budget: &dyn Budget) -> Result<Done, AvailabilityError> {
    let now = app.clock.now();
    let mut tx = app.store.begin(scope).await?;
    let LadderCheck { named, seen_at } = store::ladder_check(&mut tx, scope).await?;
    let Some(rules) = store::roster_rules(tx.conn(), scope).await? else { return Ok(Done::Finished) };
    let since = seen_at.map_or(now, |seen_at| seen_at.clamp(now - BACK, now));
    let (Some(seen), Some(ahead)) = (Span::new(since, now + AHEAD), Span::new(now, now + AHEAD)) else {
        return Ok(Done::Finished);
    };
    let roster = planned::roster(&mut tx, scope, rules.zone, seen, budget).await?;
    let first = ladder(&roster, now).first().map(|entry| entry.counselor.clone());
    let changed = first != named || named_another(&roster, named.as_ref(), since, now);
    let named_now = match first {
        Some(first) if changed && !name(&mut tx, scope, &first).await? => named.clone(),
        first => first,
    };
    let done = LadderCheck { named: named_now, seen_at: Some(now) };
    store::ladder_check_put(&mut tx, scope, &done).await?;
    tx.commit().await?;

    let is_ahead = |entry: &RosterEntry| matches!(entry.kind, ShiftKind::OnCall { .. }) && entry.span.overlaps(ahead);
    let anybody_ahead = named.is_some() || roster.iter().any(is_ahead);
    let next = next_change(&roster, now).unwrap_or(ahead.until).min(ahead.until);
    Ok(if anybody_ahead { Done::Again(next) } else { Done::Finished })
}

/// Names a supervisor on call, unless they are already. False when the roster does not have that person.
async fn name(tx: &mut Tx, scope: &ProgramScope, supervisor: &PersonId) -> Result<bool, StoreError> {
    let known = store::counselors_of(tx, scope, &[supervisor]).await?;
    let Some(known) = known.into_iter().next() else { return Ok(false) };
    if store::on_call_person(tx.conn(), scope).await?.as_ref() != Some(supervisor) {
        store::on_call_put(tx, scope, &Person { id: known.id, name: known.name }).await?;
        tx.owe(Owed::now(Task::Supervisor, "on-call"));
    }
    Ok(true)
}
