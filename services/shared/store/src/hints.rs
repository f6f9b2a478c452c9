//! Wake-ups across replicas, through LISTEN and NOTIFY.
//!
//! A hint says "read again", so a lost one costs a moment: every watch looks again by itself after [`LOOK_AGAIN`]. One
//! connection of the pool listens ([`crate::relay`]); when it breaks, all watches look again. A hint wakes those who watch
//! its key, and nobody else: what it costs does not grow with the number of streams.
//!
//! A hint may *carry* what is to be read, for who is watched below its key: it arrives after the commit and in the order
//! of the commits, and spares the look. It stays a hint: a long one is sent bare, and who watches must be able to look.
//! It may be for one replica alone, and then no other is woken by it.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::PgPool;
use tokio::sync::{broadcast, watch};
use uuid::Uuid;

use crate::StoreError;
use crate::relay::{Outbox, Sent, relay};

/// The channel of Postgres that hints to everybody travel on.
const CHANNEL: &str = "harborline_hint";

/// Postgres takes no notification of 8,000 bytes.
const LONGEST: usize = 7_900;

/// Between the key and what it carries. No key has one.
const CARRIES: char = '\n';

/// How many keys below one that is watched may wait to be read; beyond that all of it is looked at again.
const ROOM: usize = 4096;

/// After this time a watch looks again without a hint.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// What a hint is about, for example `contact/<id>`.
#[derive(Clone, PartialEq, Eq)]
pub struct HintKey {
    text: String,
    to: Option<Uuid>,
}

/// What it carries is nobody's to print.
impl fmt::Debug for HintKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(carried(&self.text).0)
    }
}

/// The key of a hint as it arrives, or the rest of it below what is watched, and what it carries.
pub fn carried(hint: &str) -> (&str, Option<&str>) {
    hint.split_once(CARRIES).map_or((hint, None), |(key, carried)| (key, Some(carried)))
}

impl HintKey {
    /// A key of a kind of thing and its id.
    pub fn new(kind: &str, id: impl std::fmt::Display) -> Self {
        Self { text: format!("{kind}/{id}"), to: None }
    }

    /// The same for one replica alone, which [hears it](crate::Store::hear_as).
    pub fn to(self, replica: Uuid) -> Self {
        Self { to: Some(replica), ..self }
    }

    /// The same with what is to be read; bare when that is too long. Only who watches below it is given it.
    pub fn carrying(mut self, what: &str) -> Self {
        if self.text.len() + what.len() < LONGEST {
            self.text.push(CARRIES);
            self.text.push_str(what);
        }
        self
    }

    /// The key as sent, and what it carries.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The channel that it travels on.
    pub(crate) fn channel(&self) -> String {
        self.to.map_or_else(|| CHANNEL.to_owned(), address)
    }
}

/// The channel of one replica.
fn address(replica: Uuid) -> String {
    format!("harborline_{}", replica.simple())
}

/// The hints that arrive at this process.
#[derive(Clone)]
pub(crate) struct Hints {
    pool: PgPool,
    watched: Arc<Watched>,
    channels: Arc<watch::Sender<Vec<String>>>,
    outbox: Outbox,
    /// What is to be sent, until the first watch of the process begins to listen.
    sent: Arc<Mutex<Option<Sent>>>,
}

/// Who watches what.
#[derive(Default)]
pub(crate) struct Watched {
    keys: Mutex<HashMap<String, watch::Sender<()>>>,
    below: Mutex<HashMap<String, broadcast::Sender<Option<String>>>>,
}

impl Hints {
    pub(crate) fn listen(pool: PgPool) -> Self {
        let channels = Arc::new(watch::channel(vec![CHANNEL.to_owned()]).0);
        let (outbox, sent) = Outbox::new();
        let sent = Arc::new(Mutex::new(Some(sent)));
        Self { pool, watched: Arc::default(), channels, outbox, sent }
    }

    /// Sends hints that no commit depends on.
    pub(crate) async fn send(&self, hints: Vec<HintKey>) -> Result<(), StoreError> {
        self.begin();
        self.outbox.send(hints).await
    }

    /// The same for who does not wait for it. They are sent even when that cannot be done at once.
    pub(crate) fn post(&self, hints: Vec<HintKey>) {
        self.begin();
        self.outbox.post(hints);
    }

