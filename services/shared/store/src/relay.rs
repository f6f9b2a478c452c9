//! The one connection of a process that listens for hints, and sends those that no commit depends on.
//!
//! Whatever is to be sent while a statement runs goes into the next one.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgListener;
use sqlx::{PgPool, QueryBuilder};
use tokio::sync::{mpsc, oneshot, watch};

use crate::connections::is_stale;
use crate::hints::Watched;
use crate::{HintKey, StoreError, hints_part};

/// Pause after the connection broke.
const AFTER_FAILURE: Duration = Duration::from_millis(250);

/// Requests to send that go into one statement.
const MOST: usize = 64;

/// Hints to send, and who waits for it. What nobody waits for is sent when it can be.
struct Sending {
    hints: Vec<HintKey>,
    done: Option<oneshot::Sender<Result<(), StoreError>>>,
}

impl Sending {
    /// Tells who waits; true when nobody does.
    fn failed(&mut self) -> bool {
        match self.done.take() {
            Some(done) => {
                let _ = done.send(Err(unavailable()));
                false
            }
            None => true,
        }
    }

    /// Tells who waits what came of it.
    fn ends(self, sent: Result<(), StoreError>) {
        if let Some(done) = self.done {
            let _ = done.send(sent);
        }
    }
}

/// The way to the connection.
#[derive(Clone)]
pub(crate) struct Outbox(mpsc::UnboundedSender<Sending>);

/// What is to be sent.
pub(crate) struct Sent(mpsc::UnboundedReceiver<Sending>);

impl Outbox {
    pub(crate) fn new() -> (Self, Sent) {
        let (outbox, sent) = mpsc::unbounded_channel();
        (Self(outbox), Sent(sent))
    }

    /// Returns when they are sent.
    pub(crate) async fn send(&self, hints: Vec<HintKey>) -> Result<(), StoreError> {
        let (done, sent) = oneshot::channel();
        self.0.send(Sending { hints, done: Some(done) }).map_err(|_| unavailable())?;
        sent.await.map_err(|_| unavailable())?
    }

    /// Returns at once.
    pub(crate) fn post(&self, hints: Vec<HintKey>) {
        // The relay ends with the process.
        let _ = self.0.send(Sending { hints, done: None });
    }
}

fn unavailable() -> StoreError {
    StoreError::Unavailable("hints cannot be sent".to_owned())
}

/// Hands hints from Postgres to this process's watches, and takes its own there, for as long as the pool is open.
pub(crate) async fn relay(
    pool: PgPool,
    mut channels: watch::Receiver<Vec<String>>,
    watched: Arc<Watched>,
    mut outbox: Sent,
) {
    let mut unsent = Vec::new();
    while !pool.is_closed() {
        let wanted = channels.borrow_and_update().clone();
        if let Ok(mut listener) = connect(&pool).await
            && listener.listen_all(wanted.iter().map(String::as_str)).await.is_ok()
        {
            watched.wake_all();
            serve(&mut listener, &mut channels, &watched, &mut outbox, &mut unsent).await;
            if channels.has_changed().is_ok_and(|changed| changed) {
                continue;
            }
        }
        while let Ok(sending) = outbox.0.try_recv() {
            unsent.push(sending);
        }
        unsent.retain_mut(Sending::failed);
        tokio::time::sleep(AFTER_FAILURE).await;
    }
}

/// A listener that does not connect anew by itself: while it did, the relay could give up waiting for it to send a hint, and
/// nobody would learn that hints were missed.
async fn connect(pool: &PgPool) -> Result<PgListener, sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.eager_reconnect(false);
    Ok(listener)
}

/// Returns when the connection breaks, or is to listen to one channel more.
async fn serve(
    listener: &mut PgListener,
    channels: &mut watch::Receiver<Vec<String>>,
    watched: &Watched,
    outbox: &mut Sent,
    unsent: &mut Vec<Sending>,
) {
    loop {
        if !unsent.is_empty() && send(listener, unsent).await.is_err() {
            return;
        }
        tokio::select! {
            heard = listener.try_recv() => match heard {
                Ok(Some(notification)) => watched.wake(notification.payload()),
                _ => return,
            },
            _ = outbox.0.recv_many(unsent, MOST) => {}
            changed = channels.changed() => if changed.is_ok() { return },
        }
    }
}

/// Sends all of it, and leaves what is not sent when the connection breaks. What Postgres refuses for itself is dropped: it
/// would be refused again, and keep all others from being sent.
async fn send(listener: &mut PgListener, unsent: &mut Vec<Sending>) -> Result<(), sqlx::Error> {
    match notify(listener, unsent).await {
        Ok(()) => {
            unsent.drain(..).for_each(|sent| sent.ends(Ok(())));
            return Ok(());
        }
        Err(error) if !is_refused(&error) => return Err(error),
        Err(_) => {}
    }
    while let Some(next) = unsent.first() {
        let sent = match notify(listener, std::slice::from_ref(next)).await {
            Err(error) if !is_refused(&error) => return Err(error),
            sent => sent.map_err(StoreError::from),
        };
        if let Err(error) = &sent {
            tracing::warn!(%error, "a hint cannot be sent, and is dropped");
        }
        unsent.remove(0).ends(sent);
    }
    Ok(())
}

/// Whether Postgres has answered that it does not do it, and goes on.
fn is_refused(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(_)) && !is_stale(error)
}

async fn notify(listener: &mut PgListener, sending: &[Sending]) -> Result<(), sqlx::Error> {
    let hints: Vec<HintKey> = sending.iter().flat_map(|one| one.hints.iter().cloned()).collect();
    let mut query = QueryBuilder::new("");
    hints_part(&mut query, "(select) as now", &hints);
    query.build().execute(listener).await?;
    Ok(())
}
