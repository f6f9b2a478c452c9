//! Access tokens: who holds one, and for which program.
//!
//! # Invariants
//! - A token counts only when a known ES256 or EdDSA key signed it, its type is `at+jwt`, issuer and audience are ours,
//!   and now lies within its time, give or take [`SKEW_SECONDS`].
//! - The algorithm is the key's, never the token's choice; a token that brings a key, or says where to get one, is
//!   refused.
//! - A refusal says nothing about why: an attacker who guesses tokens learns nothing. The reason is logged at debug level.
//!
//! # Not chosen
//! Asking the provider about each token (introspection): a call must be answered while the provider is down.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use harborline_status::{Reason, ServiceError};
use harborline_types::{FacilityId, ParticipantId, PersonId, ProgramId};
use jsonwebtoken::{Header, Validation, decode, decode_header};
use serde::Deserialize;
use uuid::Uuid;

use crate::keys::{FedKeys, FileKeys, Found, Keys};
use crate::{IdentityError, KeyFeed, PersonCaller};

/// How far the clocks of issuer and service may differ.
const SKEW_SECONDS: u64 = 30;

/// The longest token that is looked at, in bytes.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// The types of an access token (RFC 9068, section 4).
const TOKEN_TYPES: [&str; 2] = ["at+jwt", "application/at+jwt"];

/// When a caller should try again who came before the first keys did.
const RETRY: Duration = Duration::from_secs(2);

/// Verifies access tokens. Clones share their keys.
#[derive(Clone)]
pub struct TokenVerifier {
    shared: Arc<Shared>,
}

struct Shared {
    issuer: String,
    audience: String,
    keys: Keys,
}

/// Why a token does not count.
enum Fault {
    Invalid(&'static str),
    NoKeysYet,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    program: Uuid,
    #[serde(default)]
    roles: Vec<String>,
    clinic: Option<Uuid>,
    participant: Option<Uuid>,
    credential: Option<String>,
    name: Option<String>,
}

impl TokenVerifier {
    /// A verifier for tokens of `issuer` for `audience`, signed by a key of the JWKS file at `path`. The file is read
    /// again when it has changed.
    ///
    /// # Errors
    /// When the file cannot be read, is no key set, or holds no key that may sign tokens.
    pub fn from_jwks_file(
        path: impl AsRef<Path>,
        issuer: impl Into<String>,
        audience: impl Into<String>,
    ) -> Result<Self, IdentityError> {
        Ok(Self::new(Keys::File(FileKeys::open(path.as_ref())?), issuer.into(), audience.into()))
    }

    /// A verifier for tokens of `issuer` for `audience`, signed by a key that comes in through the feed.
    pub fn fed(issuer: impl Into<String>, audience: impl Into<String>) -> (Self, KeyFeed) {
        let keys = Arc::<FedKeys>::default();
        let feed = KeyFeed::to(&keys);
        (Self::new(Keys::Fed(keys), issuer.into(), audience.into()), feed)
    }

    fn new(keys: Keys, issuer: String, audience: String) -> Self {
        Self { shared: Arc::new(Shared { issuer, audience, keys }) }
    }

    /// Who holds the token, and for which program. Waits for newer keys, at most a second, when the token names a key
    /// that is not known.
    ///
    /// # Errors
    /// `CREDENTIAL_INVALID` when the token does not verify. `TEMPORARILY_UNAVAILABLE` when no keys were ever fetched, so
    /// that nothing can be said.
    pub async fn verify(&self, token: &str) -> Result<(PersonCaller, ProgramId), ServiceError> {
        self.shared.verify(token).await.map_err(|fault| match fault {
            Fault::Invalid(why) => {
                tracing::debug!(fault = why, "access token refused");
                ServiceError::new(Reason::CredentialInvalid, "the access token does not verify")
            }
            Fault::NoKeysYet => {
                let message = "the issuer's keys have not been fetched yet";
                ServiceError::new(Reason::TemporarilyUnavailable, message).retry_after(RETRY)
            }
        })
    }
}

impl Shared {
    async fn verify(&self, token: &str) -> Result<(PersonCaller, ProgramId), Fault> {
        let id = key_id(token).map_err(Fault::Invalid)?;
        let key = match self.keys.find(&id).await {
            Found::Key(key) => key,
            Found::Unknown => return Err(Fault::Invalid("unknown key")),
            Found::NoKeysYet => return Err(Fault::NoKeysYet),
        };
        let mut validation = Validation::new(key.algorithm);
        validation.leeway = SKEW_SECONDS;
        validation.validate_nbf = true;
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        let claims = decode::<Claims>(token, &key.key, &validation);
        let claims = claims.map_err(|_| Fault::Invalid("does not verify"))?.claims;
        claims.person().ok_or(Fault::Invalid("no usable subject"))
    }
}

/// The id of the key that the token names, if all that can be seen without a key is in order.
fn key_id(token: &str) -> Result<String, &'static str> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err("too long");
    }
    let header = decode_header(token).map_err(|_| "no header")?;
    let typ = header.typ.as_deref().unwrap_or_default();
    if !TOKEN_TYPES.iter().any(|access| typ.eq_ignore_ascii_case(access)) {
        return Err("not an access token");
    }
    if brings_its_own_terms(&header) {
        return Err("brings its own key or terms");
    }
    header.kid.ok_or("no key id")
}

/// Keys come from the issuer's key set and from nowhere else, and no extension is understood here.
fn brings_its_own_terms(header: &Header) -> bool {
    header.jwk.is_some()
        || header.jku.is_some()
        || header.x5c.is_some()
        || header.x5u.is_some()
        || header.crit.is_some()
}

impl Claims {
    fn person(self) -> Option<(PersonCaller, ProgramId)> {
        let id = PersonId::parse(&self.sub)?;
        let name = self.name.filter(|name| PersonId::parse(name).is_some()).unwrap_or_else(|| id.to_string());
        let roles = self.roles.iter().filter_map(|role| role.parse().ok()).collect();
        let clinic = self.clinic.map(FacilityId);
        let participant = self.participant.map(ParticipantId);
        let credential = self.credential.and_then(|word| word.parse().ok());
        Some((PersonCaller { id, name, roles, clinic, participant, credential }, ProgramId(self.program)))
    }
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
