//! One address, and requests to it.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use http::uri::{Parts, PathAndQuery};
use http::{HeaderMap, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use crate::{AddressError, HttpsError};

/// Makes requests to one address. Whether `http://` may be used at all is for the configuration to say.
#[derive(Clone)]
pub struct HttpsClient {
    address: Uri,
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
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
        if !matches!(address.scheme_str(), Some("https" | "http")) {
            return Err(AddressError::Scheme);
        }
        let connector =
            HttpsConnectorBuilder::new().with_tls_config(tls(authorities)?).https_or_http().enable_http1().build();
        // Of a handful of requests a minute each has a connection of its own: none can have been closed meanwhile.
        let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector);
        Ok(Self { address, client })
    }

    /// The path and query of the address, for the request that is meant for it.
    pub fn path(&self) -> &str {
        self.address.path_and_query().map_or("/", PathAndQuery::as_str)
    }

    /// Sends one request to the address. The request's URI is a path. Of the body of the answer at most `most` bytes are
    /// read; of 0, none, and the answer is there with its headers.
    ///
    /// # Errors
    /// When the server cannot be reached, breaks off, or answers more.
    pub async fn send(&self, mut request: Request<Full<Bytes>>, most: usize) -> Result<Answer, HttpsError> {
        let mut parts: Parts = self.address.clone().into_parts();
        parts.path_and_query = request.uri().path_and_query().cloned();
        *request.uri_mut() = Uri::from_parts(parts)?;
        let (head, body) = self.client.request(request).await?.into_parts();
        let body = match most {
            0 => Bytes::new(),
            _ => Limited::new(body, most).collect().await.map_err(HttpsError::Body)?.to_bytes(),
        };
        Ok(Answer { status: head.status, headers: head.headers, body })
    }
}

/// Trusts the authorities of the file, or the public ones if there is none.
fn tls(authorities: &Path) -> Result<ClientConfig, AddressError> {
    let mut roots = RootCertStore::empty();
    if authorities.as_os_str().is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    } else {
        let found: Result<Vec<_>, _> = CertificateDer::pem_file_iter(authorities).and_then(Iterator::collect);
        for certificate in found.map_err(|source| AddressError::Read { path: authorities.to_owned(), source })? {
            roots.add(certificate)?;
        }
    }
    Ok(ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}
