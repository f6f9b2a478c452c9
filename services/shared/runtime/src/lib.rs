//! How a service is served and how it calls its neighbors: one place for both, the same for all five.
//!
//! [`ServerBuilder`] takes a service's contracts and serves them on three listeners through one stack of layers;
//! [`neighbor`] makes the channel to another service. Between them travel the deadline, the trace and the program.
//!
//! # Invariants
//! - No request reaches a service's code without an authenticated caller whom the policy admits, and no answer
//!   leaves it under a condition that was not asked for. There is no switch that turns this off.
//! - Every refusal carries a reason of the contract; a fault of ours leaves as a reference.
//! - A call made while answering a call has at most the time that is left of it.
//! - Serving ends: after the drain time, whatever a peer does.
//!
//! # Not chosen
//! Generic layer types: nine of them nested are a type that every service would compile again. A layer here is a
//! function, and the stack one concrete type. tonic's own TLS, timeouts and load shedding: see [`stack`] and [`tls`].

mod call;
pub mod client;
mod contract;
mod crypto;
mod deadline;
pub mod jwks;
mod jwks_cache;
pub mod server;
pub mod stack;
mod stream_age;
pub mod tls;

pub use call::{PROGRAM_KEY, PURPOSE_KEY, call, for_program, split};
pub use client::{MeshClient, neighbor};
pub use crypto::install_crypto;
pub use server::{Listeners, Readiness, ServeError, Server, ServerBuilder, shutdown_signal};
pub use stack::{Authenticator, AuthenticatorError, FinishedCall, Rpc, next_message};
pub use stream_age::StreamAge;
pub use tls::{ClientTls, ServerTls, TlsError};

#[cfg(test)]
mod tests;
