//! The keys that this process holds.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::{Duration, Instant};

use harborline_keys::{DataKey, DataKeyVersion, ProgramKeys, ProviderError};
use harborline_telemetry::Outage;
use harborline_types::ProgramId;
use sqlx::PgPool;
use tokio::sync::{Notify, OnceCell};

use super::KeySource;
use super::rows::{KeyPurpose, KeyRow, keys_begin, keys_of, keys_of_all};
use crate::StoreError;

/// How soon it is tried again to have the keys of a program that are not known yet.
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// What is known of one program.
#[derive(Clone)]
enum Known {
    Held(Arc<Held>),
    /// The provider said so when it was asked last.
    Destroyed,
}

/// Keys, and the rows that they were unwrapped from.
struct Held {
    keys: Arc<ProgramKeys>,
    rows: Vec<KeyRow>,
}

/// The keys of every program, for one service.
pub(crate) struct KeyRing {
    pub(super) source: KeySource,
    /// Not the calls' connections: a call that has one must not wait for a second.
    pub(super) pool: PgPool,
    known: RwLock<HashMap<ProgramId, Known>>,
    look_now: Arc<Notify>,
    looking: OnceCell<()>,
}

impl KeyRing {
    pub(crate) fn new(source: KeySource, pool: PgPool) -> Arc<Self> {
        Arc::new(Self { source, pool, known: RwLock::default(), look_now: Arc::default(), looking: OnceCell::new() })
    }

    /// A program's keys: at once when they are known.
    pub(crate) async fn keys(self: &Arc<Self>, program: ProgramId) -> Result<Arc<ProgramKeys>, StoreError> {
        self.keep_looking();
        match self.known(program) {
            Some(Known::Held(held)) => Ok(held.keys.clone()),
            Some(Known::Destroyed) => Err(StoreError::RecordsDestroyed),
            None => {
                let rows = keys_of(&self.pool, program).await?;
                let rows = if rows.is_empty() { self.make(program).await? } else { rows };
                self.take(program, rows).await
            }
        }
    }

    /// Whether calls can be answered: some keys are known, or the provider would give them.
    pub(crate) async fn ready(self: &Arc<Self>) -> Result<(), StoreError> {
        self.keep_looking();
        let knows_some = self.read().values().any(|known| matches!(known, Known::Held(_)));
        if knows_some { Ok(()) } else { Ok(self.source.provider.ready().await?) }
    }

    /// Looks again soon: something was changed here.
    pub(crate) fn look_now(&self) {
        self.look_now.notify_one();
    }

    /// Makes a program's first keys. The second transaction finds the first one's.
    async fn make(&self, program: ProgramId) -> Result<Vec<KeyRow>, StoreError> {
        let look_up = self.source.provider.wrap(program, &DataKey::generate()?).await?;
        let data = self.source.provider.wrap(program, &DataKey::generate()?).await?;
        keys_begin(&self.pool, program, &look_up, &data).await?;
        keys_of(&self.pool, program).await
    }

    /// Unwraps a program's keys and keeps them.
    async fn take(&self, program: ProgramId, rows: Vec<KeyRow>) -> Result<Arc<ProgramKeys>, StoreError> {
        let unwrapped = self.unwrap(program, &rows).await;
        if let Err(StoreError::RecordsDestroyed) = &unwrapped {
            self.put(program, Known::Destroyed);
        }
        let keys = Arc::new(unwrapped?);
        self.put(program, Known::Held(Arc::new(Held { keys: keys.clone(), rows })));
        Ok(keys)
    }

    async fn unwrap(&self, program: ProgramId, rows: &[KeyRow]) -> Result<ProgramKeys, StoreError> {
        let (mut data, mut look_up) = (Vec::new(), None);
        for row in rows {
            let key = self.source.provider.unwrap(program, &row.wrapped()).await?;
            match row.purpose {
                KeyPurpose::LookUp => look_up = Some(key),
                KeyPurpose::Data => {
                    let version = row.version.unsigned_abs();
                    data.push(DataKeyVersion { version, begins: Instant::now() + row.begins_in(), key });
                }
            }
        }
        let look_up = look_up.ok_or_else(|| StoreError::Fault("a program without a look-up key".to_owned()))?;
        Ok(ProgramKeys::new(program, &self.source.service, data, &look_up)?)
    }

    /// Begins to look, once a process, for as long as somebody uses the ring.
    fn keep_looking(self: &Arc<Self>) {
        if self.looking.set(()).is_ok() {
            tokio::spawn(look(Arc::downgrade(self)));
        }
    }

    /// Looks at every program; the longest that the next look may wait.
    async fn look(&self) -> Result<Duration, StoreError> {
        let mut failed = None;
        for (program, rows) in keys_of_all(&self.pool).await? {
            match self.look_at(program, rows).await {
                Ok(()) => {}
                // One program's trouble is not another's, but a provider that is away is away for all.
                Err(error @ StoreError::Unavailable(_)) => return Err(error),
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(self.source.refresh), Err)
    }

    /// Learns what changed about one program. Keys are given up only when the provider says that they are destroyed.
    async fn look_at(&self, program: ProgramId, rows: Vec<KeyRow>) -> Result<(), StoreError> {
        if let Some(Known::Held(held)) = self.known(program)
            && held.rows.len() == rows.len()
            && held.rows.iter().zip(&rows).all(|(one, other)| one.is_same(other))
        {
            let Some(any) = rows.first() else { return Ok(()) };
            return match self.source.provider.unwrap(program, &any.wrapped()).await {
                Err(ProviderError::Destroyed) => {
                    tracing::warn!(%program, "the program's key was destroyed: its records are not readable any more");
                    self.put(program, Known::Destroyed);
                    Ok(())
                }
                asked => Ok(asked.map(drop)?),
            };
        }
        match self.take(program, rows).await {
            Ok(_) | Err(StoreError::RecordsDestroyed) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn known(&self, program: ProgramId) -> Option<Known> {
        self.read().get(&program).cloned()
    }

    fn put(&self, program: ProgramId, known: Known) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert(program, known);
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, HashMap<ProgramId, Known>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Looks again and again, until nobody uses the ring or its pool is closed. Does not hold the ring while it waits.
async fn look(weak: Weak<KeyRing>) {
    let outage = Outage::new("the keys cannot be looked after; the known ones stay in use");
    while let Some(ring) = weak.upgrade().filter(|ring| !ring.pool.is_closed()) {
        let looked = ring.look().await;
        outage.note(&looked);
        let wait = looked.unwrap_or(TRY_AGAIN).min(ring.source.refresh);
        let look_now = ring.look_now.clone();
        drop(ring);
        let _ = tokio::time::timeout(wait, look_now.notified()).await;
    }
}
