//! `[keys]`: who holds the keys that health information is sealed with.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::{Environment, is_origin};
use crate::problems::{Problems, Validate};

/// What keeps the programs' key-encryption keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyProviderKind {
    /// A directory of files.
    Files,
    /// A transit engine of OpenBao or Vault.
    Transit,
}

/// Who holds the keys that health information is sealed with.
#[derive(Debug, Clone, Deserialize)]
pub struct KeySettings {
    /// What keeps the programs' key-encryption keys.
    pub provider: KeyProviderKind,
    /// The directory of `files`.
    pub directory: PathBuf,
    /// The address of `transit`.
    pub transit_url: String,
    /// The path that its engine is mounted at.
    pub transit_mount: String,
    /// A file with the token it is called with.
    pub transit_token_file: PathBuf,
    /// The authorities that its certificate is checked with, PEM. Empty: the public ones.
    pub transit_ca_file: PathBuf,
    /// Milliseconds that one request to it may take.
    pub transit_timeout_ms: u64,
    /// Seconds between two looks whether the keys have changed.
    pub refresh_seconds: u64,
}

impl KeySettings {
    /// The longest that one request to the transit engine may take.
    pub fn transit_timeout(&self) -> Duration {
        Duration::from_millis(self.transit_timeout_ms)
    }

    /// The time between two looks whether the keys have changed.
    pub fn refresh(&self) -> Duration {
        Duration::from_secs(self.refresh_seconds)
    }

    /// Keys that travel without TLS could be read by anybody on the way: outside of development that is refused.
    pub(super) fn validate_for(&self, environment: Environment, problems: &mut Problems) {
        if self.provider != KeyProviderKind::Transit {
            return;
        }
        let schemes: &[&str] = match environment {
            Environment::Development => &["https", "http"],
            Environment::Production => &["https"],
        };
        let allowed = "https://host[:port] (http:// in development alone), since keys.provider is \"transit\"";
        problems.check("keys.transit_url", is_origin(&self.transit_url, schemes, false), allowed);
    }
}

impl Validate for KeySettings {
    fn validate(&self, problems: &mut Problems) {
        if self.provider == KeyProviderKind::Files {
            problems.check("keys.directory", !self.directory.as_os_str().is_empty(), "the path of a directory");
        } else {
            let has_token = !self.transit_token_file.as_os_str().is_empty();
            problems.check("keys.transit_token_file", has_token, "the path of a file with a token");
            let is_plain = |one: char| one.is_ascii_alphanumeric() || "-_./".contains(one);
            let mount = !self.transit_mount.is_empty() && self.transit_mount.chars().all(is_plain);
            problems.check("keys.transit_mount", mount, "a path such as transit");
        }
        let timeout = (1..=60_000).contains(&self.transit_timeout_ms);
        problems.check("keys.transit_timeout_ms", timeout, "between 1 and 60000 milliseconds");
        problems.check(
            "keys.refresh_seconds",
            (1..=3600).contains(&self.refresh_seconds),
            "between 1 and 3600 seconds",
        );
    }
}
