//! The metrics every service reports. Labels take few values: methods, codes, reasons and kinds, never an id.
//!
//! Before [`init`](crate::init), and without a collector, all of this does nothing.

use std::sync::OnceLock;

use opentelemetry::metrics::{Counter, Gauge, Histogram, Meter};
use opentelemetry::{KeyValue, global};

use crate::names;

/// Histogram of RPC durations in seconds; its count is the number of calls.
pub const RPC_DURATION: &str = "harborline.rpc.duration";
/// Gauge of duties that are due and not yet fulfilled.
pub const DUTY_BACKLOG: &str = "harborline.duty.backlog";
/// Counter of duties set aside for a human.
pub const DUTY_PARKED: &str = "harborline.duty.parked";
/// Gauge of threads that compute what a caller asked for.
pub const COMPUTATIONS: &str = "harborline.computations";
/// Counter of pages to a supervisor, by what became of them.
pub const PAGES: &str = "harborline.availability.pages";

/// Up to the longest deadline; close together where the promises lie.
const SECONDS: [f64; 12] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 30.0];

static INSTRUMENTS: OnceLock<Instruments> = OnceLock::new();

struct Instruments {
    rpc_duration: Histogram<f64>,
    duty_backlog: Gauge<u64>,
    computations: Gauge<u64>,
    duty_parked: Counter<u64>,
    pages: Counter<u64>,
}

/// The meter for a service's own instruments. Take it after [`init`](crate::init): before, it measures nothing.
pub fn meter() -> Meter {
    global::meter("harborline")
}

/// Counts one call that ended after `seconds`. `method` is the full name of an RPC, `code` the gRPC code's name,
/// `reason` the proto enum's name or "". What no service implements is counted under one name, since the path of such
/// a call is the caller's invention.
pub fn rpc_finished(method: &str, code: &str, reason: &str, seconds: f64) {
    let Some(instruments) = INSTRUMENTS.get() else { return };
    let labels = [
        KeyValue::new(names::RPC_METHOD, bounded_method(method, code).to_owned()),
        KeyValue::new(names::RPC_CODE, code.to_owned()),
        KeyValue::new(names::REASON, reason.to_owned()),
    ];
    instruments.rpc_duration.record(seconds, &labels);
}

/// Reports that `count` duties of `kind` are due and not yet fulfilled.
pub fn duty_backlog(kind: &str, count: u64) {
    if let Some(instruments) = INSTRUMENTS.get() {
        instruments.duty_backlog.record(count, &[KeyValue::new(names::DUTY_KIND, kind.to_owned())]);
    }
}

/// Reports that so many threads compute what callers asked for.
pub fn computations(running: usize) {
    if let Some(instruments) = INSTRUMENTS.get() {
        instruments.computations.record(running as u64, &[]);
    }
}

/// Counts one duty of `kind` that was set aside for a human.
pub fn duty_parked(kind: &str) {
    if let Some(instruments) = INSTRUMENTS.get() {
        instruments.duty_parked.add(1, &[KeyValue::new(names::DUTY_KIND, kind.to_owned())]);
    }
}

/// Counts one page of which this became.
pub fn page(outcome: &'static str) {
    if let Some(instruments) = INSTRUMENTS.get() {
        instruments.pages.add(1, &[KeyValue::new(names::PAGE_OUTCOME, outcome)]);
    }
}

/// Makes the instruments from the global provider, which must have been set.
pub(crate) fn start() {
    INSTRUMENTS.get_or_init(|| {
        let meter = meter();
        Instruments {
            rpc_duration: meter
                .f64_histogram(RPC_DURATION)
                .with_unit("s")
                .with_description("Duration of RPCs, by method, code and reason.")
                .with_boundaries(SECONDS.to_vec())
                .build(),
            duty_backlog: meter
                .u64_gauge(DUTY_BACKLOG)
                .with_unit("{duty}")
                .with_description("Duties that are due and not yet fulfilled.")
                .build(),
            computations: meter
                .u64_gauge(COMPUTATIONS)
                .with_unit("{thread}")
                .with_description("Threads that compute what callers asked for.")
                .build(),
            duty_parked: meter
                .u64_counter(DUTY_PARKED)
                .with_unit("{duty}")
                .with_description("Duties set aside for a human.")
                .build(),
            pages: meter
                .u64_counter(PAGES)
                .with_unit("{page}")
                .with_description("Pages to a supervisor, by what became of them.")
                .build(),
        }
    });
}

fn bounded_method<'a>(method: &'a str, code: &str) -> &'a str {
    if code.eq_ignore_ascii_case("unimplemented") { "unknown" } else { method.trim_start_matches('/') }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_a_caller_invented_is_no_label() {
        assert_eq!(bounded_method("/harborline.intake.v1.IntakeService/Anything", "Unimplemented"), "unknown");
        assert_eq!(bounded_method("/a.v1.A/Get", "Ok"), "a.v1.A/Get");
    }
}
