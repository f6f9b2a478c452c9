//! Checks for credentials that are about to end, every day and whenever a counselor or the roster changes, and owes one
//! notice of each. The log and the metrics count them; only the notice names the counselor.

use std::sync::Arc;

use harborline_duties::{Done, DutyError, DutyRun, Owed};
use harborline_identity::ProgramScope;
use harborline_store::{StoreError, Tx};
use harborline_telemetry::metrics::meter;
use harborline_types::{Budget, RequestId, Timestamp};
use opentelemetry::KeyValue;
use uuid::Uuid;

use crate::app::App;
use crate::domain::Span;
use crate::domain::expiry::{AHEAD, Expiring, SHIFTS_AHEAD, ending_on_shift, expiring, next_check};
use crate::domain::shift::Zone;
use crate::domain::task::Task;
use crate::error::AvailabilityError;
use crate::{planned, store};

pub(super) async fn run(app: Arc<App>, run: DutyRun) -> Result<Done, DutyError> {
    let (replica, scope) = (app.clone(), run.scope);
    let work = move |budget| async move { check(&replica, &scope, &budget).await };
    app.own_computations.run(scope.program(), work).await.map_err(super::not_computed)
}

async fn check(app: &App, scope: &ProgramScope, budget: &dyn Budget) -> Result<Done, AvailabilityError> {
    let now = app.clock.now();
    let mut tx = app.store.begin(scope).await?;
    let zone = store::roster_rules(tx.conn(), scope).await?.map_or(Zone::UTC, |rules| rules.zone);
    let next = next_check(zone, now);
    // Includes every credential whose notice would be late at the next check.
    let (Some(ends), Some(shifts)) = (Span::new(now, next + AHEAD), Span::new(now, now + SHIFTS_AHEAD)) else {
        return Ok(Done::Finished);
    };
    let soon = expiring(&store::counselors_expiring(&mut tx, scope, ends).await?, ends);
    let on_shift = ending_on_shift(&soon, &planned::roster(&mut tx, scope, zone, shifts, budget).await?);
    let new = announce(&mut tx, scope, &soon, now).await?;
    let new_on_shift = announce(&mut tx, scope, &on_shift, now).await?;
    let any_left = store::credential_ends_after(&mut tx, scope, now).await?;
    tx.commit().await?;

    log("credential_expiring", new, "credentials of counselors end within 30 days");
    log("credential_ends_on_shift", new_on_shift, "credentials of counselors end before a planned shift does");
    Ok(if any_left { Done::Again(next) } else { Done::Finished })
}

/// Owes a notice of each credential that was not announced before, and counts them.
async fn announce(tx: &mut Tx, scope: &ProgramScope, found: &[Expiring], now: Timestamp) -> Result<u64, StoreError> {
    let mut new = 0;
    for expiring in found {
        let id = announcement_id(scope, expiring);
        if store::credential_announcement_add(tx, scope, id, expiring, now).await? {
            tx.owe(Owed::now(Task::CredentialNotice, id));
            new += 1;
        }
    }
    Ok(new)
}

/// The same id for the same credential, end of validity and shift, so that each is announced once.
fn announcement_id(scope: &ProgramScope, expiring: &Expiring) -> Uuid {
    let Expiring { counselor, credential_type, jurisdiction, ends_at, shift } = expiring;
    let shift = shift.map_or(String::new(), |(shift_day, _)| format!("{}/{}", shift_day.shift, shift_day.day));
    let ends_at = ends_at.timestamp_micros();
    let program = scope.program();
    // Texts that people enter come last, separated by a character that none of them may contain.
    let subject = format!("{program}/{shift}/{ends_at}/{counselor}\n{jurisdiction}\n{credential_type}");
    RequestId::derived("credential-announcement", subject).0
}

fn log(kind: &'static str, count: u64, what: &'static str) {
    if count > 0 {
        tracing::warn!(count, "{what}");
        let labels = [KeyValue::new("harborline.notice.kind", kind)];
        meter().u64_counter("harborline.availability.credential_announced").build().add(count, &labels);
    }
}
