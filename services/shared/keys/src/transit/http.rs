//! The few requests that a transit engine is asked.
//!
//! A connection a request: keys are asked for in the background, a handful a minute. No redirect is followed, nothing
//! is retried here, and nothing that was sent or answered is part of an error.

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use harborline_config::KeySettings;
use harborline_https::{AddressError, HttpsClient};
use http::header::CONTENT_TYPE;
use http::{Method, Request, StatusCode};
use http_body_util::Full;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::ProviderError;

/// The largest answer that is read, in bytes.
const SIZE_LIMIT: usize = 64 * 1024;

/// The transit engine cannot be called as configured.
#[derive(Debug, thiserror::Error)]
#[error("the transit engine cannot be called as configured")]
pub struct TransitError(#[from] AddressError);

/// What it answers.
pub(super) enum Answer {
    Done(Bytes),
    /// 404: no such key.
    Missing,
    /// 400: not with this.
    Refused,
}

#[derive(Deserialize)]
struct Errors {
    #[serde(default)]
    errors: Vec<String>,
}

pub(super) struct Client {
    client: HttpsClient,
    token_file: PathBuf,
    time_limit: Duration,
}

impl Client {
    pub(super) fn new(settings: &KeySettings) -> Result<Self, TransitError> {
        let client = HttpsClient::new(&settings.transit_url, &settings.transit_ca_file)?;
        let token_file = settings.transit_token_file.clone();
        Ok(Self { client, token_file, time_limit: settings.transit_timeout() })
    }

    pub(super) async fn get(&self, path: &str) -> Result<Answer, ProviderError> {
        self.send(Method::GET, path, Bytes::new()).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Answer, ProviderError> {
        self.send(Method::POST, path, body.to_string().into()).await
    }

    pub(super) async fn delete(&self, path: &str) -> Result<Answer, ProviderError> {
        self.send(Method::DELETE, path, Bytes::new()).await
    }

    async fn send(&self, method: Method, path: &str, body: Bytes) -> Result<Answer, ProviderError> {
        // Read each time: the agent that renews the token writes the file again.
        let token = tokio::fs::read_to_string(&self.token_file).await.map(Zeroizing::new);
        let token = token.map_err(|_| ProviderError::unavailable("the token file cannot be read"))?;
        let request = Request::builder()
            .method(method)
            .uri(format!("/v1/{path}"))
            .header(CONTENT_TYPE, "application/json")
            .header("x-vault-token", token.trim())
            .header("x-vault-request", "true")
            .body(Full::new(body))
            .map_err(|_| ProviderError::unavailable("the request cannot be written"))?;
        let late = |_| ProviderError::unavailable("the transit engine took too long");
        let answered = timeout(self.time_limit, self.client.send(request, SIZE_LIMIT)).await.map_err(late)?;
        let answer = answered.map_err(|_| ProviderError::unavailable("the transit engine cannot be reached"))?;
        judge(answer.status, answer.body)
    }
}

fn judge(status: StatusCode, body: Bytes) -> Result<Answer, ProviderError> {
    match status {
        StatusCode::OK | StatusCode::NO_CONTENT => Ok(Answer::Done(body)),
        // With a text it is the engine that is missing, not the key.
        StatusCode::NOT_FOUND if serde_json::from_slice(&body).is_ok_and(|it: Errors| it.errors.is_empty()) => {
            Ok(Answer::Missing)
        }
        StatusCode::BAD_REQUEST => Ok(Answer::Refused),
        status => Err(ProviderError::unavailable(format!("the transit engine answers {}", status.as_u16()))),
    }
}
