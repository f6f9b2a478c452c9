//! `[identity]`: who may call, and who this service is.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use super::Environment;
use crate::problems::{Problems, Validate};

/// Who may call, and who this service is. None of it can be left empty to skip a check.
#[derive(Debug, Clone, Deserialize)]
pub struct IdentitySettings {
    /// The issuer that access tokens must name, exactly.
    pub issuer: String,
    /// The audience that access tokens must name, exactly.
    pub audience: String,
    /// The issuer's public keys, a JWKS file. Empty when they are fetched.
    pub jwks_file: PathBuf,
    /// The issuer's public keys, the address of its JWKS. None when they are in a file.
    #[serde(deserialize_with = "super::empty_is_none")]
    pub jwks_url: Option<String>,
    /// The authorities that the provider's certificate is checked with, PEM. Empty: the public ones.
    pub jwks_ca_file: PathBuf,
    /// Seconds between two fetches of the keys.
    pub jwks_refresh_seconds: u32,
    /// Where the fetched keys are kept for a start without the provider. Empty: nowhere.
    pub jwks_cache_file: PathBuf,
    /// Hours after which kept keys count no more.
    pub jwks_cache_hours: u32,
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
        file("identity.tls_ca_file", &self.tls_ca_file, "the path of a PEM file (required)");
        file("identity.tls_cert_file", &self.tls_cert_file, "the path of a PEM file (required)");
        file("identity.tls_key_file", &self.tls_key_file, "the path of a PEM file (required)");
        let has_file = !self.jwks_file.as_os_str().is_empty();
        let exactly_one = "the path of a JWKS file, unless identity.jwks_url is set: exactly one of the two";
        problems.check("identity.jwks_file", has_file != self.jwks_url.is_some(), exactly_one);
        let seconds = self.jwks_refresh_seconds;
        problems.check("identity.jwks_refresh_seconds", (1..=3600).contains(&seconds), "between 1 and 3600 seconds");
        let has_cache = !self.jwks_cache_file.as_os_str().is_empty();
        let fetched_only = "empty, unless identity.jwks_url is set: keys of a file need no keeping";
        problems.check("identity.jwks_cache_file", !has_cache || self.jwks_url.is_some(), fetched_only);
        let hours = self.jwks_cache_hours;
        problems.check("identity.jwks_cache_hours", (1..=168).contains(&hours), "between 1 and 168 hours");
        problems.check("identity.issuer", !self.issuer.trim().is_empty(), "the token issuer (required)");
        problems.check("identity.audience", !self.audience.trim().is_empty(), "the token audience (required)");
    }
}

impl IdentitySettings {
    /// The time between two fetches of the keys.
    pub fn jwks_refresh(&self) -> Duration {
        Duration::from_secs(self.jwks_refresh_seconds.into())
    }

    /// The age up to which kept keys count.
    pub fn jwks_cache_age(&self) -> Duration {
        Duration::from_secs(u64::from(self.jwks_cache_hours) * 3600)
    }

    /// Keys fetched without TLS could be anybody's: outside of development that is refused.
    pub(super) fn validate_for(&self, environment: Environment, problems: &mut Problems) {
        let Some(url) = &self.jwks_url else { return };
        let may_be_plain = environment == Environment::Development;
        let is_allowed = url.starts_with("https://") || (may_be_plain && url.starts_with("http://"));
        let has_host = url.split_once("://").is_some_and(|(_, rest)| !rest.is_empty() && !rest.starts_with('/'));
        let allowed = "https://host[:port]/path (http:// in development alone)";
        problems.check("identity.jwks_url", is_allowed && has_host, allowed);
    }
}
