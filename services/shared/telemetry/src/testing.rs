//! Telemetry for tests.

use std::sync::Once;

use opentelemetry::global;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::layer::SubscriberExt;

use crate::export::Providers;
use crate::init::trace_layer;

static STARTED: Once = Once::new();

/// Gives the spans of this test binary trace ids, so that propagation works as in a service; writes and exports
/// nothing. May be called by every test. Does nothing where a subscriber is already set.
pub fn init_for_tests() {
    STARTED.call_once(|| {
        let providers = Providers { traces: SdkTracerProvider::builder().build(), metrics: None };
        let subscriber = tracing_subscriber::registry().with(trace_layer(&providers));
        if tracing::subscriber::set_global_default(subscriber).is_ok() {
            global::set_text_map_propagator(TraceContextPropagator::new());
            global::set_tracer_provider(providers.traces);
        }
    });
}
