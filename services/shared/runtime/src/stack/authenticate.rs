//! Who calls, and whether the access table admits them.

use harborline_config::IdentitySettings;
use harborline_identity::{AccessTable, Call, Caller, IdentityError, ServiceName, TokenVerifier};
use harborline_status::{Reason, ServiceError};
use harborline_telemetry::names;
use harborline_types::ProgramId;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use std::sync::Arc;
use tonic::Status;
use tracing::Span;
use uuid::Uuid;

use super::deadline::Deadline;
use super::{Request, Response, Rpc};
use crate::call::PROGRAM_KEY;
use crate::contract::is_open;

/// Whom the other end of a connection has proven to be, by its certificate. Absent on listeners without TLS.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    /// None for a holder of a valid certificate that names no service: that caller needs a token.
    pub(crate) service: Option<ServiceName>,
}

/// Checks credentials and access.
pub struct Authenticator {
    verifier: TokenVerifier,
    access: AccessTable,
}

impl Authenticator {
    /// Checks with this verifier and table.
    pub fn new(verifier: TokenVerifier, access: AccessTable) -> Self {
        Self { verifier, access }
    }

    /// Checks with the configured key set and the reviewed access table.
    ///
    /// # Errors
    /// When the key set cannot be used.
    pub fn from_settings(settings: &IdentitySettings) -> Result<Self, IdentityError> {
        let verifier = TokenVerifier::from_jwks_file(&settings.jwks_file, &settings.issuer, &settings.audience)?;
        Ok(Self::new(verifier, AccessTable::embedded()?))
    }

    fn admit(&self, request: &Request) -> Result<Call, ServiceError> {
        let path = request.uri().path();
        let (caller, program) = self.caller(request)?;
        if !self.access.knows(path) {
            return Err(ServiceError::new(Reason::MethodUnknown, "no such method in this version"));
        }
        if !self.access.allows(path, &caller) {
            return Err(ServiceError::new(Reason::CallerNotAllowed, "the caller may not make this call"));
        }
        let deadline = request.extensions().get::<Deadline>().map(|deadline| deadline.0.into_std());
        Ok(Call::new(caller, program, deadline))
    }

    fn caller(&self, request: &Request) -> Result<(Caller, Option<ProgramId>), ServiceError> {
        if let Some(Peer { service: Some(service) }) = request.extensions().get::<Peer>() {
            return Ok((Caller::Service(*service), named_program(request.headers())?));
        }
        let token = bearer(request.headers())
            .ok_or_else(|| ServiceError::new(Reason::CredentialInvalid, "an access token is required"))?;
        let (person, program) = self.verifier.verify(token)?;
        Ok((Caller::Person(person), Some(program)))
    }
}

pub(super) async fn run(authenticator: Arc<Authenticator>, mut request: Request, next: Rpc) -> Response {
    if is_open(request.uri().path()) {
        return next.answer(request).await;
    }
    match authenticator.admit(&request) {
        Ok(call) => {
            note(&call);
            // Nobody further in needs the credential.
            request.headers_mut().remove(AUTHORIZATION);
            request.extensions_mut().insert(call);
            next.answer(request).await
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

/// The token of an `authorization: Bearer` header. The scheme's case does not matter (RFC 9110).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn named_program(headers: &HeaderMap) -> Result<Option<ProgramId>, ServiceError> {
    let Some(value) = headers.get(PROGRAM_KEY) else { return Ok(None) };
    let program = value.to_str().ok().and_then(|text| Uuid::parse_str(text).ok()).map(ProgramId);
    if program.is_none() {
        return Err(ServiceError::invalid(vec![(PROGRAM_KEY.to_owned(), "must be a UUID".to_owned())]));
    }
    Ok(program)
}