    /// Hears from now on what is for this replica, too.
    pub(crate) fn hear_as(&self, replica: Uuid) {
        self.channels.send_modify(|channels| channels.push(address(replica)));
    }

    /// Subscribes; the first watch of the process begins to listen.
    pub(crate) fn watch(&self, key: HintKey) -> Watch {
        self.begin();
        let mut keys = locked(&self.watched.keys);
        let sender = keys.entry(key.text.clone()).or_insert_with(|| watch::channel(()).0);
        Watch { receiver: sender.subscribe(), key: key.text, watched: self.watched.clone() }
    }

    /// Subscribes to all keys that begin with this one and a slash.
    pub(crate) fn watch_below(&self, key: HintKey) -> WatchBelow {
        self.begin();
        let mut below = locked(&self.watched.below);
        let sender = below.entry(key.text.clone()).or_insert_with(|| broadcast::channel(ROOM).0);
        WatchBelow { receiver: sender.subscribe(), key: key.text, watched: self.watched.clone() }
    }

    fn begin(&self) {
        if let Some(sent) = locked(&self.sent).take() {
            tokio::spawn(relay(self.pool.clone(), self.channels.subscribe(), self.watched.clone(), sent));
        }
    }
}

impl Watched {
    /// Wakes those who watch this key, or one that it lies below.
    pub(crate) fn wake(&self, hint: &str) {
        let (key, _) = carried(hint);
        if let Some(sender) = locked(&self.keys).get(key) {
            sender.send_replace(());
        }
        let below = locked(&self.below);
        for (at, _) in key.match_indices('/') {
            if let Some(sender) = below.get(&hint[..at]) {
                // Nobody receives what nobody watches any more.
                let _ = sender.send(Some(hint[at + 1..].to_owned()));
            }
        }
    }

    /// Wakes everybody: whatever changed while nobody listened must be read again.
    pub(crate) fn wake_all(&self) {
        for sender in locked(&self.keys).values() {
            sender.send_replace(());
        }
        for sender in locked(&self.below).values() {
            let _ = sender.send(None);
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits for changes of one thing.
pub struct Watch {
    key: String,
    receiver: watch::Receiver<()>,
    watched: Arc<Watched>,
}

impl Watch {
    /// Returns when the thing may have changed. Subscribe first, then read, then wait: no change falls between.
    pub async fn changed(&mut self) {
        self.changed_within(LOOK_AGAIN).await;
    }

    /// The same for who would read too much by looking again so soon: looks again by itself after `longest`. False when
    /// it did.
    pub async fn changed_within(&mut self, longest: Duration) -> bool {
        // The sender is kept for as long as anybody watches.
        tokio::time::timeout(longest, self.receiver.changed()).await.is_ok()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut keys = locked(&self.watched.keys);
        if keys.get(&self.key).is_some_and(|sender| sender.receiver_count() <= 1) {
            keys.remove(&self.key);
        }
    }
}

/// Waits for changes of many things at once, and says of which.
pub struct WatchBelow {
    key: String,
    receiver: broadcast::Receiver<Option<String>>,
    watched: Arc<Watched>,
}

impl WatchBelow {
    /// The rest of the next key below the one that is watched, and what the hint carries, as [`carried`] reads them; none
    /// when hints may have been missed, and all of it must be looked at again. Does not look again by itself: hints are
    /// lost only when the listening connection breaks, and that is seen here.
    pub async fn changed(&mut self) -> Option<String> {
        match self.receiver.recv().await {
            Ok(rest) => rest,
            Err(broadcast::error::RecvError::Lagged(_)) => None,
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }

    /// The same for what has arrived already; none when that is all.
    pub fn arrived(&mut self) -> Option<Option<String>> {
        match self.receiver.try_recv() {
            Ok(rest) => Some(rest),
            Err(broadcast::error::TryRecvError::Lagged(_)) => Some(None),
            Err(_) => None,
        }
    }
}

impl Drop for WatchBelow {
    fn drop(&mut self) {
        let mut below = locked(&self.watched.below);
        if below.get(&self.key).is_some_and(|sender| sender.receiver_count() <= 1) {
            below.remove(&self.key);
        }
    }
}
