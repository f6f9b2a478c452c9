//! Access tokens: who holds one, and for which program.
//!
//! # Invariants
//! - A token counts only when a known ES256 or EdDSA key signed it, its type is `at+jwt`, issuer and audience are ours,
//!   and now lies within its time, give or take [`SKEW_SECONDS`].
//! - The algorithm is the key's, never the token's choice.
//! - A refusal says nothing about why: whoever guesses tokens learns nothing. The reason is logged at debug level.
//!
//! # Not chosen
//! Fetching keys over the network: the platform puts the issuer's key set into a file, so that a call is answered while
//! the identity provider is down.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use harborline_status::{Reason, ServiceError};
use harborline_types::{FacilityId, PersonId, ProgramId};
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use uuid::Uuid;

use crate::{IdentityError, PersonCaller};

/// How far the clocks of issuer and service may differ.
const SKEW_SECONDS: u64 = 30;

/// The type of an access token (RFC 9068).
const TOKEN_TYPE: &str = "at+jwt";

/// Verifies access tokens. Clones share their keys.
#[derive(Clone)]
pub struct TokenVerifier {
    shared: Arc<Shared>,
}

struct Shared {
    path: PathBuf,
    issuer: String,
    audience: String,
    keys: RwLock<Keys>,
}

struct Keys {
    by_id: BTreeMap<String, Key>,
    modified: Option<SystemTime>,
}

#[derive(Clone)]
struct Key {
    algorithm: Algorithm,
    key: DecodingKey,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    program: Uuid,
    #[serde(default)]
    roles: Vec<String>,
    clinic: Option<Uuid>,
    name: Option<String>,
}

impl TokenVerifier {
    /// A verifier for tokens of `issuer` for `audience`, signed by a key of the JWKS file at `path`. The file is read
    /// again when it has changed and a token names a key that is not known.
    ///
    /// # Errors
    /// When the file cannot be read, is no key set, or holds no key that may sign tokens.
    pub fn from_jwks_file(
        path: impl AsRef<Path>,
        issuer: impl Into<String>,
        audience: impl Into<String>,
    ) -> Result<Self, IdentityError> {
        let path = path.as_ref().to_owned();
        let keys = RwLock::new(Keys::read(&path)?);
        Ok(Self { shared: Arc::new(Shared { path, issuer: issuer.into(), audience: audience.into(), keys }) })
    }

    /// Who holds the token, and for which program.
    ///
    /// # Errors
    /// `CREDENTIAL_INVALID` when the token does not verify.
    pub fn verify(&self, token: &str) -> Result<(PersonCaller, ProgramId), ServiceError> {
        self.shared.verify(token).map_err(|fault| {
            tracing::debug!(fault, "access token refused");
            ServiceError::new(Reason::CredentialInvalid, "the access token does not verify")
        })
    }
}

impl Shared {
    fn verify(&self, token: &str) -> Result<(PersonCaller, ProgramId), &'static str> {
        let header = decode_header(token).map_err(|_| "no header")?;
        let is_access_token = header.typ.as_deref().is_some_and(|typ| typ.eq_ignore_ascii_case(TOKEN_TYPE));
        if !is_access_token {
            return Err("not an access token");
        }
        let id = header.kid.ok_or("no key id")?;
        let key = self.key(&id).ok_or("unknown key")?;
        let mut validation = Validation::new(key.algorithm);
        validation.leeway = SKEW_SECONDS;
        validation.validate_nbf = true;
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        let claims: Claims = decode(token, &key.key, &validation).map_err(|_| "does not verify")?.claims;
        claims.person().ok_or("no usable subject")
    }

    fn key(&self, id: &str) -> Option<Key> {
        let known = |keys: &Keys| keys.by_id.get(id).cloned();
        let (key, modified) = {
            let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
            (known(&keys), keys.modified)
        };
        if key.is_some() || modified_at(&self.path) == modified {
            return key;
        }
        match Keys::read(&self.path) {
            Ok(read) => {
                let key = known(&read);
                *self.keys.write().unwrap_or_else(PoisonError::into_inner) = read;
                tracing::info!("the key set has changed and was read again");
                key
            }
            Err(error) => {
                tracing::warn!(%error, "the key set has changed and cannot be read; the known keys stay");
                None
            }
        }
    }
}

impl Keys {
    fn read(path: &Path) -> Result<Self, IdentityError> {
        // Before the content, so that a change in between is seen as one the next time.
        let modified = modified_at(path);
        let text = std::fs::read(path).map_err(|source| IdentityError::Read { path: path.to_owned(), source })?;
        let set: JwkSet =
            serde_json::from_slice(&text).map_err(|source| IdentityError::Parse { path: path.to_owned(), source })?;
        let by_id: BTreeMap<_, _> = set.keys.iter().filter_map(usable).collect();
        if by_id.is_empty() {
            return Err(IdentityError::NoKeys { path: path.to_owned() });
        }
        Ok(Self { by_id, modified })
    }
}

impl Claims {
    fn person(self) -> Option<(PersonCaller, ProgramId)> {
        let id = PersonId::parse(&self.sub)?;
        let name = self.name.filter(|name| PersonId::parse(name).is_some()).unwrap_or_else(|| id.to_string());
        let roles = self.roles.iter().filter_map(|role| role.parse().ok()).collect();
        Some((PersonCaller { id, name, roles, clinic: self.clinic.map(FacilityId) }, ProgramId(self.program)))
    }
}

/// The key with its id, if it may sign tokens.
fn usable(jwk: &Jwk) -> Option<(String, Key)> {
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => Algorithm::ES256,
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => Algorithm::EdDSA,
        _ => return None,
    };
    let key = DecodingKey::from_jwk(jwk).ok()?;
    Some((jwk.common.key_id.clone()?, Key { algorithm, key }))
}

fn modified_at(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|file| file.modified()).ok()
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
