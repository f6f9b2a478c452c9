//! The first of the on-call ladder becomes the supervisor on call.
//!
//! It is named when it differs from whom the ladder named last, not from whoever is on record: somebody named by hand
//! stays until the ladder changes. Where nobody is on the ladder the last one stays: those who wait are always
//! somebody's (P4).

use std::sync::Arc;

use chrono::TimeDelta;
use harborline_duties::{Done, DutyError, DutyRun, Owed, owe};
use harborline_identity::ProgramScope;
use harborline_store::{StoreError, Tx};
use harborline_types::{Person, PersonId};

use crate::app::App;
use crate::domain::Span;
use crate::domain::shift::{RosterEntry, ShiftKind, ladder, next_change};
use crate::{duties, store};

/// So far ahead the ladder is looked at; then it is looked at again.
const AHEAD: TimeDelta = TimeDelta::days(2);

pub(super) async fn run(app: Arc<App>, run: DutyRun) -> Result<Done, DutyError> {
    let now = app.clock.now();
    let mut tx = app.store.begin(&run.scope).await?;
    let named = store::ladder_named(&mut tx, &run.scope).await?;
    let Some(rules) = store::roster_rules(&mut tx, &run.scope).await? else { return Ok(Done::Finished) };
    let Some(window) = Span::new(now, now + AHEAD) else { return Ok(Done::Finished) };
    let roster = store::roster_between(&mut tx, &run.scope, rules.zone, window).await?;
    if let Some(first) = ladder(&roster, now).first().filter(|first| Some(&first.counselor) != named.as_ref()) {
        name(&mut tx, &run.scope, &first.counselor).await?;
        tx.commit().await?;
    }
    let is_on_call = |entry: &RosterEntry| matches!(entry.kind, ShiftKind::OnCall { .. });
    let anybody_ahead = named.is_some() || roster.iter().any(is_on_call);
    let next = next_change(&roster, now).unwrap_or(window.until).min(window.until);
    Ok(if anybody_ahead { Done::Again(next) } else { Done::Finished })
}

async fn name(tx: &mut Tx, scope: &ProgramScope, supervisor: &PersonId) -> Result<(), StoreError> {
    let known = store::counselors_of(tx, scope, &[supervisor]).await?;
    let Some(known) = known.into_iter().next() else { return Ok(()) };
    store::on_call_put(tx, scope, &Person { id: known.id, name: known.name }).await?;
    store::ladder_named_put(tx, scope, supervisor).await?;
    owe(tx, scope, Owed::now(duties::SUPERVISOR, "on-call")).await
}
