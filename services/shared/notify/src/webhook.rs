//! Pages as signed posts to one address.

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use harborline_https::{Answer, HttpsClient, HttpsError};
use http::header::{CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, Request};
use http_body_util::Full;
use secrecy::ExposeSecret;
use tokio::time::timeout;
use uuid::Uuid;

use crate::error::Why;
use crate::secrets::Secrets;
use crate::signature::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, signature};
use crate::{Notice, Notifier, NotifierError, NotifyError, NotifySettings, Page};

/// The longest that a receiver may ask to be left alone: somebody waits.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60);

/// Posts pages and notices to the address that is configured.
pub struct Webhook {
    client: HttpsClient,
    secrets: Secrets,
    time_limit: Duration,
}

impl Webhook {
    /// A webhook as configured.
    ///
    /// # Errors
    /// When the address, its authorities or the secrets cannot be used.
    pub fn new(settings: &NotifySettings) -> Result<Self, NotifierError> {
        let client = HttpsClient::new(settings.webhook_url.expose_secret(), &settings.webhook_ca_file)?;
        let secrets = Secrets::open(&settings.webhook_secret_file)?;
        Ok(Self { client, secrets, time_limit: settings.webhook_timeout() })
    }

    async fn post(&self, id: Uuid, document: serde_json::Result<Bytes>) -> Result<(), NotifyError> {
        let unwritable = NotifyError::Lasting(Why::Unwritable);
        let body = document.map_err(|_| unwritable)?;
        let (id, seconds) = (id.to_string(), Utc::now().timestamp());
        let request = Request::post(self.client.path())
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, concat!("harborline/", env!("CARGO_PKG_VERSION")))
            .header(HEADER_WEBHOOK_ID, &id)
            .header(HEADER_WEBHOOK_TIMESTAMP, seconds)
            .header(HEADER_WEBHOOK_SIGNATURE, signature(&self.secrets.current().await, &id, seconds, &body))
            .body(Full::new(body))
            .map_err(|_| unwritable)?;
        match timeout(self.time_limit, self.client.send(request, 0)).await {
            Ok(answered) => judge(answered),
            Err(_) => Err(NotifyError::Passing { why: Why::Slow, retry_after: None }),
        }
    }
}

impl Notifier for Webhook {
    fn page<'a>(&'a self, page: &'a Page) -> BoxFuture<'a, Result<(), NotifyError>> {
        Box::pin(self.post(page.id, page.document()))
    }

    fn notice<'a>(&'a self, notice: &'a Notice) -> BoxFuture<'a, Result<(), NotifyError>> {
        Box::pin(self.post(notice.id, notice.document()))
    }
}

/// 2xx is done. Too many, too early, and the faults of a server pass. Anything else is the fault of somebody's settings,
/// a redirect among it.
fn judge(answered: Result<Answer, HttpsError>) -> Result<(), NotifyError> {
    let Ok(answer) = answered else {
        return Err(NotifyError::Passing { why: Why::Away, retry_after: None });
    };
    let why = Why::Status(answer.status.as_u16());
    match answer.status.as_u16() {
        200..=299 => Ok(()),
        408 | 425 | 429 | 500..=599 => {
            Err(NotifyError::Passing { why, retry_after: retry_after(&answer.headers, Utc::now()) })
        }
        _ => Err(NotifyError::Lasting(why)),
    }
}

/// How long the receiver asks to be left alone: seconds, or until an instant. At most [`LONGEST_RETRY_AFTER`].
fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let asked = match value.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => (DateTime::parse_from_rfc2822(value).ok()?.to_utc() - now).to_std().unwrap_or_default(),
    };
    Some(asked.min(LONGEST_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn asked(value: &str) -> Option<u64> {
        let now = DateTime::parse_from_rfc3339("2026-11-01T00:00:00Z").unwrap().to_utc();
        let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_str(value).unwrap())]);
        retry_after(&headers, now).map(|asked| asked.as_secs())
    }

    #[test]
    fn a_receiver_may_ask_for_a_pause_but_not_for_a_long_one() {
        assert_eq!(asked("7"), Some(7));
        assert_eq!(asked("Sun, 01 Nov 2026 00:00:09 GMT"), Some(9));
        assert_eq!(asked("Sat, 31 Oct 2026 00:00:00 GMT"), Some(0));
        assert_eq!(asked("86400"), Some(60));
        assert_eq!(asked("soon"), None);
        assert_eq!(retry_after(&HeaderMap::new(), Utc::now()), None);
    }
}
