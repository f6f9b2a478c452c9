//! Key-encryption keys in a transit engine of OpenBao or Vault: the key never leaves it.
//!
//! A program's key is `harborline-<program>`, made at its first use. Destroying it leaves a key
//! `harborline-<program>-destroyed`, which wraps nothing: so the program never gets another, and a key that is missing
//! is told from one that was destroyed.
//!
//! What its token must be allowed stands in `deploy/openbao`: the services can neither rotate nor destroy a key.

mod http;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures::future::BoxFuture;
use harborline_config::KeySettings;
use harborline_types::ProgramId;
use serde::Deserialize;
use serde_json::json;
use zeroize::Zeroizing;

pub use http::TransitError;

use crate::{DataKey, KeyProvider, ProviderError, Wrapped};
use http::{Answer, Client};

/// A transit engine.
pub struct Transit {
    client: Client,
    mount: String,
}

#[derive(Deserialize)]
struct Data<T> {
    data: T,
}

#[derive(Deserialize)]
struct Ciphertext {
    ciphertext: String,
}

#[derive(Deserialize)]
struct Plaintext {
    plaintext: Zeroizing<String>,
}

#[derive(Deserialize)]
struct Key {
    latest_version: u32,
}

impl Transit {
    /// A transit engine as the settings name it. It is not called yet.
    ///
    /// # Errors
    /// When its address is none, or the file with its authorities cannot be used.
    pub fn new(settings: &KeySettings) -> Result<Self, TransitError> {
        Ok(Self { client: Client::new(settings)?, mount: settings.transit_mount.clone() })
    }

    fn path(&self, act: &str, program: ProgramId) -> String {
        format!("{}/{act}/harborline-{program}", self.mount)
    }

    fn tombstone(&self, program: ProgramId) -> String {
        format!("{}-destroyed", self.path("keys", program))
    }

    /// The newest version of the program's key; none when there is no key.
    async fn newest(&self, program: ProgramId) -> Result<Option<u32>, ProviderError> {
        match self.client.get(&self.path("keys", program)).await? {
            Answer::Done(body) => Ok(Some(read::<Data<Key>>(&body)?.data.latest_version)),
            Answer::Missing | Answer::Refused => Ok(None),
        }
    }

    /// What a missing key means.
    async fn missing(&self, program: ProgramId) -> ProviderError {
        match self.client.get(&self.tombstone(program)).await {
            Ok(Answer::Done(_)) => ProviderError::Destroyed,
            Ok(Answer::Missing | Answer::Refused) => ProviderError::Unknown,
            Err(error) => error,
        }
    }

    /// Makes the program's key, unless it was destroyed. Making one that is there changes nothing.
    async fn create(&self, program: ProgramId) -> Result<(), ProviderError> {
        match self.missing(program).await {
            ProviderError::Unknown => {}
            error => return Err(error),
        }
        let made = self.client.post(&self.path("keys", program), &json!({ "type": "aes256-gcm96" })).await?;
        done(made).map(drop)
    }

    async fn wrap_now(&self, program: ProgramId, key: &DataKey) -> Result<Wrapped, ProviderError> {
        if self.newest(program).await?.is_none() {
            self.create(program).await?;
        }
        let plaintext = Zeroizing::new(BASE64_STANDARD.encode(key.bytes()));
        let body = json!({ "plaintext": plaintext.as_str() });
        wrapped(&done(self.client.post(&self.path("encrypt", program), &body).await?)?)
    }

    async fn unwrap_now(&self, program: ProgramId, sealed: &Wrapped) -> Result<DataKey, ProviderError> {
        let ciphertext = std::str::from_utf8(&sealed.bytes).map_err(|_| ProviderError::Unknown)?;
        let sent = json!({ "ciphertext": ciphertext });
        let answer = self.client.post(&self.path("decrypt", program), &sent).await?;
        let body = self.expect(program, answer).await?;
        let plaintext = read::<Data<Plaintext>>(&body)?.data.plaintext;
        let key = Zeroizing::new(BASE64_STANDARD.decode(plaintext.as_bytes()).map_err(|_| ProviderError::Unknown)?);
        DataKey::of_bytes(&key).map_err(|_| ProviderError::Unknown)
    }

