//! Deciding for one pool while the lease is ours.

use std::time::Duration;

use harborline_identity::ProgramScope;
use harborline_store::WatchBelow;
use harborline_telemetry::Outage;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::mailbox::{Ask, Letter, Outcome};
use super::rounds::{After, Matcher};
use crate::app::App;
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

/// The longest sleep.
const LONG: Duration = Duration::from_secs(3600);
/// Pause after the database did not answer.
const AFTER_FAILURE: Duration = Duration::from_millis(100);
/// The most commands that one round takes.
const MOST: usize = 1024;

/// Runs a round on each command and hint and whenever something runs out, and renews the lease in between.
pub(super) async fn lead(app: &App, scope: &ProgramScope, held: Held, elsewhere: &mut WatchBelow) -> Ended {
    let mut mailbox = app.mailboxes.open(scope.program());
    let _read_again = app.counselor_feeds.read_again_after(scope.program());
    let ended = rounds(app, scope, held, &mut mailbox, elsewhere).await;
    app.mailboxes.close(scope.program(), mailbox);
    if !matches!(ended, Ended::Lost)
        && let Err(error) = store::lease_give_back(&app.store, scope, held).await
    {
        tracing::debug!(%error, "a lease could not be given back and will run out");
    }
    ended
}

async fn rounds(
    app: &App,
    scope: &ProgramScope,
    held: Held,
    mailbox: &mut mpsc::Receiver<Letter>,
    elsewhere: &mut WatchBelow,
) -> Ended {
    // First the watch, then the first look: no change falls between.
    let mut hints = app.store.watch_below(store::pool_hint(scope.program()));
    let mut matcher = Matcher::new(app, scope, held);
    let (mut next_round, mut renew_at) = (Instant::now(), Instant::now() + app.dispatch.beat());
    let mut asks = Vec::new();
    let not_renewed = Outage::new(format!("the lease of pool {} cannot be renewed", scope.program()));
    let failing = Outage::new(format!("rounds of pool {} fail", scope.program()));
    loop {
        if Instant::now() >= renew_at {
            renew_at = Instant::now() + app.dispatch.beat();
            let renewed = matcher.renew().await;
            not_renewed.note(&renewed);
            match renewed {
                Ok(true) => next_round = Instant::now(),
                Ok(false) => {
                    asks.drain(..).for_each(|ask: Ask| ask.reply.send(Outcome::Moved));
                    return Ended::Lost;
                }
                Err(_) => {}
            }
        }
        while asks.len() < MOST
            && let Ok(letter) = mailbox.try_recv()
        {
            take(letter, &mut asks, &mut matcher);
        }
        while let Some(hint) = hints.arrived() {
            matcher.looks.note(hint.as_deref());
            next_round = Instant::now();
        }
        while let Some(hint) = elsewhere.arrived() {
            matcher.looks.note_ask(hint.as_deref());
        }
        if !asks.is_empty() || !matcher.looks.asked.is_empty() || Instant::now() >= next_round {
            let ended = matcher.round(std::mem::take(&mut asks)).await;
            failing.note(&ended);
            match ended {
                Ok(After::Idle) if mailbox.is_empty() => return Ended::Idle,
                Ok(After::Idle) => next_round = Instant::now() + LONG,
                Ok(After::Lost) => return Ended::Lost,
                Ok(After::Wait(wait)) => next_round = Instant::now() + wait.unwrap_or(LONG),
                Err(_) => next_round = Instant::now() + AFTER_FAILURE,
            }
        }
        tokio::select! {
            biased;
            () = app.shutdown.cancelled() => return Ended::Shutdown,
            letter = mailbox.recv() => {
                letter.into_iter().for_each(|letter| take(letter, &mut asks, &mut matcher));
            }
            hint = hints.changed() => {
                matcher.looks.note(hint.as_deref());
                next_round = Instant::now();
            }
            hint = elsewhere.changed() => matcher.looks.note_ask(hint.as_deref()),
            () = tokio::time::sleep_until(next_round.min(renew_at)) => {}
        }
    }
}

fn take(letter: Letter, asks: &mut Vec<Ask>, matcher: &mut Matcher<'_>) {
    match letter {
        Letter::Ask(ask) => asks.push(*ask),
        Letter::Broken(counselor, session) => matcher.looks.broken.push((counselor, session)),
    }
}
