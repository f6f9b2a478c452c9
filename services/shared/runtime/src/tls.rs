//! Mutual TLS between services.
//!
//! Both ends hold a certificate of the mesh's authority and demand one of the other. Files are read again when the
//! certificate changes, so that a renewed one is used from the next connection on without a restart.
//!
//! # Not chosen
//! tonic's TLS settings: they neither reload nor let us look at the peer's name before the first call.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use harborline_config::IdentitySettings;
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::crypto::provider;

/// The certificates of the mesh cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read, or is not PEM.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: rustls_pki_types::pem::Error,
    },
    /// Certificates and key do not fit.
    #[error("the certificates of the mesh are unusable")]
    Unusable(#[from] rustls::Error),
    /// The authorities cannot verify clients.
    #[error("the authorities of the mesh are unusable")]
    Verifier(#[from] rustls::server::VerifierBuilderError),
}

/// The server's side. Clones share what was loaded.
#[derive(Clone)]
pub struct ServerTls(Arc<Reloading<ServerConfig>>);

/// The client's side. Clones share what was loaded.
#[derive(Clone)]
pub struct ClientTls(Arc<Reloading<ClientConfig>>);

impl ServerTls {
    /// Loads authorities, certificate and key.
    ///
    /// # Errors
    /// When a file cannot be read or does not fit the others.
    pub fn load(settings: &IdentitySettings) -> Result<Self, TlsError> {
        Ok(Self(Arc::new(Reloading::load(settings, server_config)?)))
    }

    pub(crate) fn current(&self) -> Arc<ServerConfig> {
        self.0.current()
    }
}

impl ClientTls {
    /// Loads authorities, certificate and key.
    ///
    /// # Errors
    /// When a file cannot be read or does not fit the others.
    pub fn load(settings: &IdentitySettings) -> Result<Self, TlsError> {
        Ok(Self(Arc::new(Reloading::load(settings, client_config)?)))
    }

    pub(crate) fn current(&self) -> Arc<ClientConfig> {
        self.0.current()
    }
}

type Build<T> = fn(&IdentitySettings) -> Result<T, TlsError>;

struct Reloading<T> {
    settings: IdentitySettings,
    build: Build<T>,
    loaded: Mutex<Loaded<T>>,
}

struct Loaded<T> {
    modified: Option<SystemTime>,
    config: Arc<T>,
}

impl<T> Reloading<T> {
    fn load(settings: &IdentitySettings, build: Build<T>) -> Result<Self, TlsError> {
        let modified = modified_at(&settings.tls_cert_file);
        let config = Arc::new(build(settings)?);
        Ok(Self { settings: settings.clone(), build, loaded: Mutex::new(Loaded { modified, config }) })
    }

    fn current(&self) -> Arc<T> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        let modified = modified_at(&self.settings.tls_cert_file);
        if modified != loaded.modified {
            match (self.build)(&self.settings) {
                Ok(config) => *loaded = Loaded { modified, config: Arc::new(config) },
                // Perhaps the certificate is there and its key not yet: the next connection looks again.
                Err(error) => tracing::warn!(%error, "the certificate has changed; the former one stays in use"),
            }
        }
        Arc::clone(&loaded.config)
    }
}

fn server_config(settings: &IdentitySettings) -> Result<ServerConfig, TlsError> {
    let roots = Arc::new(authorities(settings)?);
    let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider()).build()?;
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain(settings)?, key(settings)?)?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}

fn client_config(settings: &IdentitySettings) -> Result<ClientConfig, TlsError> {
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(authorities(settings)?)
        .with_client_auth_cert(chain(settings)?, key(settings)?)?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}

fn authorities(settings: &IdentitySettings) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(&settings.tls_ca_file)? {
        roots.add(certificate)?;
    }
    Ok(roots)
}

fn chain(settings: &IdentitySettings) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    certificates(&settings.tls_cert_file)
}

pub(crate) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    found.map_err(|source| TlsError::Read { path: path.to_owned(), source })
}

fn key(settings: &IdentitySettings) -> Result<PrivateKeyDer<'static>, TlsError> {
    let path = &settings.tls_key_file;
    PrivateKeyDer::from_pem_file(path).map_err(|source| TlsError::Read { path: path.clone(), source })
}

fn modified_at(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|file| file.modified()).ok()
}
