//! Why an address cannot be used, and why an answer did not come.

use std::path::PathBuf;

/// The address, or its authorities, cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// It is none.
    #[error("the address is none")]
    Address(#[source] http::uri::InvalidUri),
    /// It names no host.
    #[error("the address has no host")]
    Host,
    /// It is neither `https://` nor `http://`.
    #[error("the address begins neither with https:// nor with http://")]
    Scheme,
    /// The file with the authorities cannot be read, or is not PEM.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: rustls_pki_types::pem::Error,
    },
    /// The authorities cannot be used.
    #[error("the authorities are unusable")]
    Authorities(#[from] rustls::Error),
}

/// A request was not answered.
#[derive(Debug, thiserror::Error)]
pub enum HttpsError {
    /// The URI of the request is no path.
    #[error("the request has no path")]
    Path(#[from] http::uri::InvalidUriParts),
    /// The server cannot be reached, its certificate is not believed, or it does not speak HTTP.
    #[error("the server cannot be reached")]
    Unanswered(#[from] hyper_util::client::legacy::Error),
    /// The body of the answer broke off or is too large.
    #[error("the answer broke off or is too large")]
    Body(#[source] Box<dyn std::error::Error + Send + Sync>),
}
