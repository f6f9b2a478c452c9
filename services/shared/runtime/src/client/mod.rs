//! Calling a neighbor.
//!
//! A [`MeshClient`] goes under a generated client: `TriageServiceClient::new(neighbor(...)?)`. It sends the trace and
//! the time that is left, turns every failure of the transport into a status with a reason, and repeats what may be
//! repeated.
//!
//! # Invariants
//! - A call ends at the deadline of the call that it is made for, or after [`DEFAULT_TIMEOUT`] outside of one.
//! - Only UNAVAILABLE is repeated, at most twice, within the deadline and the budget. Every mutation of the contracts
//!   has a `request_id`, so every unary call may be repeated. Streams are not: their clients resume.
//!
//! # Not chosen
//! tower's retry and timeout: they do not know what a gRPC status is, and a retry around a streamed body repeats half of
//! it. Unary messages are small and are collected instead, which also lets a connection that broke in the middle of an
//! answer count as unavailable.

mod connect;

use std::convert::Infallible;
use std::error::Error;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use harborline_identity::ServiceName;
use harborline_status::{Reason, ServiceError, reason_of};
use harborline_telemetry::{Outage, names, trace};
use http::request::Parts;
use http_body_util::{BodyExt, Full};
use tokio::time::{Instant, sleep, timeout_at};
use tonic::body::Body;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tower::retry::budget::{Budget, TpsBudget};
use tower::{Service, ServiceExt};
use tracing::field::Empty;
use tracing::{Instrument, Span, info_span};

use crate::contract::{is_streaming, method_name};
use crate::deadline;
use crate::stack::{Request, Response};

pub use connect::{AddressError, neighbor};

/// The time of a call made outside of one that is being answered.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(2);

const MAX_REPEATS: u32 = 2;

/// A fifth of all calls may be repeats, and ten a second, where there are few calls: repeating does not finish off a neighbor
/// that is merely slow.
const REPEATS_PER_CALL: f32 = 0.2;
const REPEATS_PER_SECOND: u32 = 10;
/// The time for which what was earned counts.
const EARNED_WITHIN: Duration = Duration::from_secs(10);

/// The way to a neighbor. Clones share connection, budget, and what is known of its silence.
#[derive(Clone)]
pub struct MeshClient {
    neighbor: ServiceName,
    channel: Channel,
    budget: Arc<TpsBudget>,
    silence: Arc<Outage>,
}

impl MeshClient {
    /// The way to `neighbor` over this channel. [`neighbor`] makes the usual one; tests come with their own.
    pub fn over(neighbor: ServiceName, channel: Channel) -> Self {
        let silence = Arc::new(Outage::new(format!("{neighbor} does not answer")));
        let budget = Arc::new(TpsBudget::new(EARNED_WITHIN, REPEATS_PER_SECOND, REPEATS_PER_CALL));
        Self { neighbor, channel, budget, silence }
    }

    async fn send(self, deadline: Instant, request: Request) -> Response {
        let (mut parts, body) = request.into_parts();
        trace::inject(&mut parts.headers);
        let response = if is_streaming(parts.uri.path()) {
            self.stream(parts, body, deadline).await
        } else {
            self.unary(parts, body, deadline).await
        };
        response.unwrap_or_else(Status::into_http)
    }

    /// The deadline holds until the stream begins.
    async fn stream(&self, parts: Parts, body: Body, deadline: Instant) -> Result<Response, Status> {
        let answering = self.channel.clone().oneshot(Request::from_parts(parts, body));
        match timeout_at(deadline, answering).await {
            Ok(response) => response.map_err(|error| self.failed(error)).inspect(|_| self.silence.over()),
            Err(elapsed) => Err(self.late(&elapsed)),
        }
    }

    async fn unary(&self, parts: Parts, body: Body, deadline: Instant) -> Result<Response, Status> {
        let message = body.collect().await?.to_bytes();
        self.budget.deposit();
        let mut repeats = 0;
        loop {
            let attempt = self.attempt(parts.clone(), message.clone(), deadline);
            let outcome = timeout_at(deadline, attempt).await.unwrap_or_else(|elapsed| Err(self.late(&elapsed)));
            let unavailable = matches!(&outcome, Err(status) if status.code() == Code::Unavailable);
            let pause = Duration::from_millis(rand::random_range(25..=100));
            let in_time = Instant::now() + pause < deadline;
            if !unavailable || repeats == MAX_REPEATS || !in_time || !self.budget.withdraw() {
                return outcome;
            }
            repeats += 1;
            sleep(pause).await;
        }
    }

