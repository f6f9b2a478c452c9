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
//! An HTTP client with pools, proxies and redirects: one GET in five minutes needs none of them. The provider's
//! Cache-Control: how long a withdrawn key may count is the operator's word.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use harborline_config::IdentitySettings;
use harborline_identity::{KeyFeed, KeySetError};
use http::header::{ACCEPT, HOST};
use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;

use crate::TlsError;
use crate::crypto::provider;
use crate::jwks_cache::KeyCache;
use crate::tls::certificates;

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
    address: Uri,
    /// None for plain HTTP, which the configuration allows in development alone.
    tls: Option<TlsConnector>,
    refresh: Duration,
    /// None when nothing is kept.
    cache: Option<KeyCache>,
}

/// Why no keys came.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("the address has no host")]
    Address,
    #[error("the provider cannot be reached")]
    Connect(#[from] std::io::Error),
    #[error("the provider does not speak HTTP")]
    Http(#[from] hyper::Error),
    #[error("the provider answered {0}")]
    Status(StatusCode),
    #[error("the answer broke off or is too large")]
    Body(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the request cannot be written")]
    Request(#[from] http::Error),
    #[error("the answer is unusable")]
    Keys(#[from] KeySetError),
    #[error("the provider took too long")]
    Time(#[from] tokio::time::error::Elapsed),
}

impl Fetcher {
    /// # Errors
    /// When the file with the provider's authorities cannot be used.
    pub(crate) fn new(address: &str, settings: &IdentitySettings) -> Result<Self, JwksError> {
        let address: Uri = address.parse().map_err(JwksError::Address)?;
        let is_tls = address.scheme_str() != Some("http");
        let tls = is_tls.then(|| connector(&settings.jwks_ca_file)).transpose()?;
        let cache = KeyCache::from_settings(settings);
        Ok(Self { address, tls, refresh: settings.jwks_refresh(), cache })
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
        let mut quiet = QUIET_AT_FIRST.min(self.refresh);
        while feed.is_open() {
            let fetched = self.fetch_into(&feed).await;
            if fetched.is_ok() {
                quiet = QUIET.min(self.refresh);
            }
            feed.attempted(quiet);
            sleep(quiet).await;
            match fetched {
                Ok(()) => tokio::select! {
                    () = sleep(self.refresh - quiet) => {}
                    () = feed.wanted() => {}
                },
                Err(error) => {
                    let error: &dyn std::error::Error = &error;
                    tracing::warn!(error, "cannot fetch the issuer's keys; the known ones stay");
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
        let host = self.address.host().ok_or(FetchError::Address)?;
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let port = self.address.port_u16().unwrap_or(if self.tls.is_some() { 443 } else { 80 });
        let tcp = TcpStream::connect((bare, port)).await?;
        match &self.tls {
            Some(tls) => {
                let name = ServerName::try_from(bare.to_owned()).map_err(|_| FetchError::Address)?;
                self.get(tls.connect(name, tcp).await?).await
            }
            None => self.get(tcp).await,
        }
    }

    async fn get(&self, stream: impl AsyncRead + AsyncWrite + Unpin + Send) -> Result<Bytes, FetchError> {
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let authority = self.address.authority().ok_or(FetchError::Address)?;
        let path = self.address.path_and_query().map_or("/", |path| path.as_str());
        let request = Request::get(path).header(HOST, authority.as_str()).header(ACCEPT, "application/json");
        let request = request.body(Empty::<Bytes>::new())?;
        let answering = async {
            let response = sender.send_request(request).await?;
            if response.status() != StatusCode::OK {
                return Err(FetchError::Status(response.status()));
            }
            let body = Limited::new(response.into_body(), SIZE_LIMIT).collect().await;
            Ok(body.map_err(FetchError::Body)?.to_bytes())
        };
        let (mut answering, mut connection) = (std::pin::pin!(answering), std::pin::pin!(connection));
        tokio::select! {
            answer = &mut answering => answer,
            // The connection may end with the answer already read from it.
            ended = &mut connection => {
                ended?;
                answering.await
            }
        }
    }
}

/// The keys cannot be fetched as configured.
#[derive(Debug, thiserror::Error)]
pub enum JwksError {
    /// The address is none.
    #[error("the address of the key set is none")]
    Address(#[source] http::uri::InvalidUri),
    /// The authorities of the provider cannot be used.
    #[error("cannot use the authorities of the identity provider")]
    Tls(#[from] TlsError),
}

/// Trusts the authorities of the file, or the public ones if there is none.
fn connector(authorities: &Path) -> Result<TlsConnector, TlsError> {
    let mut roots = RootCertStore::empty();
    if authorities.as_os_str().is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    } else {
        for certificate in certificates(authorities)? {
            roots.add(certificate)?;
        }
    }
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}
