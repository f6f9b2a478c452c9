//! Logs, traces and metrics of a service, and the trace context that travels between services and through duties.
//!
//! # Invariants
//! - No signal carries personal or health information. Spans and labels hold ids and bounded words from [`names`];
//!   libraries that would show headers or statements are silenced, and no setting can turn them on.
//! - At the level "debug" each RPC and each duty logs how many messages it sent; the statements themselves are not logged.
//! - A panic is logged by its place and thread ([`log_panics_by_location`]); its own text never is.
//! - Nothing here can stop or slow a call: without a collector nothing is exported, with a slow one spans are dropped,
//!   and the flush at the end is bounded.
//! - Every log line inside a span carries its trace id, whether or not the trace is kept.
//! - Acuity 1 and 2 are always kept. Errors cannot be: whether a call fails is not known when its trace begins, so the
//!   collector's tail sampling decides about those.
//!
//! # Not chosen
//! W3C baggage (it would carry whatever a client puts there through the mesh), the SDK's own environment variables
//! (settings come from `harborline-config` alone), and log export over OTLP (stderr is collected by the platform).

mod export;
mod init;
mod line;
mod messages;
pub mod metrics;
pub mod names;
mod outage;
mod panic;
mod sampler;
pub mod testing;
pub mod trace;

pub use init::{Guard, TelemetryError, init};
pub use messages::database_message;
pub use outage::Outage;
pub use panic::log_panics_by_location;

#[cfg(test)]
mod flush_tests;
