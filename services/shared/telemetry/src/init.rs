//! Starting telemetry once in a process, and flushing it last.

use std::time::Duration;

use harborline_config::{LogLevel, TelemetrySettings};
use opentelemetry::global;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tokio::sync::oneshot;
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;

use crate::export::Providers;
use crate::line::Line;
use crate::{messages, metrics};

/// How long the flush may hold up the end of the process.
const FLUSH_LIMIT: Duration = Duration::from_secs(3);
/// The part of it that traces may use, so that metrics get the rest.
const TRACES_LIMIT: Duration = Duration::from_millis(1_500);

/// Why telemetry could not start.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// A process has one telemetry; it was started before.
    #[error("telemetry was already started in this process")]
    AlreadyStarted,
    /// The collector's address cannot be used.
    #[error("telemetry.otlp_endpoint is not an address")]
    Endpoint(#[source] tonic::transport::Error),
    /// The exporter refused its settings.
    #[error("the OTLP exporter could not be built")]
    Exporter(#[source] opentelemetry_otlp::ExporterBuildError),
    /// Exports run on the tokio runtime; `init` was called outside one.
    #[error("telemetry with a collector must be started inside the tokio runtime")]
    NoRuntime(#[source] tokio::runtime::TryCurrentError),
}

/// Holds telemetry open. Call [`shutdown`](Self::shutdown) last: what was not exported is lost with the process.
#[must_use = "telemetry is flushed by Guard::shutdown"]
pub struct Guard {
    pub(crate) providers: Providers,
}

/// Starts logs, traces and metrics of `service` ("intake"), once in a process and inside its tokio runtime.
///
/// # Errors
/// See [`TelemetryError`]. An unreachable collector is none: the service runs, and what cannot be exported is dropped.
pub fn init(service: &'static str, settings: &TelemetrySettings) -> Result<Guard, TelemetryError> {
    let providers = Providers::build(service, settings)?;
    let lines = tracing_subscriber::fmt::layer()
        .event_format(Line { service, format: settings.format })
        .with_writer(std::io::stderr)
        .with_filter(log_filter(settings.level));
    let counts = matches!(settings.level, LogLevel::Debug | LogLevel::Trace).then(messages::layer);
    let subscriber = tracing_subscriber::registry().with(trace_layer(&providers)).with(counts).with(lines);
    tracing::subscriber::set_global_default(subscriber).map_err(|_| TelemetryError::AlreadyStarted)?;

    global::set_text_map_propagator(TraceContextPropagator::new());
    global::set_tracer_provider(providers.traces.clone());
    if let Some(provider) = &providers.metrics {
        global::set_meter_provider(provider.clone());
    }
    metrics::start();
    Ok(Guard { providers })
}

impl Guard {
    /// Exports what is left, for at most three seconds, and ends telemetry. Log lines are still written afterwards.
    ///
    /// The SDK blocks while it flushes, and its exports need this runtime: with one worker thread that would be a
    /// deadlock here. It runs on a thread of its own and not on the blocking pool, because a runtime that stops waits
    /// for its pool without limit.
    pub async fn shutdown(self) {
        let Providers { traces, metrics } = self.providers;
        let (done, flushed) = oneshot::channel();
        let flush = move || {
            let traces = traces.shutdown_with_timeout(TRACES_LIMIT);
            let metrics = metrics.map_or(Ok(()), |metrics| metrics.shutdown());
            let _ = done.send(traces.and(metrics));
        };
        let started = std::thread::Builder::new().name("telemetry-flush".to_owned()).spawn(flush);
        if !matches!((started, tokio::time::timeout(FLUSH_LIMIT, flushed).await), (Ok(_), Ok(Ok(Ok(()))))) {
            tracing::warn!("the last traces and metrics could not be exported");
        }
    }
}

/// Spans become traces whatever the log level is. Libraries make none: what they put into spans is not ours to vouch
/// for.
pub(crate) fn trace_layer<S>(providers: &Providers) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    tracing_opentelemetry::layer()
        .with_tracer(providers.traces.tracer("harborline"))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_filter(Targets::new().with_target("harborline", LevelFilter::INFO))
}

/// Our own code from `level` on, libraries from "warn" on, and never the HTTP/2 stack: it would show headers, and the
/// exporter's own traffic would trace itself.
fn log_filter(level: LogLevel) -> Targets {
    let own = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let silenced = ["h2", "hyper", "tower"].map(|target| (target, LevelFilter::OFF));
    Targets::new().with_default(LevelFilter::WARN.min(own)).with_target("harborline", own).with_targets(silenced)
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn the_http_stack_is_silent_at_every_level() {
        for level in [LogLevel::Error, LogLevel::Warn, LogLevel::Info, LogLevel::Debug, LogLevel::Trace] {
            let filter = log_filter(level);
            for target in ["h2::codec", "hyper::proto", "hyper_util::client", "tower::buffer"] {
                assert!(!filter.would_enable(target, &Level::ERROR), "{target} at {level:?}");
            }
        }
    }

    #[test]
    fn the_level_is_for_our_own_code_and_libraries_only_warn() {
        let filter = log_filter(LogLevel::Debug);
        assert!(filter.would_enable("harborline_intake::rpc", &Level::DEBUG));
        assert!(filter.would_enable("sqlx::query", &Level::WARN));
        assert!(!filter.would_enable("sqlx::query", &Level::INFO));
        assert!(!log_filter(LogLevel::Error).would_enable("sqlx::query", &Level::WARN));
    }
}