    async fn rewrap_now(&self, program: ProgramId, sealed: &Wrapped) -> Result<Wrapped, ProviderError> {
        let ciphertext = std::str::from_utf8(&sealed.bytes).map_err(|_| ProviderError::Unknown)?;
        let sent = json!({ "ciphertext": ciphertext });
        let answer = self.client.post(&self.path("rewrap", program), &sent).await?;
        wrapped(&self.expect(program, answer).await?)
    }

    async fn rotate_now(&self, program: ProgramId) -> Result<u32, ProviderError> {
        if self.newest(program).await?.is_none() {
            self.create(program).await?;
        }
        let path = format!("{}/rotate", self.path("keys", program));
        done(self.client.post(&path, &json!({})).await?)?;
        self.newest(program).await?.ok_or(ProviderError::Unknown)
    }

    /// The tombstone before the key goes: whatever happens in between, no new key takes its place. Before that it is
    /// asked whether we may, so that who may not leaves no tombstone.
    async fn destroy_now(&self, program: ProgramId) -> Result<(), ProviderError> {
        let path = self.path("keys", program);
        let is_there = self.newest(program).await?.is_some();
        if is_there {
            done(self.client.post(&format!("{path}/config"), &json!({ "deletion_allowed": true })).await?)?;
        }
        done(self.client.post(&self.tombstone(program), &json!({ "type": "aes256-gcm96" })).await?)?;
        if is_there {
            done(self.client.delete(&path).await?)?;
        }
        Ok(())
    }

    /// An answer about something that a key of the program has wrapped.
    async fn expect(&self, program: ProgramId, answer: Answer) -> Result<bytes::Bytes, ProviderError> {
        match answer {
            Answer::Done(body) => Ok(body),
            Answer::Missing => Err(self.missing(program).await),
            // No such key is refused like a ciphertext that is none.
            Answer::Refused => match self.newest(program).await? {
                Some(_) => Err(ProviderError::Unknown),
                None => Err(self.missing(program).await),
            },
        }
    }
}

fn done(answer: Answer) -> Result<bytes::Bytes, ProviderError> {
    match answer {
        Answer::Done(body) => Ok(body),
        Answer::Missing => Err(ProviderError::Unknown),
        Answer::Refused => Err(ProviderError::unavailable("the transit engine refuses the request")),
    }
}

fn read<T: for<'a> Deserialize<'a>>(body: &[u8]) -> Result<T, ProviderError> {
    serde_json::from_slice(body).map_err(|_| ProviderError::unavailable("the transit engine answers something else"))
}

/// `vault:v3:…` names the version that has wrapped it.
fn wrapped(body: &[u8]) -> Result<Wrapped, ProviderError> {
    let ciphertext = read::<Data<Ciphertext>>(body)?.data.ciphertext;
    let version = ciphertext.split(':').nth(1).unwrap_or_default();
    Ok(Wrapped { key: format!("transit:{version}"), bytes: ciphertext.into_bytes() })
}

impl KeyProvider for Transit {
    fn wrap<'a>(&'a self, program: ProgramId, key: &'a DataKey) -> BoxFuture<'a, Result<Wrapped, ProviderError>> {
        Box::pin(self.wrap_now(program, key))
    }

    fn unwrap<'a>(&'a self, program: ProgramId, wrapped: &'a Wrapped) -> BoxFuture<'a, Result<DataKey, ProviderError>> {
        Box::pin(self.unwrap_now(program, wrapped))
    }

    fn rewrap<'a>(&'a self, program: ProgramId, wrapped: &'a Wrapped) -> BoxFuture<'a, Result<Wrapped, ProviderError>> {
        Box::pin(self.rewrap_now(program, wrapped))
    }

    fn rotate(&self, program: ProgramId) -> BoxFuture<'_, Result<u32, ProviderError>> {
        Box::pin(self.rotate_now(program))
    }

    fn destroy(&self, program: ProgramId) -> BoxFuture<'_, Result<(), ProviderError>> {
        Box::pin(self.destroy_now(program))
    }

    fn version(&self, program: ProgramId) -> BoxFuture<'_, Result<u32, ProviderError>> {
        Box::pin(async move {
            match self.newest(program).await? {
                Some(version) => Ok(version),
                None => match self.missing(program).await {
                    ProviderError::Unknown => Ok(0),
                    error => Err(error),
                },
            }
        })
    }

    fn ready(&self) -> BoxFuture<'_, Result<(), ProviderError>> {
        Box::pin(async move { done(self.client.get("auth/token/lookup-self").await?).map(drop) })
    }
}
