//! The authority of development and the demo: it signs the services' certificates and the callers' tokens, so that no
//! check is ever switched off to make things easy. Production uses its own (an OIDC provider; cert-manager or SPIRE).
//!
//! Invariants:
//! - an authority is a folder that is either whole or absent: it is made beside its place and renamed into it, so that
//!   two processes that start at once end up with the same keys;
//! - opening a folder again gives the same keys, so certificates and tokens outlive a restart;
//! - private keys are readable by the owner only and appear in no `Debug` output;
//! - the issuer lies in `.invalid`, a name that no real identity provider can have.
//!
//! Not chosen: a mode without authentication, and self-signed certificates without a CA, since both would need other
//! code in the services than production runs.

mod certificate;
mod folder;
mod token;

use std::{
    io,
    path::{Path, PathBuf},
};

pub use certificate::{SERVICE_CERTIFICATE_DAYS, ServiceIdentity, TRUST_DOMAIN};
pub use token::{AUDIENCE, ISSUER, TokenRequest};

/// A development authority, opened.
pub struct Authority {
    folder: PathBuf,
    ca_pem: String,
    jwks: String,
    certificates: certificate::Issuer,
    tokens: token::Signer,
}

/// Why the authority could not be opened, or did not sign.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// A file could not be read or written.
    #[error("{doing} {} failed", path.display())]
    Io {
        /// What was attempted.
        doing: &'static str,
        /// With which file or folder.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// A key or certificate could not be made, read or used.
    #[error("the certificate authority could not {doing}")]
    Certificate {
        /// What was attempted.
        doing: &'static str,
        /// What the certificate library said.
        #[source]
        source: rcgen::Error,
    },
    /// The token key could not be read or used.
    #[error("the token authority could not {doing}")]
    Token {
        /// What was attempted.
        doing: &'static str,
        /// What the token library said.
        #[source]
        source: jsonwebtoken::errors::Error,
    },
    /// The key set could not be written as JSON.
    #[error("the key set could not be written as JSON")]
    Jwks(#[source] serde_json::Error),
    /// A service's name is part of a URI, a DNS name and a file name, and this one cannot be.
    #[error("a service's name has 1 to 63 lowercase letters, digits and inner hyphens, unlike {name:?}")]
    Name {
        /// The name that was given.
        name: String,
    },
    /// The lifetime of a token is not positive, or ends beyond the calendar.
    #[error("a token's lifetime must be positive and end within the calendar")]
    Lifetime,
}

impl Authority {
    /// Opens the authority in `dir`, or makes one there if the folder is absent or empty.
    ///
    /// The folder is for its owner only (0700) and holds `ca.pem`, `ca.key`, `signing.key` (ES256, PKCS #8) and
    /// `jwks.json` (RFC 7517). Safe to call from several processes at once. Blocks on the file system.
    pub fn open_or_create(dir: &Path) -> Result<Self, AuthorityError> {
        Self::of(dir, folder::open_or_create(dir)?)
    }

    /// Opens an authority that is there.
    ///
    /// # Errors
    /// When the folder does not hold one, or its files cannot be read.
    pub fn open(dir: &Path) -> Result<Self, AuthorityError> {
        Self::of(dir, folder::read(dir)?)
    }

    fn of(dir: &Path, files: folder::Files) -> Result<Self, AuthorityError> {
        Ok(Self {
            folder: dir.to_owned(),
            certificates: certificate::Issuer::open(&files.ca_key)?,
            tokens: token::Signer::open(&files.signing_key)?,
            ca_pem: files.ca_pem,
            jwks: files.jwks,
        })
    }

    /// The certificate of the CA, in PEM: what services and clients trust.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// The file that holds [`Authority::ca_pem`].
    pub fn ca_path(&self) -> PathBuf {
        self.folder.join(folder::CA_CERTIFICATE)
    }

    /// The public keys of the tokens, as a JSON Web Key Set.
    pub fn jwks(&self) -> &str {
        &self.jwks
    }

    /// The file that holds [`Authority::jwks`].
    pub fn jwks_path(&self) -> PathBuf {
        self.folder.join(folder::KEY_SET)
    }

    /// Makes a new key and certificate for a service, as server and as client, valid for
    /// [`SERVICE_CERTIFICATE_DAYS`].
    ///
    /// Names in it: URI `spiffe://harborline/<name>`, DNS `localhost` and `<name>`, IP 127.0.0.1.
    pub fn service_certificate(&self, name: &str) -> Result<ServiceIdentity, AuthorityError> {
        self.certificates.issue(name, chrono::Utc::now())
    }

    /// Makes a new key and certificate for a service and writes them to `<name>.pem` and `<name>.key` (0600) in `dir`,
    /// which is created when absent. Each file is replaced as a whole.
    pub fn write_service_files(&self, name: &str, dir: &Path) -> Result<(), AuthorityError> {
        write_files(&self.service_certificate(name)?, name, dir)
    }

    /// Makes the key that a service signs the record of accesses with, unless `dir` holds it: `<name>.audit.key` (0600),
    /// and `<name>.audit.pub`, which verifies. Both Ed25519 in PEM. A key outlives restarts, for the record does.
    pub fn write_audit_key(&self, name: &str, dir: &Path) -> Result<(), AuthorityError> {
        certificate::check_name(name)?;
        let (private, public) = (dir.join(format!("{name}.audit.key")), dir.join(format!("{name}.audit.pub")));
        let known = folder::read_if_there(&private)?;
        let key = certificate::audit_key(known.as_deref())?;
        folder::create_private(dir)?;
        if known.is_none() {
            folder::replace(&private, &key.serialize_pem(), folder::PRIVATE)?;
        }
        folder::replace(&public, &key.public_key_pem(), folder::PUBLIC)
    }

    /// Makes a new key and certificate for a partner clinic, as client alone, valid for [`SERVICE_CERTIFICATE_DAYS`].
    ///
    /// The only name in it: URI `spiffe://harborline/clinic/<facility id>`. It admits nobody by itself: the clinic's
    /// access token is needed beside it.
    pub fn clinic_certificate(&self, facility: uuid::Uuid) -> Result<ServiceIdentity, AuthorityError> {
        self.certificates.issue_to_clinic(facility, chrono::Utc::now())
    }

    /// Makes a new key and certificate for a partner clinic and writes them to `<facility id>.pem` and
    /// `<facility id>.key` (0600) in `dir`, which is created when absent. Each file is replaced as a whole.
    pub fn write_clinic_files(&self, facility: uuid::Uuid, dir: &Path) -> Result<(), AuthorityError> {
        write_files(&self.clinic_certificate(facility)?, &facility.to_string(), dir)
    }

    /// Signs an access token (RFC 9068, `typ` = `at+jwt`, ES256) for a caller, valid from now on.
    pub fn token(&self, request: &TokenRequest) -> Result<String, AuthorityError> {
        self.tokens.sign(request, chrono::Utc::now())
    }
}

fn write_files(identity: &ServiceIdentity, name: &str, dir: &Path) -> Result<(), AuthorityError> {
    folder::create_private(dir)?;
    folder::replace(&dir.join(format!("{name}.key")), &identity.key_pem, folder::PRIVATE)?;
    folder::replace(&dir.join(format!("{name}.pem")), &identity.cert_pem, folder::PUBLIC)
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Authority").field("folder", &self.folder).finish_non_exhaustive()
    }
}
