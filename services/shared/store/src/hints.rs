//! Wake-ups across replicas, through LISTEN and NOTIFY.
//!
//! A hint says "read again" and carries no fact, so a lost one costs a moment: every watch looks again by itself after
//! [`LOOK_AGAIN`]. One connection of the pool listens; when it breaks, all watches look again.

use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::broadcast;

/// The channel of Postgres that hints travel on.
pub(crate) const CHANNEL: &str = "harborline_hint";

/// After this time a watch looks again without a hint.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// What a hint is about, for example `contact/<id>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HintKey(String);

impl HintKey {
    /// A key of a kind of thing and its id.
    pub fn new(kind: &str, id: impl std::fmt::Display) -> Self {
        Self(format!("{kind}/{id}"))
    }

    /// The key as sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The hints that arrive at this process.
#[derive(Clone)]
pub(crate) struct Hints {
    pool: PgPool,
    sender: broadcast::Sender<Arc<str>>,
    listening: Arc<tokio::sync::OnceCell<()>>,
}

impl Hints {
    pub(crate) fn listen(pool: PgPool) -> Self {
        Self { pool, sender: broadcast::channel(1024).0, listening: Arc::default() }
    }

    /// Subscribes; the first watch of the process begins to listen.
    pub(crate) fn watch(&self, key: HintKey) -> Watch {
        if self.listening.set(()).is_ok() {
            tokio::spawn(relay(self.pool.clone(), self.sender.clone()));
        }
        Watch { key, receiver: self.sender.subscribe() }
    }
}

/// Hands hints from Postgres to this process's watches, for as long as the pool is open.
async fn relay(pool: PgPool, sender: broadcast::Sender<Arc<str>>) {
    while !pool.is_closed() {
        if let Ok(mut listener) = PgListener::connect_with(&pool).await
            && listener.listen(CHANNEL).await.is_ok()
        {
            // Whatever changed before we listened must be read again.
            let _ = sender.send(Arc::from(""));
            while let Ok(Some(notification)) = listener.try_recv().await {
                let _ = sender.send(Arc::from(notification.payload()));
            }
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

/// Waits for changes of one thing.
pub struct Watch {
    key: HintKey,
    receiver: broadcast::Receiver<Arc<str>>,
}

impl Watch {
    /// Returns when the thing may have changed. Subscribe first, then read, then wait: no change falls between.
    pub async fn changed(&mut self) {
        let hinted = async {
            loop {
                match self.receiver.recv().await {
                    Ok(payload) if payload.is_empty() || *payload == *self.key.as_str() => return,
                    Ok(_) => {}
                    Err(broadcast::error::RecvError::Lagged(_)) => return,
                    Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
                }
            }
        };
        let _ = tokio::time::timeout(LOOK_AGAIN, hinted).await;
    }
}
