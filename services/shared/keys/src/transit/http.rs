//! The few requests that a transit engine is asked.
//!
//! A connection a request: keys are asked for in the background, a handful a minute. No redirect is followed, nothing
//! is retried here, and nothing that was sent or answered is part of an error.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use harborline_config::KeySettings;
use http::header::{CONTENT_TYPE, HOST};
use http::{Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use serde::Deserialize;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use zeroize::Zeroizing;

use crate::ProviderError;

/// The largest answer that is read, in bytes.
const SIZE_LIMIT: usize = 64 * 1024;

/// The transit engine cannot be called as configured.
#[derive(Debug, thiserror::Error)]
pub enum TransitError {
    /// The address is none.
    #[error("the address of the transit engine is none")]
    Address(#[source] http::uri::InvalidUri),
    /// The file with its authorities cannot be read as PEM.
    #[error("cannot read the authorities of the transit engine")]
    Authorities(#[source] rustls_pki_types::pem::Error),
    /// The authorities cannot be used.
    #[error("cannot use the authorities of the transit engine")]
    Tls(#[from] rustls::Error),
}

/// What it answers.
pub(super) enum Answer {
    Done(Bytes),
    /// 404: no such key.
    Missing,
    /// 400: not with this.
    Refused,
}

#[derive(Deserialize)]
struct Errors {
    #[serde(default)]
    errors: Vec<String>,
}

pub(super) struct Client {
    address: Uri,
    tls: Option<TlsConnector>,
    token_file: PathBuf,
    time_limit: Duration,
}

impl Client {
    pub(super) fn new(settings: &KeySettings) -> Result<Self, TransitError> {
        let address: Uri = settings.transit_url.parse().map_err(TransitError::Address)?;
        let is_tls = address.scheme_str() != Some("http");
        let tls = is_tls.then(|| connector(&settings.transit_ca_file)).transpose()?;
        let token_file = settings.transit_token_file.clone();
        Ok(Self { address, tls, token_file, time_limit: settings.transit_timeout() })
    }

    pub(super) async fn get(&self, path: &str) -> Result<Answer, ProviderError> {
        self.send(Method::GET, path, Bytes::new()).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Answer, ProviderError> {
        self.send(Method::POST, path, body.to_string().into()).await
    }

    pub(super) async fn delete(&self, path: &str) -> Result<Answer, ProviderError> {
        self.send(Method::DELETE, path, Bytes::new()).await
    }

    async fn send(&self, method: Method, path: &str, body: Bytes) -> Result<Answer, ProviderError> {
        // Read each time: whoever renews the token writes the file again.
        let token = tokio::fs::read_to_string(&self.token_file).await.map(Zeroizing::new);
        let token = token.map_err(|_| ProviderError::unavailable("the token file cannot be read"))?;
        let authority = self.address.authority().map(|it| it.as_str()).unwrap_or_default();
        let request = Request::builder()
            .method(method)
            .uri(format!("/v1/{path}"))
            .header(HOST, authority)
            .header(CONTENT_TYPE, "application/json")
            .header("x-vault-token", token.trim())
            .header("x-vault-request", "true")
            .body(Full::new(body))
            .map_err(|_| ProviderError::unavailable("the request cannot be written"))?;
        let late = |_| ProviderError::unavailable("the transit engine took too long");
        timeout(self.time_limit, self.exchange(request)).await.map_err(late)?
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Answer, ProviderError> {
        let host = self.address.host().unwrap_or_default();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let port = self.address.port_u16().unwrap_or(if self.tls.is_some() { 443 } else { 80 });
        let unreachable = |_| ProviderError::unavailable("the transit engine cannot be reached");
        let tcp = TcpStream::connect((bare, port)).await.map_err(unreachable)?;
        match &self.tls {
            Some(tls) => {
                let name = ServerName::try_from(bare.to_owned());
                let name = name.map_err(|_| ProviderError::unavailable("the transit engine has no name"))?;
                let tls = tls.connect(name, tcp).await;
                answer(tls.map_err(|_| ProviderError::unavailable("the transit engine's TLS failed"))?, request).await
            }
            None => answer(tcp, request).await,
        }
    }
}

async fn answer(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send,
    request: Request<Full<Bytes>>,
) -> Result<Answer, ProviderError> {
    let broken = || ProviderError::unavailable("the connection to the transit engine broke");
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|_| broken())?;
    let answering = async {
        let response = sender.send_request(request).await.map_err(|_| broken())?;
        let status = response.status();
        let body = Limited::new(response.into_body(), SIZE_LIMIT).collect().await.map_err(|_| broken())?.to_bytes();
        judge(status, body)
    };
    let (mut answering, mut connection) = (std::pin::pin!(answering), std::pin::pin!(connection));
    tokio::select! {
        answer = &mut answering => answer,
        // The connection may end with the answer already read from it.
        ended = &mut connection => {
            ended.map_err(|_| broken())?;
            answering.await
        }
    }
}

fn judge(status: StatusCode, body: Bytes) -> Result<Answer, ProviderError> {
    match status {
        StatusCode::OK | StatusCode::NO_CONTENT => Ok(Answer::Done(body)),
        // With a text it is the engine that is missing, not the key.
        StatusCode::NOT_FOUND if serde_json::from_slice(&body).is_ok_and(|it: Errors| it.errors.is_empty()) => {
            Ok(Answer::Missing)
        }
        StatusCode::BAD_REQUEST => Ok(Answer::Refused),
        status => Err(ProviderError::unavailable(format!("the transit engine answers {}", status.as_u16()))),
    }
}

/// Trusts the authorities of the file, or the public ones if there is none.
fn connector(authorities: &Path) -> Result<TlsConnector, TransitError> {
    let mut roots = RootCertStore::empty();
    if authorities.as_os_str().is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    } else {
        for certificate in CertificateDer::pem_file_iter(authorities).map_err(TransitError::Authorities)? {
            roots.add(certificate.map_err(TransitError::Authorities)?)?;
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}
