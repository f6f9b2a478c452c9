//! Which traces are kept: as the parent decided, else a share of them, and always those of people at high risk.

use opentelemetry::trace::{Link, SpanKind, TraceContextExt, TraceId};
use opentelemetry::{Context, KeyValue, Value};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, SamplingResult, ShouldSample};

use crate::names;

/// Follows the parent, keeps `ratio` of the new traces, and keeps every span that is created with acuity 1 or 2 or
/// with `harborline.sample = "always"`, even under a parent that is not kept: what follows from it is kept too.
#[derive(Debug, Clone)]
pub(crate) struct RiskSampler {
    otherwise: Sampler,
}

impl RiskSampler {
    /// `ratio` is the share of new traces kept, 0.0 to 1.0.
    pub(crate) fn new(ratio: f64) -> Self {
        Self { otherwise: Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(ratio))) }
    }
}

impl ShouldSample for RiskSampler {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        if !attributes.iter().any(demands_keeping) {
            return self.otherwise.should_sample(parent, trace_id, name, kind, attributes, links);
        }
        SamplingResult {
            decision: SamplingDecision::RecordAndSample,
            attributes: Vec::new(),
            trace_state: parent.map(|parent| parent.span().span_context().trace_state().clone()).unwrap_or_default(),
        }
    }
}

fn demands_keeping(attribute: &KeyValue) -> bool {
    match (attribute.key.as_str(), &attribute.value) {
        (names::ACUITY, Value::I64(acuity)) => matches!(acuity, 1 | 2),
        // tracing hands unsigned and displayed values over as text.
        (names::ACUITY, Value::String(acuity)) => matches!(acuity.as_str(), "1" | "2"),
        (names::SAMPLE, Value::String(sample)) => sample.as_str() == names::SAMPLE_ALWAYS,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::TracerProvider as _;
    use opentelemetry_sdk::trace::SdkTracerProvider;
    use tracing::{Span, info_span, subscriber::with_default};
    use tracing_opentelemetry::OpenTelemetrySpanExt as _;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    fn kept(span: &Span) -> bool {
        span.context().span().span_context().is_sampled()
    }

    fn at_ratio(ratio: f64, test: impl FnOnce()) {
        let provider = SdkTracerProvider::builder().with_sampler(RiskSampler::new(ratio)).build();
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
        with_default(tracing_subscriber::registry().with(layer), test);
    }

    #[test]
    fn at_ratio_zero_only_high_risk_is_kept() {
        at_ratio(0.0, || {
            assert!(kept(&info_span!("emergency", harborline.acuity = 1)));
            assert!(kept(&info_span!("urgent", harborline.acuity = 2_u64)));
            assert!(kept(&info_span!("asked", harborline.sample = "always")));
            assert!(!kept(&info_span!("routine", harborline.acuity = 5)));
            assert!(!kept(&info_span!("unknown")));
        });
    }

    #[test]
    fn high_risk_is_kept_under_a_parent_that_is_not_and_so_is_what_follows() {
        at_ratio(0.0, || {
            let parent = info_span!("parent");
            let emergency = info_span!(parent: &parent, "emergency", harborline.acuity = 1);
            let following = info_span!(parent: &emergency, "following");
            assert!(!kept(&parent));
            assert!(kept(&emergency));
            assert!(kept(&following));
        });
    }

    #[test]
    fn at_ratio_one_every_trace_is_kept() {
        at_ratio(1.0, || assert!(kept(&info_span!("routine", harborline.acuity = 5))));
    }
}
