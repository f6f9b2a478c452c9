//! One address, and requests to it.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use http::header::HOST;
use http::{HeaderMap, HeaderValue, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::{AddressError, HttpsError};

/// Makes requests to one address. Whether `http://` may be used at all is for the configuration to say.
#[derive(Clone)]
pub struct HttpsClient {
    host: String,
    port: u16,
    authority: HeaderValue,
    path: String,
    /// None for plain HTTP.
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

/// What the server answered.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body; empty when none was wanted.
    pub body: Bytes,
}

impl HttpsClient {
    /// Requests to `https://host[:port][/path]`, or to the same with `http://`. The file holds the authorities that the
    /// server's certificate is checked with, PEM; an empty path means the public ones.
    ///
    /// # Errors
    /// When the address is none, or the file cannot be used.
    pub fn new(address: &str, authorities: &Path) -> Result<Self, AddressError> {
        let address: Uri = address.parse().map_err(AddressError::Address)?;
        let is_tls = match address.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(AddressError::Scheme),
        };
        let authority = address.authority().ok_or(AddressError::Host)?;
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let host_and_port = authority.as_str().rsplit('@').next().unwrap_or_default();
        let name = || ServerName::try_from(host.clone()).map_err(|_| AddressError::Host);
        let tls = if is_tls { Some((connector(authorities)?, name()?)) } else { None };
        Ok(Self {
            port: authority.port_u16().unwrap_or(if is_tls { 443 } else { 80 }),
            authority: HeaderValue::from_str(host_and_port).map_err(|_| AddressError::Host)?,
            path: address.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
            tls,
            host,
        })
    }

    /// The path and query of the address, for the request that is meant for it.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Sends one request on a connection of its own. The request's URI is a path; `host` is set here. Of the body of the
    /// answer at most `most` bytes are read; of 0, none, and the answer is there with its headers.
    ///
    /// # Errors
    /// When the server cannot be reached, breaks off, or answers more.
    pub async fn send(&self, mut request: Request<Full<Bytes>>, most: usize) -> Result<Answer, HttpsError> {
        request.headers_mut().insert(HOST, self.authority.clone());
        let tcp = TcpStream::connect((self.host.as_str(), self.port)).await?;
        match &self.tls {
            Some((tls, name)) => exchange(tls.connect(name.clone(), tcp).await?, request, most).await,
            None => exchange(tcp, request, most).await,
        }
    }
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send,
    request: Request<Full<Bytes>>,
    most: usize,
) -> Result<Answer, HttpsError> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let answering = async {
        let (head, body) = sender.send_request(request).await?.into_parts();
        let body = match most {
            0 => Bytes::new(),
            _ => Limited::new(body, most).collect().await.map_err(HttpsError::Body)?.to_bytes(),
        };
        Ok(Answer { status: head.status, headers: head.headers, body })
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

/// Trusts the authorities of the file, or the public ones if there is none.
fn connector(authorities: &Path) -> Result<TlsConnector, AddressError> {
    let mut roots = RootCertStore::empty();
    if authorities.as_os_str().is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    } else {
        let found: Result<Vec<_>, _> = CertificateDer::pem_file_iter(authorities).and_then(Iterator::collect);
        for certificate in found.map_err(|source| AddressError::Read { path: authorities.to_owned(), source })? {
            roots.add(certificate)?;
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}