    /// One attempt, up to the last byte of the answer. A refusal is an error here.
    async fn attempt(&self, mut parts: Parts, message: Bytes, deadline: Instant) -> Result<Response, Status> {
        let left = deadline.saturating_duration_since(Instant::now());
        parts.headers.insert(deadline::GRPC_TIMEOUT, deadline::header(left));
        let request = Request::from_parts(parts, Body::new(Full::new(message)));
        let response = self.channel.clone().oneshot(request).await.map_err(|error| self.failed(error))?;
        if let Some(refusal) = refused(response.headers()) {
            self.silence.over();
            return Err(self.with_reason(refusal));
        }
        let (parts, body) = response.into_parts();
        let body = body.collect().await.map_err(|error| self.failed(error))?;
        self.silence.over();
        match body.trailers().and_then(refused) {
            Some(refusal) => Err(self.with_reason(refusal)),
            None => Ok(Response::from_parts(parts, Body::new(body))),
        }
    }

    /// A failure of the transport. What is no expired time is a neighbor that does not answer, also where tonic says
    /// UNKNOWN because a live connection broke.
    fn failed(&self, error: impl Error + Send + Sync + 'static) -> Status {
        if is_timeout(&error) {
            return self.late(&error);
        }
        self.silence.failed(&error);
        ServiceError::unavailable(format!("{} does not answer", self.neighbor), error).into()
    }

    /// Nothing came in the time that there was.
    fn late(&self, error: &(dyn Error + 'static)) -> Status {
        self.silence.failed(error);
        self.over_time()
    }

    fn over_time(&self) -> Status {
        ServiceError::new(Reason::DeadlineOver, format!("{} did not answer in time", self.neighbor)).into()
    }

    /// tonic on the way may answer for the neighbor, without a reason of the contract.
    fn with_reason(&self, refusal: Status) -> Status {
        match refusal.code() {
            Code::Cancelled | Code::DeadlineExceeded if reason_of(&refusal).is_none() => self.over_time(),
            _ => refusal,
        }
    }

    fn span(&self, path: &str) -> Span {
        let method = method_name(path);
        info_span!(
            "call",
            otel.name = method,
            otel.kind = "client",
            otel.status_code = Empty,
            rpc.method = method,
            rpc.grpc.status_code = Empty,
            harborline.neighbor = %self.neighbor,
            harborline.reason = Empty,
        )
    }
}

impl Service<Request> for MeshClient {
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let span = self.span(request.uri().path());
        let sending = self.clone().send(deadline_of(&request), request);
        Box::pin(async move {
            let response = sending.instrument(span.clone()).await;
            record(&span, &response);
            Ok(response)
        })
    }
}

fn record(span: &Span, response: &Response) {
    let status = refused(response.headers());
    span.record(names::RPC_CODE, format!("{:?}", status.as_ref().map_or(Code::Ok, Status::code)));
    if let Some(status) = status {
        span.record("otel.status_code", "ERROR");
        if let Some(reason) = reason_of(&status) {
            span.record(names::REASON, reason.as_str_name());
        }
    }
}

/// When the call is over: when the one that it is made for is, or sooner if the request says so.
fn deadline_of(request: &Request) -> Instant {
    let asked = deadline::asked(request.headers());
    let own = Instant::now() + asked.unwrap_or(DEFAULT_TIMEOUT);
    match deadline::current() {
        Some(inherited) if asked.is_none() => inherited,
        Some(inherited) => inherited.min(own),
        None => own,
    }
}

fn refused(headers: &http::HeaderMap) -> Option<Status> {
    Status::from_header_map(headers).filter(|status| status.code() != Code::Ok)
}

fn is_timeout(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<tonic::TimeoutExpired>() {
            return true;
        }
        next = error.source();
    }
    false
}
