//! The issuer's keys as they were fetched last, in a file: a service that starts while the provider is away knows them,
//! and answers callers (P10).
//!
//! # Invariants
//! - Kept keys count only when they came from the address that is configured now, and for a limited time: a key that the
//!   provider withdraws while nobody can ask it does not count for ever.
//! - The file is replaced as a whole, so that it never holds half a set; only its owner can write it.
//!
//! # Not chosen
//! The file's own date for the age: a copy or a restored backup would make withdrawn keys young again.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use harborline_config::IdentitySettings;
use serde::{Deserialize, Serialize};

/// How far a clock may have been set back since the keys were kept.
const SKEW: Duration = Duration::from_secs(300);

/// Where keys are kept, and for how long they count.
#[derive(Clone)]
pub(crate) struct KeyCache {
    path: PathBuf,
    address: String,
    most: Duration,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    fetched_from: String,
    /// Seconds since 1970.
    fetched_at: u64,
    /// The key set, as it came.
    key_set: String,
}

/// Kept keys cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CacheError {
    #[error("the file cannot be used")]
    Io(#[from] io::Error),
    #[error("the file holds something else")]
    Content(#[from] serde_json::Error),
    #[error("the keys came from another address")]
    Address,
    #[error("the keys are too old")]
    Age,
}

impl KeyCache {
    /// The cache that is configured; none when nothing is to be kept.
    pub(crate) fn from_settings(settings: &IdentitySettings) -> Option<Self> {
        let path = Some(&settings.jwks_cache_file).filter(|path| !path.as_os_str().is_empty())?.clone();
        let address = settings.jwks_url.clone()?;
        Some(Self { path, address, most: settings.jwks_cache_age() })
    }

    /// Keeps a key set. Blocks on the file system.
    pub(crate) fn keep(&self, key_set: &[u8]) -> Result<(), CacheError> {
        let kept = Kept {
            fetched_from: self.address.clone(),
            fetched_at: seconds(SystemTime::now()),
            key_set: String::from_utf8_lossy(key_set).into_owned(),
        };
        let new = self.path.with_extension("new");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(&serde_json::to_vec(&kept)?)?;
        file.sync_all()?;
        Ok(fs::rename(new, &self.path)?)
    }

    /// The kept key set; none when there is no file. Blocks on the file system.
    pub(crate) fn recall(&self) -> Result<Option<Vec<u8>>, CacheError> {
        let text = match fs::read(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            text => text?,
        };
        let kept: Kept = serde_json::from_slice(&text)?;
        if kept.fetched_from != self.address {
            return Err(CacheError::Address);
        }
        let now = seconds(SystemTime::now());
        let is_young = now.saturating_sub(kept.fetched_at) <= self.most.as_secs();
        let is_of_the_past = kept.fetched_at <= now + SKEW.as_secs();
        if is_young && is_of_the_past { Ok(Some(kept.key_set.into_bytes())) } else { Err(CacheError::Age) }
    }
}

fn seconds(at: SystemTime) -> u64 {
    at.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
