//! The layers between a connection and a service's code.
//!
//! Order is meaning: [`layers`] is the list, outermost first, each with the reason for its place, and tests say what
//! breaks when two change places. Health and reflection pass through the same layers; those that would refuse, count or
//! trace them let them by.

mod authenticate;
mod buckets;
mod caller_limits;
mod crisis;
mod deadline;
mod finish;
mod given_up;
mod limit;
mod metrics;
mod panic;
mod policy;
mod record;
mod request_id;
mod rpc;
mod trace;

use std::sync::Arc;

use harborline_config::GrpcSettings;
use harborline_identity::AccessLog;
use tonic::service::Routes;

pub use authenticate::{Authenticator, AuthenticatorError};
pub use finish::next_message;
pub use metrics::{FinishedCall, Observer};
use rpc::{Layer, layer};
pub use rpc::{Request, Response, Rpc};

pub(crate) use authenticate::Peer;
pub(crate) use metrics::report;
pub(crate) use request_id::REQUEST_ID;

/// The largest message that a service takes, in bytes, with its gRPC frame.
pub const MAX_MESSAGE_BYTES: usize = 1024 * 1024;

/// What the layers need to know.
pub struct StackParts {
    /// Deadlines and limits.
    pub settings: GrpcSettings,
    /// Who calls, and the policy that says what they may.
    pub authenticator: Authenticator,
    /// Puts calls on record that touched health information.
    pub access_log: Arc<dyn AccessLog>,
    /// Told of every call that ended.
    pub observer: Observer,
}

/// The stack around a service's contracts. Build it once for all listeners: they share the limit on calls in flight.
pub fn stack(parts: StackParts, routes: Routes) -> Rpc {
    let innermost = Rpc::of_routes(routes.prepare());
    layers(parts).into_iter().rev().fold(innermost, |next, layer| layer.around(next))
}

fn layers(parts: StackParts) -> Vec<Layer> {
    let StackParts { settings, authenticator, access_log, observer } = parts;
    let authenticator = Arc::new(authenticator);
    let policy = authenticator.policy();
    let limit = limit::Limit::new(settings.max_in_flight);
    let callers = caller_limits::CallerLimits::new(&settings);
    let deadlines = deadline::Limits { default: settings.default_deadline(), max: settings.max_deadline() };
    vec![
        // Outermost: a call whose caller has gone costs nothing further in, not even a line of telemetry.
        layer("given up", given_up::run),
        // Outside of all that answers: every answer names its request, whichever layer gave it.
        layer("request id", request_id::run),
        // Before all that can refuse, so that refusals are in the caller's trace.
        layer("trace extract", trace::run),
        // Outside of all that can refuse, so that refused calls are counted, with their reason.
        layer("metrics", move |request, next| metrics::run(Arc::clone(&observer), request, next)),
        // Inside metrics, so that a panic is counted; outside the rest, so that a panic of ours is caught too.
        layer("catch panic", panic::run),
        // Sees what every layer below and tonic itself answer: nothing leaves without a reason of the contract.
        layer("error finish", finish::run),
        // Before authentication, which may read a file: the caller's time runs from here.
        layer("deadline", move |request, next| deadline::run(deadlines, request, next)),
        // Before load shedding: a stranger cannot use up what is there for callers.
        layer("authenticate", move |request, next| authenticate::run(Arc::clone(&authenticator), request, next)),
        // After authentication, since the limit is the caller's own; before load shedding, so that a caller above it takes
        // no place from the others.
        layer("caller limits", move |request, next| caller_limits::run(Arc::clone(&callers), request, next)),
        // At the limit a call is refused at once rather than kept waiting; calls of a crisis are refused last.
        layer("load shed", move |request, next| limit::shed(Arc::clone(&limit), request, next)),
        // Inside load shed, so that a call that nobody worked on costs no row; outside of all that may refuse a caller, so
        // that refusals are on record too. Its response's headers leave only with the row.
        layer("record", move |request, next| record::run(Arc::clone(&access_log), request, next)),
        // Inside load shedding, where a refusal costs as little as any answer and its record takes its turn; outside of all
        // that reads the message.
        layer("policy", move |request, next| policy::run(Arc::clone(&policy), request, next)),
        // Innermost: only an admitted caller's message is read at all.
        layer("message size", limit::message_size),
    ]
}

/// The names of the layers, outermost first.
#[cfg(test)]
pub(crate) fn layer_names(parts: StackParts) -> Vec<&'static str> {
    layers(parts).iter().map(|layer| layer.name).collect()
}
