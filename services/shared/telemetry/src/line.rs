//! How a log line looks: one JSON object, or one line of text, always with the service and the trace id.

use std::error::Error;
use std::fmt;

use harborline_config::LogFormat;
use opentelemetry::Context;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::trace::trace_id_in;

/// Formats events of `service`. The trace id is that of the span entered on this thread.
pub(crate) struct Line {
    pub(crate) service: &'static str,
    pub(crate) format: LogFormat,
}

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, scope: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut timestamp = String::new();
        SystemTime.format_time(&mut Writer::new(&mut timestamp))?;
        let mut fields = Fields::default();
        event.record(&mut fields);
        let trace_id = trace_id_in(&Context::current());
        let span = scope.lookup_current().map(|span| span.name());
        match self.format {
            LogFormat::Json => self.json(&mut out, event, timestamp, trace_id, span, fields),
            LogFormat::Text => self.text(&mut out, event, &timestamp, trace_id.as_deref(), &fields),
        }
    }
}

impl Line {
    fn json(
        &self,
        out: &mut Writer<'_>,
        event: &Event<'_>,
        timestamp: String,
        trace_id: Option<String>,
        span: Option<&str>,
        fields: Fields,
    ) -> fmt::Result {
        let mut line = Map::new();
        let mut put = |name: &str, value: Value| line.insert(name.to_owned(), value);
        put("timestamp", timestamp.into());
        put("level", event.metadata().level().as_str().into());
        put("service", self.service.into());
        put("target", event.metadata().target().into());
        put("message", fields.message.into());
        if let Some(span) = span {
            put("span", span.into());
        }
        if let Some(trace_id) = trace_id {
            put("trace_id", trace_id.into());
        }
        if !fields.others.is_empty() {
            put("fields", fields.others.into());
        }
        writeln!(out, "{}", Value::Object(line))
    }

    fn text(
        &self,
        out: &mut Writer<'_>,
        event: &Event<'_>,
        timestamp: &str,
        trace_id: Option<&str>,
        fields: &Fields,
    ) -> fmt::Result {
        let level = event.metadata().level().as_str();
        write!(out, "{timestamp} {level:>5} {} {}: {}", self.service, event.metadata().target(), fields.message)?;
        for (name, value) in &fields.others {
            write!(out, " {name}={value}")?;
        }
        if let Some(trace_id) = trace_id {
            write!(out, " trace_id={trace_id}")?;
        }
        writeln!(out)
    }
}

/// The message of an event, and everything else it says.
#[derive(Default)]
struct Fields {
    message: String,
    others: Map<String, Value>,
}

impl Fields {
    fn put(&mut self, field: &Field, value: Value) {
        match (field.name(), value) {
            ("message", Value::String(text)) => self.message = text,
            (name, value) => drop(self.others.insert(name.to_owned(), value)),
        }
    }
}

/// An error with its causes, the last one at the end.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

impl Visit for Fields {
    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.put(field, chain(value).into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use opentelemetry::trace::TracerProvider as _;
    use opentelemetry_sdk::trace::SdkTracerProvider;
    use tracing::{info, info_span, subscriber::with_default};
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;
    use crate::trace::trace_id;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Logs one line inside a span; returns the line and the span's trace id.
    fn logged(format: LogFormat) -> (String, String) {
        let written = Written::default();
        let writer = written.clone();
        let lines = tracing_subscriber::fmt::layer()
            .event_format(Line { service: "intake", format })
            .with_writer(move || writer.clone());
        let provider = SdkTracerProvider::builder().build();
        let traces = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
        let trace_id = with_default(tracing_subscriber::registry().with(traces).with(lines), || {
            let span = info_span!("route");
            span.in_scope(|| info!(attempt = 2, "routed"));
            trace_id(&span).unwrap()
        });
        let line = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        (line, trace_id)
    }

    #[test]
    fn a_json_line_names_the_service_and_the_trace() {
        let (line, trace_id) = logged(LogFormat::Json);
        let line: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(line["service"], "intake");
        assert_eq!(line["trace_id"], trace_id.as_str());
        assert_eq!(line["message"], "routed");
        assert_eq!(line["span"], "route");
        assert_eq!(line["fields"]["attempt"], 2);
    }

    #[test]
    fn an_error_is_written_with_its_causes() {
        #[derive(Debug, thiserror::Error)]
        #[error("cannot listen")]
        struct CannotListen(#[source] io::Error);

        let error = CannotListen(io::Error::other("the address is in use"));
        assert_eq!(chain(&error), "cannot listen: the address is in use");
        let written = Written::default();
        let writer = written.clone();
        let json = Line { service: "intake", format: LogFormat::Json };
        let lines = tracing_subscriber::fmt::layer().event_format(json).with_writer(move || writer.clone());
        with_default(tracing_subscriber::registry().with(lines), || {
            tracing::error!(error = &error as &dyn Error, "stopped");
        });
        let line: Value = serde_json::from_slice(&written.0.lock().unwrap()).unwrap();
        assert_eq!(line["fields"]["error"], "cannot listen: the address is in use");
    }

    #[test]
    fn a_text_line_names_the_service_and_the_trace() {
        let (line, trace_id) = logged(LogFormat::Text);
        assert!(line.contains(" INFO intake "), "{line}");
        assert!(line.ends_with(&format!(": routed attempt=2 trace_id={trace_id}\n")), "{line}");
    }
}
