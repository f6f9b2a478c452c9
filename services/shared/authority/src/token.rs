//! The token authority: access tokens in the shape that a production OIDC provider gives them (RFC 9068).

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{
    Algorithm, EncodingKey, Header,
    jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash},
};
use serde::Serialize;
use uuid::Uuid;

use crate::AuthorityError;

/// The `iss` of every token. The name can never be that of a real identity provider (RFC 2606).
pub const ISSUER: &str = "https://authority.harborline.invalid";

/// The `aud` of every token.
pub const AUDIENCE: &str = "harborline";

const ALGORITHM: Algorithm = Algorithm::ES256;

/// Whom a token is for and what it says of them.
#[derive(Clone)]
pub struct TokenRequest {
    /// The caller's stable id (`sub`).
    pub subject: String,
    /// The program that the caller acts for.
    pub program: Uuid,
    /// The caller's roles, as the policy names them.
    pub roles: Vec<String>,
    /// The partner clinic that the caller belongs to, if any.
    pub clinic: Option<Uuid>,
    /// The participant who holds it, if one does.
    pub participant: Option<Uuid>,
    /// What the holder is licensed or trained as, if at all.
    pub credential: Option<String>,
    /// The name to show to others, if any.
    pub name: Option<String>,
    /// How long the token is valid, from now on. Must be positive; whole seconds count.
    pub lifetime: TimeDelta,
}

impl TokenRequest {
    /// A token for an hour, of which nothing else is said.
    pub fn new(subject: &str, program: Uuid, roles: &[&str]) -> Self {
        Self {
            subject: subject.to_owned(),
            program,
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            clinic: None,
            participant: None,
            credential: None,
            name: None,
            lifetime: TimeDelta::hours(1),
        }
    }
}

// Names and subjects are people's; the rest tells enough.
impl fmt::Debug for TokenRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = formatter.debug_struct("TokenRequest");
        fields.field("program", &self.program).field("roles", &self.roles).field("clinic", &self.clinic);
        fields.field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'static str,
    aud: &'static str,
    sub: &'a str,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: Uuid,
    program: Uuid,
    roles: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    clinic: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    participant: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credential: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
}

/// The token key, ready to sign.
pub(crate) struct Signer {
    key: EncodingKey,
    header: Header,
}

impl Signer {
    pub(crate) fn open(key_pem: &str) -> Result<Self, AuthorityError> {
        let key = encoding_key(key_pem)?;
        let mut header = Header::new(ALGORITHM);
        header.typ = Some("at+jwt".to_owned());
        header.kid = public_key(&key)?.common.key_id;
        Ok(Self { key, header })
    }

    /// Signs a token that is valid from `now` on.
    pub(crate) fn sign(&self, request: &TokenRequest, now: DateTime<Utc>) -> Result<String, AuthorityError> {
        let expires = now.checked_add_signed(request.lifetime).ok_or(AuthorityError::Lifetime)?;
        let (issued, expires) = (now.timestamp(), expires.timestamp());
        if expires <= issued {
            return Err(AuthorityError::Lifetime);
        }
        let claims = Claims {
            iss: ISSUER,
            aud: AUDIENCE,
            sub: &request.subject,
            iat: issued,
            nbf: issued,
            exp: expires,
            jti: Uuid::new_v4(),
            program: request.program,
            roles: &request.roles,
            clinic: request.clinic,
            participant: request.participant,
            credential: request.credential.as_deref(),
            name: request.name.as_deref(),
        };
        jsonwebtoken::encode(&self.header, &claims, &self.key).map_err(failed("sign a token"))
    }
}

/// Makes a new token key, as PKCS #8 in PEM.
pub(crate) fn generate() -> Result<String, AuthorityError> {
    rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)
        .map(|key| key.serialize_pem())
        .map_err(|source| AuthorityError::Certificate { doing: "make the token key", source })
}

/// The public half of the key as a JSON Web Key Set. The key's id is its thumbprint (RFC 7638).
pub(crate) fn key_set(key_pem: &str) -> Result<String, AuthorityError> {
    let set = JwkSet { keys: vec![public_key(&encoding_key(key_pem)?)?] };
    serde_json::to_string_pretty(&set).map_err(AuthorityError::Jwks)
}

fn encoding_key(key_pem: &str) -> Result<EncodingKey, AuthorityError> {
    EncodingKey::from_ec_pem(key_pem.as_bytes()).map_err(failed("read its key"))
}

fn public_key(key: &EncodingKey) -> Result<Jwk, AuthorityError> {
    let mut public = Jwk::from_encoding_key(key, ALGORITHM).map_err(failed("derive its public key"))?;
    public.common.public_key_use = Some(PublicKeyUse::Signature);
    let thumbprint = public.thumbprint(ThumbprintHash::SHA256).map_err(failed("name its public key"))?;
    public.common.key_id = Some(thumbprint);
    Ok(public)
}

fn failed(doing: &'static str) -> impl FnOnce(jsonwebtoken::errors::Error) -> AuthorityError {
    move |source| AuthorityError::Token { doing, source }
}
