//! The trace context on its way: over a call in the `traceparent` header, through a duty in a column.
//!
//! Only the W3C `traceparent` travels. Baggage and `tracestate` do not: both hold whatever a client writes there, and the
//! latter would be exported with every span of the trace.

use std::collections::HashMap;

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// The header, and the name of the value that duties keep.
pub const TRACEPARENT: &str = "traceparent";

/// Writes the context of the current span into the headers of a call about to be made; nothing outside a span.
pub fn inject(headers: &mut HeaderMap) {
    TraceContextPropagator::new().inject_context(&Span::current().context(), &mut Headers(headers));
}

/// Reads the caller's context from the headers of a call. Without one, or with a malformed one, the context is empty
/// and a span under it begins a new trace.
pub fn extract(headers: &HeaderMap) -> Context {
    TraceContextPropagator::new().extract_with_context(&Context::new(), &ReadHeaders(headers))
}

/// The current span as a W3C traceparent, to be kept with a duty. None outside a span.
pub fn current_traceparent() -> Option<String> {
    let mut carrier = HashMap::new();
    TraceContextPropagator::new().inject_context(&Span::current().context(), &mut carrier);
    carrier.remove(TRACEPARENT)
}

/// Makes `traceparent` the parent of `span`, which must not have been entered yet. False when it is malformed, or comes
/// too late, or the span is disabled; the span then stays what it was.
pub fn set_parent(span: &Span, traceparent: &str) -> bool {
    let carrier = HashMap::from([(TRACEPARENT.to_owned(), traceparent.to_owned())]);
    let parent = TraceContextPropagator::new().extract_with_context(&Context::new(), &carrier);
    parent.span().span_context().is_valid() && span.set_parent(parent).is_ok()
}

/// Makes the context of the caller, as [`extract`]ed, the parent of `span`, which must not have been entered yet. False
/// when it is empty, or comes too late, or the span is disabled.
pub fn set_parent_context(span: &Span, parent: Context) -> bool {
    parent.span().span_context().is_valid() && span.set_parent(parent).is_ok()
}

/// The trace id of `span`, 32 hexadecimal digits. None when it is disabled. Starts the span: its parent is fixed then.
pub fn trace_id(span: &Span) -> Option<String> {
    trace_id_in(&span.context())
}

pub(crate) fn trace_id_in(context: &Context) -> Option<String> {
    let span = context.span();
    let context = span.span_context();
    context.is_valid().then(|| context.trace_id().to_string())
}

struct Headers<'a>(&'a mut HeaderMap);

impl Injector for Headers<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(key), HeaderValue::try_from(value)) {
            self.0.insert(name, value);
        }
    }
}

/// The caller's headers, as if `traceparent` were the only one.
struct ReadHeaders<'a>(&'a HeaderMap);

impl Extractor for ReadHeaders<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        if key == TRACEPARENT { self.0.get(key)?.to_str().ok() } else { None }
    }

    fn keys(&self) -> Vec<&str> {
        self.0.contains_key(TRACEPARENT).then_some(TRACEPARENT).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use tracing::info_span;

    use super::*;
    use crate::testing::init_for_tests;

    const CALLER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn a_call_continues_the_trace_of_its_caller() {
        init_for_tests();
        let mut headers = HeaderMap::new();
        let caller = info_span!("caller");
        caller.in_scope(|| inject(&mut headers));

        let callee = info_span!(parent: None, "callee");
        assert!(set_parent_context(&callee, extract(&headers)));
        assert!(trace_id(&caller).is_some());
        assert_eq!(trace_id(&callee), trace_id(&caller));
    }

    #[test]
    fn a_duty_continues_the_trace_that_caused_it() {
        init_for_tests();
        let duty = info_span!(parent: None, "duty");
        assert!(set_parent(&duty, CALLER));
        let kept = duty.in_scope(current_traceparent).expect("inside a span");
        assert_eq!(kept.get(..36), CALLER.get(..36), "same version and trace id");
        assert_ne!(kept, CALLER, "another span");
    }

    #[test]
    fn what_a_caller_writes_beside_its_trace_is_not_taken_along() {
        let mut headers = HeaderMap::new();
        headers.insert(TRACEPARENT, HeaderValue::from_static(CALLER));
        headers.insert("tracestate", HeaderValue::from_static("somebody=s-words"));
        headers.insert("baggage", HeaderValue::from_static("name=somebody"));
        let extracted = extract(&headers);
        let span = extracted.span();
        assert!(span.span_context().is_valid());
        assert_eq!(span.span_context().trace_state().header(), "");
    }

    #[test]
    fn a_malformed_parent_begins_a_new_trace() {
        init_for_tests();
        let span = info_span!(parent: None, "span");
        assert!(!set_parent(&span, "00-xyz"));
        assert!(!set_parent_context(&span, extract(&HeaderMap::new())));
        assert!(trace_id(&span).is_some());
    }

    #[test]
    fn outside_a_span_nothing_is_sent() {
        init_for_tests();
        let mut headers = HeaderMap::new();
        inject(&mut headers);
        assert!(headers.is_empty());
        assert_eq!(current_traceparent(), None);
    }
}
