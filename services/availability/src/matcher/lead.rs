//! Deciding for one pool while the lease is ours.

use std::time::Duration;

use futures::FutureExt;
use harborline_identity::ProgramScope;
use harborline_store::{StoreError, Watch};
use tokio::time::Instant;

use super::write::{Written, write};
use crate::app::App;
use crate::domain::matcher;
use crate::store::{self, Held};

/// Why the leadership ended.
pub(super) enum Ended {
    /// The pool has no work: nobody waits, nobody is on duty.
    Idle,
    /// Another replica has the lease.
    Lost,
    /// The service shuts down.
    Shutdown,
}

/// What to do after a round.
enum After {
    Idle,
    Lost,
    /// Somebody else changed what was decided about: look again at once.
    Again,
    /// Nothing runs out before this much real time has passed.
    Wait(Duration),
}

/// The longest sleep; the watch looks again earlier.
const LONG: Duration = Duration::from_secs(3600);
/// Pause after the database did not answer.
const AFTER_FAILURE: Duration = Duration::from_millis(100);

/// Runs a round on each hint and whenever something runs out, and renews the lease in between.
pub(super) async fn lead(app: &App, scope: &ProgramScope, held: Held) -> Ended {
    let mut pool = app.store.watch(store::pool_hint(scope.program()));
    let (mut next_round, mut renew_at) = (Instant::now(), Instant::now() + app.dispatch.beat());
    loop {
        if Instant::now() >= renew_at {
            renew_at = Instant::now() + app.dispatch.beat();
            if let Ok(false) = renew(app, scope, held).await {
                return Ended::Lost;
            }
        }
        if Instant::now() >= next_round {
            take_all(&mut pool);
            match round(app, scope, held).await {
                Ok(After::Idle) => return give_back(app, scope, held, Ended::Idle).await,
                Ok(After::Lost) => return Ended::Lost,
                Ok(After::Again) => continue,
                Ok(After::Wait(wait)) => next_round = Instant::now() + wait,
                Err(error) => {
                    tracing::warn!(%error, harborline.pool.id = %scope.program(), "a matching round failed");
                    next_round = Instant::now() + AFTER_FAILURE;
                }
            }
        }
        tokio::select! {
            () = app.shutdown.cancelled() => return give_back(app, scope, held, Ended::Shutdown).await,
            () = pool.changed() => next_round = Instant::now(),
            () = tokio::time::sleep_until(next_round.min(renew_at)) => {}
        }
    }
}

/// Takes the hints that have arrived: one round answers them all.
fn take_all(pool: &mut Watch) {
    while pool.changed().now_or_never().is_some() {}
}

async fn round(app: &App, scope: &ProgramScope, held: Held) -> Result<After, StoreError> {
    let pool = store::pool_state(&app.store, scope, &app.dispatch, held, app.clock.now()).await?;
    if pool.tickets.is_empty() && pool.counselors.is_empty() {
        return Ok(After::Idle);
    }
    let now = pool.now;
    let round = matcher::round(pool);
    let next = round.next;
    Ok(match write(app, scope, held, round).await? {
        Written::Nothing => After::Lost,
        Written::Part => After::Again,
        Written::All => After::Wait(next.map_or(LONG, |next| (next - now).to_std().unwrap_or_default())),
    })
}

async fn renew(app: &App, scope: &ProgramScope, held: Held) -> Result<bool, StoreError> {
    let mut tx = app.store.begin(scope).await?;
    let ours = store::lease_renew(&mut tx, scope, held, app.dispatch.matcher_lease()).await?;
    tx.commit().await?;
    Ok(ours)
}

async fn give_back(app: &App, scope: &ProgramScope, held: Held, ended: Ended) -> Ended {
    if let Err(error) = store::lease_give_back(&app.store, scope, held).await {
        tracing::debug!(%error, "a lease could not be given back and will run out");
    }
    ended
}
