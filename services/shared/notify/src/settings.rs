//! `[notify]`: how people are reached who are not at a screen.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use harborline_config::{Problems, Validate};
use http::Uri;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// The documented defaults of the block, to be laid under a service's own.
pub const DEFAULTS: &str = include_str!("../defaults/notify.toml");

/// How people are reached.
#[derive(Clone, Debug, Deserialize)]
pub struct NotifySettings {
    /// The webhook that pages are posted to; empty when nobody is paged. Debug does not show it.
    pub webhook_url: SecretString,
    /// The file with the secret that pages are signed with, or two.
    pub webhook_secret_file: PathBuf,
    /// The authorities that the receiver's certificate is checked with, PEM. Empty: the public ones.
    pub webhook_ca_file: PathBuf,
    /// Milliseconds that the receiver may take.
    pub webhook_timeout_ms: u64,
    /// Milliseconds after a page until the next one follows, unless it was acknowledged.
    pub page_again_after_ms: u64,
}

impl NotifySettings {
    /// Whether anybody is paged at all.
    pub fn is_configured(&self) -> bool {
        !self.webhook_url.expose_secret().is_empty()
    }

    /// The time that the receiver may take.
    pub fn webhook_timeout(&self) -> Duration {
        Duration::from_millis(self.webhook_timeout_ms)
    }

    /// The time after a page until the next one follows.
    pub fn page_again_after(&self) -> Duration {
        Duration::from_millis(self.page_again_after_ms)
    }
}

impl Validate for NotifySettings {
    /// Does not look whether the files exist: a configuration is also checked where it is not deployed.
    fn validate(&self, problems: &mut Problems) {
        let millis = (100..=30_000).contains(&self.webhook_timeout_ms);
        problems.check("notify.webhook_timeout_ms", millis, "between 100 and 30000 milliseconds");
        let again = (1..=3_600_000).contains(&self.page_again_after_ms);
        problems.check("notify.page_again_after_ms", again, "between 1 and 3600000 milliseconds");
        if self.is_configured() {
            let allowed = "https://host[:port]/path without a user (http:// to this machine itself alone)";
            problems.check("notify.webhook_url", is_allowed(self.webhook_url.expose_secret()), allowed);
            let has_secret = !self.webhook_secret_file.as_os_str().is_empty();
            problems.check("notify.webhook_secret_file", has_secret, "the path of a file (required with webhook_url)");
        }
    }
}

/// Whether pages may go there: what is not encrypted never leaves the machine.
fn is_allowed(url: &str) -> bool {
    let Ok(url) = url.parse::<Uri>() else { return false };
    let Some(authority) = url.authority() else { return false };
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    let is_here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    let scheme = match url.scheme_str() {
        Some("https") => true,
        Some("http") => is_here,
        _ => false,
    };
    scheme && !host.is_empty() && !authority.as_str().contains('@')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_leave_the_machine_over_tls_alone() {
        let allowed = ["https://pages.example.org/line", "https://[2001:db8::1]:8443/", "http://localhost:1/a?b"];
        let here = ["http://127.0.0.1:9000/", "http://[::1]/"];
        for url in allowed.into_iter().chain(here) {
            assert!(is_allowed(url), "{url}");
        }
        let refused = ["http://pages.example.org/", "http://localhost.example.org/", "https://me:secret@example.org/"];
        for url in refused.into_iter().chain([
            "ftp://example.org/",
            "pages.example.org",
            "/line",
            "https://",
            "http://10.0.0.1/",
        ]) {
            assert!(!is_allowed(url), "{url}");
        }
    }
}
