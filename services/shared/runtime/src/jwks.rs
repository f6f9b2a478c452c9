//! Fetches the issuer's public keys.
//!
//! # Invariants
//! - Fetching goes on beside the calls: none waits for it, except one whose token names an unknown key, and that one for
//!   a second at the longest.
//! - However many tokens name unknown keys, the provider is asked at most once in [`QUIET`].
//! - An answer counts only when it is 200, complete within [`TIME_LIMIT`], no larger than [`SIZE_LIMIT`] and a key set. No
//!   redirect is followed: keys come from the configured address or not at all.
//! - While the provider is away, or answers nonsense, the keys fetched last stay. So they do over a restart, if a file
//!   is configured to keep them ([`crate::jwks_cache`]).
//!
//! # Not chosen
//! The provider's Cache-Control: how long a withdrawn key may count is the operator's word.

use std::time::Duration;

use bytes::Bytes;
use harborline_config::IdentitySettings;
use harborline_https::{AddressError, HttpsClient, HttpsError};
use harborline_identity::{KeyFeed, KeySetError};
use harborline_telemetry::Outage;
use http::header::ACCEPT;
use http::{Request, StatusCode};
use http_body_util::Full;
use tokio::time::{sleep, timeout};

use crate::jwks_cache::KeyCache;

/// The largest answer that is read, in bytes: hundreds of keys.
const SIZE_LIMIT: usize = 256 * 1024;
/// The longest that one fetch may take.
const TIME_LIMIT: Duration = Duration::from_secs(5);
/// The least time between two fetches.
const QUIET: Duration = Duration::from_secs(10);
/// The same until the first keys are there.
const QUIET_AT_FIRST: Duration = Duration::from_secs(1);

/// Where the keys are fetched, and how.
pub(crate) struct Fetcher {
    client: HttpsClient,
    refresh: Duration,
    /// None when nothing is kept.
    cache: Option<KeyCache>,
}

/// Why no keys came.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("the provider did not answer")]
    Exchange(#[from] HttpsError),
    #[error("the provider answered {0}")]
    Status(StatusCode),
    #[error("the request cannot be written")]
    Request(#[from] http::Error),
    #[error("the answer is unusable")]
    Keys(#[from] KeySetError),
    #[error("the provider took too long")]
    Time(#[from] tokio::time::error::Elapsed),
}

impl Fetcher {
    /// # Errors
    /// When the address is none, or the file with the provider's authorities cannot be used. The configuration allows
    /// plain HTTP in development alone.
    pub(crate) fn new(address: &str, settings: &IdentitySettings) -> Result<Self, JwksError> {
        let client = HttpsClient::new(address, &settings.jwks_ca_file)?;
        Ok(Self { client, refresh: settings.jwks_refresh(), cache: KeyCache::from_settings(settings) })
    }

    /// Takes up the keys that an earlier process has kept, if there are any and they are not too old. Blocks on the file
    /// system.
    pub(crate) fn recall_into(&self, feed: &KeyFeed) {
        let Some(cache) = &self.cache else { return };
        match cache.recall().map(|text| text.map(|text| feed.put(&text))) {
            Ok(None) => {}
            Ok(Some(Ok(()))) => tracing::info!("the issuer's keys are those that were kept; newer ones are fetched"),
            Ok(Some(Err(error))) => tracing::warn!(error = &error as &dyn std::error::Error, "the kept keys are none"),
            Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "the kept keys cannot be read"),
        }
    }

    /// Fetches again and again, until the verifier is gone.
    pub(crate) async fn run(self, feed: KeyFeed) {
        let outage = Outage::new("the issuer's keys cannot be fetched; the known ones stay in use");
        let mut quiet = QUIET_AT_FIRST.min(self.refresh);
        while feed.is_open() {
            let fetched = self.fetch_into(&feed).await;
            outage.note(&fetched);
            if fetched.is_ok() {
                quiet = QUIET.min(self.refresh);
            }
            feed.attempted(quiet);
            sleep(quiet).await;
            if fetched.is_ok() {
                tokio::select! {
                    () = sleep(self.refresh - quiet) => {}
                    () = feed.wanted() => {}
                }
            }
        }
    }

    /// Fetches once.
    pub(crate) async fn fetch_into(&self, feed: &KeyFeed) -> Result<(), FetchError> {
        let text = timeout(TIME_LIMIT, self.fetch()).await??;
        feed.put(&text)?;
        if let Some(cache) = self.cache.clone() {
            // A full disk keeps nobody out: the keys are known, and kept the next time.
            let kept = tokio::task::spawn_blocking(move || cache.keep(&text)).await;
            if let Ok(Err(error)) = kept {
                tracing::warn!(error = &error as &dyn std::error::Error, "the fetched keys cannot be kept");
            }
        }
        Ok(())
    }

    async fn fetch(&self) -> Result<Bytes, FetchError> {
        let request = Request::get(self.client.path()).header(ACCEPT, "application/json").body(Full::default())?;
        let answer = self.client.send(request, SIZE_LIMIT).await?;
        if answer.status != StatusCode::OK {
            return Err(FetchError::Status(answer.status));
        }
        Ok(answer.body)
    }
}

/// The keys cannot be fetched as configured.
#[derive(Debug, thiserror::Error)]
#[error("the key set of the identity provider cannot be fetched")]
pub struct JwksError(#[from] AddressError);
