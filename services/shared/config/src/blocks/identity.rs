//! `[identity]`: who may call, and who this service is.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::problems::{Problems, Validate};

/// Who may call, and who this service is. Every field is required; none can be left empty to skip a check.
#[derive(Debug, Clone, Deserialize)]
pub struct IdentitySettings {
    /// The issuer that access tokens must name, exactly.
    pub issuer: String,
    /// The audience that access tokens must name, exactly.
    pub audience: String,
    /// The issuer's public keys, a JWKS file.
    pub jwks_file: PathBuf,
    /// The authorities of the mesh, PEM.
    pub tls_ca_file: PathBuf,
    /// This service's certificate chain, PEM.
    pub tls_cert_file: PathBuf,
    /// The private key of that certificate, PEM.
    pub tls_key_file: PathBuf,
}

impl Validate for IdentitySettings {
    /// Does not look whether the files exist: a configuration is also checked where it is not deployed.
    fn validate(&self, problems: &mut Problems) {
        let mut file = |key: &str, path: &Path, what: &str| {
            problems.check(key, !path.as_os_str().is_empty(), what);
        };
        file("identity.jwks_file", &self.jwks_file, "the path of a JWKS file (required)");
        file("identity.tls_ca_file", &self.tls_ca_file, "the path of a PEM file (required)");
        file("identity.tls_cert_file", &self.tls_cert_file, "the path of a PEM file (required)");
        file("identity.tls_key_file", &self.tls_key_file, "the path of a PEM file (required)");
        problems.check("identity.issuer", !self.issuer.trim().is_empty(), "the token issuer (required)");
        problems.check("identity.audience", !self.audience.trim().is_empty(), "the token audience (required)");
    }
}
