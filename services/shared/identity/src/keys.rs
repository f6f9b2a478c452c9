//! The issuer's public keys: from a file that the platform keeps, or fed by the task that fetches them.
//!
//! # Invariants
//! - Keys that were read once stay until a newer set takes their place as a whole: while the provider is away, or answers
//!   nonsense, tokens verify as before.
//! - A key that the newer set lacks verifies nothing any more.
//! - A token that names an unknown key makes its call wait for newer keys for [`PATIENCE`] at the longest.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::{Duration, SystemTime};

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, timeout};

use crate::IdentityError;

/// How long a call waits for newer keys.
const PATIENCE: Duration = Duration::from_secs(1);

/// What was to be a key set is none that can be used.
#[derive(Debug, thiserror::Error)]
pub enum KeySetError {
    /// It is not a JWKS.
    #[error("not a JWKS")]
    Parse(#[from] serde_json::Error),
    /// It holds no key that may sign tokens.
    #[error("no ES256 or EdDSA key with a key id")]
    NoKeys,
}

#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) algorithm: Algorithm,
    pub(crate) key: DecodingKey,
}

/// A key looked for by its id.
pub(crate) enum Found {
    Key(Key),
    Unknown,
    /// No key was ever had, so nothing can be said.
    NoKeysYet,
}

pub(crate) enum Keys {
    File(FileKeys),
    Fed(Arc<FedKeys>),
}

impl Keys {
    pub(crate) async fn find(&self, id: &str) -> Found {
        match self {
            Self::File(keys) => keys.find(id),
            Self::Fed(keys) => keys.find(id).await,
        }
    }
}

struct KeySet(BTreeMap<String, Key>);

impl KeySet {
    fn parse(text: &[u8]) -> Result<Self, KeySetError> {
        #[derive(Deserialize)]
        struct Written {
            keys: Vec<serde_json::Value>,
        }
        let written: Written = serde_json::from_slice(text)?;
        // Keys of kinds that we do not know are for others (RFC 7517, section 5).
        let keys = written.keys.into_iter().filter_map(|key| usable(&serde_json::from_value(key).ok()?));
        let by_id: BTreeMap<_, _> = keys.collect();
        if by_id.is_empty() { Err(KeySetError::NoKeys) } else { Ok(Self(by_id)) }
    }

    fn find(&self, id: &str) -> Found {
        self.0.get(id).cloned().map_or(Found::Unknown, Found::Key)
    }
}

/// The key with its id, if it may sign tokens.
fn usable(jwk: &Jwk) -> Option<(String, Key)> {
    if jwk.common.public_key_use.as_ref().is_some_and(|purpose| *purpose != PublicKeyUse::Signature) {
        return None;
    }
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => Algorithm::ES256,
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => Algorithm::EdDSA,
        _ => return None,
    };
    let key = DecodingKey::from_jwk(jwk).ok()?;
    Some((jwk.common.key_id.clone()?, Key { algorithm, key }))
}

/// Keys of a file, read again when it has changed.
pub(crate) struct FileKeys {
    path: PathBuf,
    read: RwLock<(KeySet, Option<SystemTime>)>,
}

impl FileKeys {
    pub(crate) fn open(path: &Path) -> Result<Self, IdentityError> {
        Ok(Self { path: path.to_owned(), read: RwLock::new(Self::read(path)?) })
    }

    fn read(path: &Path) -> Result<(KeySet, Option<SystemTime>), IdentityError> {
        // Before the content, so that a change in between is seen as one the next time.
        let modified = modified_at(path);
        let text = std::fs::read(path).map_err(|source| IdentityError::Read { path: path.to_owned(), source })?;
        let set = KeySet::parse(&text).map_err(|source| IdentityError::Keys { path: path.to_owned(), source })?;
        Ok((set, modified))
    }

    /// Looks at the file's date each time, a microsecond: a key that was taken out must not verify once more.
    fn find(&self, id: &str) -> Found {
        let modified = self.read.read().unwrap_or_else(PoisonError::into_inner).1;
        if modified_at(&self.path) != modified {
            match Self::read(&self.path) {
                Ok(read) => {
                    *self.read.write().unwrap_or_else(PoisonError::into_inner) = read;
                    tracing::info!("the key set has changed and was read again");
                }
                Err(error) => tracing::warn!(%error, "the key set has changed and is unusable; the known keys stay"),
            }
        }
        self.read.read().unwrap_or_else(PoisonError::into_inner).0.find(id)
    }
}

fn modified_at(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|file| file.modified()).ok()
}

/// Keys that somebody else fetches.
#[derive(Default)]
pub(crate) struct FedKeys {
    current: RwLock<Option<KeySet>>,
    attempts: watch::Sender<Attempts>,
    wanted: Notify,
}

/// How often it was tried to get newer keys, and until when there is no use in asking for another try.
#[derive(Clone, Copy, Default)]
struct Attempts {
    ended: u64,
    quiet_until: Option<Instant>,
}

impl FedKeys {
    async fn find(&self, id: &str) -> Found {
        let before = *self.attempts.borrow();
        let found = self.known(id);
        if matches!(found, Found::Key(_)) || before.quiet_until.is_some_and(|until| Instant::now() < until) {
            return found;
        }
        self.wanted.notify_one();
        let mut attempts = self.attempts.subscribe();
        // Whatever comes of it, what is known then is the answer.
        let _ = timeout(PATIENCE, attempts.wait_for(|now| now.ended > before.ended)).await;
        self.known(id)
    }

    fn known(&self, id: &str) -> Found {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current.as_ref().map_or(Found::NoKeysYet, |keys| keys.find(id))
    }
}

/// The end at which fetched keys come in. Tells its holder when a token has named a key that is not known.
pub struct KeyFeed(Weak<FedKeys>);

impl KeyFeed {
    pub(crate) fn to(keys: &Arc<FedKeys>) -> Self {
        Self(Arc::downgrade(keys))
    }

    /// Whether the verifier is still there.
    pub fn is_open(&self) -> bool {
        self.0.strong_count() > 0
    }

    /// Waits until a token names an unknown key. At once when one has since the last time; never when the verifier is
    /// gone.
    pub async fn wanted(&self) {
        match self.0.upgrade() {
            Some(keys) => keys.wanted.notified().await,
            None => std::future::pending().await,
        }
    }

    /// Takes a key set (JWKS) in place of the present one. One that is unusable leaves the present one as it is.
    ///
    /// # Errors
    /// When the text is no JWKS, or holds no key that may sign tokens.
    pub fn put(&self, text: &[u8]) -> Result<(), KeySetError> {
        let set = KeySet::parse(text)?;
        if let Some(keys) = self.0.upgrade() {
            *keys.current.write().unwrap_or_else(PoisonError::into_inner) = Some(set);
        }
        Ok(())
    }

    /// Says that an attempt to get newer keys has ended, well or not, and that for `quiet` none is made on a token's
    /// account: calls that name an unknown key are refused at once for so long.
    pub fn attempted(&self, quiet: Duration) {
        if let Some(keys) = self.0.upgrade() {
            keys.attempts.send_modify(|attempts| {
                attempts.ended += 1;
                attempts.quiet_until = Some(Instant::now() + quiet);
            });
        }
    }
}
