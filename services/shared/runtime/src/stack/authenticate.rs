//! Who calls, and why. Whether they may is asked further in.

use harborline_config::IdentitySettings;
use harborline_identity::{Call, Caller, IdentityError, Purpose, ServiceName, TokenVerifier};
use harborline_policy::Policy;
use harborline_status::{Reason, ServiceError};
use harborline_telemetry::names;
use harborline_types::{FacilityId, ProgramId};
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use std::sync::Arc;
use tonic::Status;
use tracing::Span;
use uuid::Uuid;

use super::deadline::Deadline;
use super::{Request, Response, Rpc};
use crate::call::{PROGRAM_KEY, PURPOSE_KEY};
use crate::contract::{is_open, method_name};
use crate::jwks::{Fetcher, JwksError};

/// Whom the other end of a connection has proven to be, by its certificate. Absent on listeners without TLS.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Peer {
    /// A service, which needs no token.
    Service(ServiceName),
    /// A partner clinic, which needs a token of that clinic beside its certificate.
    Clinic(FacilityId),
    /// A holder of a certificate that names neither: that caller needs a token, and speaks for no clinic.
    Unnamed,
    /// Somebody without a certificate: that caller needs a token, and speaks for no clinic.
    Public,
}

impl Peer {
    /// Whether this end of the connection may bring a token that speaks for this clinic.
    fn may_speak_for(self, clinic: Option<FacilityId>) -> bool {
        match self {
            Self::Service(_) => false,
            Self::Clinic(own) => clinic == Some(own),
            Self::Unnamed | Self::Public => clinic.is_none(),
        }
    }
}

/// Credentials cannot be checked as configured.
#[derive(Debug, thiserror::Error)]
pub enum AuthenticatorError {
    /// The key file cannot be used.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The keys cannot be fetched.
    #[error(transparent)]
    Jwks(#[from] JwksError),
}

/// Checks credentials, and gives each call the policy that judges it.
pub struct Authenticator {
    verifier: TokenVerifier,
    policy: Arc<Policy>,
}

impl Authenticator {
    /// Checks with this verifier, for this policy.
    pub fn new(verifier: TokenVerifier, policy: Arc<Policy>) -> Self {
        Self { verifier, policy }
    }

    /// Checks with the configured key set, for this policy. A key set that is fetched is fetched by a task of the current
    /// runtime, beginning now.
    ///
    /// # Errors
    /// When the key set cannot be used.
    ///
    /// # Panics
    /// When the keys are fetched and no runtime is there.
    pub fn from_settings(settings: &IdentitySettings, policy: Arc<Policy>) -> Result<Self, AuthenticatorError> {
        let (issuer, audience) = (&settings.issuer, &settings.audience);
        let Some(address) = &settings.jwks_url else {
            return Ok(Self::new(TokenVerifier::from_jwks_file(&settings.jwks_file, issuer, audience)?, policy));
        };
        let fetcher = Fetcher::new(address, settings)?;
        let (verifier, feed) = TokenVerifier::fed(issuer, audience);
        fetcher.recall_into(&feed);
        tokio::spawn(fetcher.run(feed));
        Ok(Self::new(verifier, policy))
    }

    /// The policy that judges the calls.
    pub(super) fn policy(&self) -> Arc<Policy> {
        Arc::clone(&self.policy)
    }

    async fn admit(&self, request: &Parts) -> Result<Call, ServiceError> {
        let (caller, program) = self.caller(request).await?;
        let method = method_name(request.uri.path());
        let row = self.policy.matrix().row(method);
        let row = row.ok_or_else(|| ServiceError::new(Reason::MethodUnknown, "no such method in this version"))?;
        let purpose = stated_purpose(&request.headers)?.unwrap_or(row.purpose);
        let deadline = request.extensions.get::<Deadline>().map(|deadline| deadline.0.into_std());
        Ok(Call::new(caller, program, deadline).judged(method, purpose, self.policy()))
    }

    async fn caller(&self, request: &Parts) -> Result<(Caller, Option<ProgramId>), ServiceError> {
        let peer = request.extensions.get::<Peer>().copied().unwrap_or(Peer::Public);
        if let Peer::Service(service) = peer {
            return Ok((Caller::Service(service), named_program(&request.headers)?));
        }
        let token = only_token(request)?;
        let (person, program) = self.verifier.verify(token).await?;
        if !peer.may_speak_for(person.clinic) {
            return Err(refused("a token speaks for a clinic only beside that clinic's certificate"));
        }
        Ok((Caller::Person(person), Some(program)))
    }
}

pub(super) async fn run(authenticator: Arc<Authenticator>, request: Request, next: Rpc) -> Response {
    if is_open(request.uri().path()) {
        return next.answer(request).await;
    }
    let (mut head, body) = request.into_parts();
    match authenticator.admit(&head).await {
        Ok(call) => {
            note(&call);
            // Nobody further in needs the credential.
            head.headers.remove(AUTHORIZATION);
            head.extensions.insert(call);
            next.answer(Request::from_parts(head, body)).await
        }
        Err(refusal) => Status::from(refusal).into_http(),
    }
}

fn note(call: &Call) {
    let kind = match call.caller() {
        Caller::Person(person) => person.roles.first().map_or("person", |role| role.as_str()),
        Caller::Service(service) => service.as_str(),
    };
    let span = Span::current();
    span.record(names::CALLER_KIND, kind);
    if let Ok(scope) = call.scope() {
        span.record(names::PROGRAM_ID, tracing::field::display(scope.program()));
    }
}

/// The token of the one `authorization: Bearer` header. With several, a proxy that looks at another one than we do would see
/// another caller.
fn only_token(request: &Parts) -> Result<&str, ServiceError> {
    let mut headers = request.headers.get_all(AUTHORIZATION).iter();
    let first = headers.next().ok_or_else(|| refused("an access token is required"))?;
    let is_in_query = request.uri.query().is_some_and(|query| query.contains("access_token"));
    if headers.next().is_some() || is_in_query {
        return Err(refused("one access token is wanted, in one header"));
    }
    bearer(first).ok_or_else(|| refused("the authorization is no bearer token"))
}

fn refused(why: &str) -> ServiceError {
    ServiceError::new(Reason::CredentialInvalid, why)
}

/// The scheme's case does not matter (RFC 9110); the token has neither blanks nor commas (RFC 6750).
fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let token = token.trim_matches(' ');
    let is_one =
        !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte));
    (scheme.eq_ignore_ascii_case("bearer") && is_one).then_some(token)
}

fn named_program(headers: &HeaderMap) -> Result<Option<ProgramId>, ServiceError> {
    let Some(value) = headers.get(PROGRAM_KEY) else { return Ok(None) };
    let program = value.to_str().ok().and_then(|text| Uuid::parse_str(text).ok()).map(ProgramId);
    if program.is_none() {
        return Err(ServiceError::invalid(vec![(PROGRAM_KEY.to_owned(), "must be a UUID".to_owned())]));
    }
    Ok(program)
}

/// Why the caller calls, if they say so.
fn stated_purpose(headers: &HeaderMap) -> Result<Option<Purpose>, ServiceError> {
    let Some(value) = headers.get(PURPOSE_KEY) else { return Ok(None) };
    let purpose = value.to_str().ok().and_then(|word| word.parse().ok());
    let words: Vec<_> = Purpose::ALL.iter().map(|purpose| purpose.as_str()).collect();
    let wrong =
        || ServiceError::invalid(vec![(PURPOSE_KEY.to_owned(), format!("must be one of: {}", words.join(", ")))]);
    purpose.map(Some).ok_or_else(wrong)
}
