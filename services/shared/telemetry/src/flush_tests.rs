//! What reaches a collector, and what a bad one can do. The providers are used without making them global.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use harborline_config::{LogFormat, LogLevel, TelemetrySettings};
use opentelemetry::metrics::MeterProvider as _;
use tokio::net::TcpListener;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::server::NamedService;
use tonic::transport::{Server, server::TcpIncoming};
use tracing::{info_span, subscriber::with_default};
use tracing_subscriber::layer::SubscriberExt as _;

use crate::export::Providers;
use crate::init::{Guard, TelemetryError, trace_layer};

fn settings(collector: &str) -> TelemetrySettings {
    TelemetrySettings {
        otlp_endpoint: Some(collector.to_owned()),
        level: LogLevel::Error,
        format: LogFormat::Json,
        sample_ratio: 1.0,
        metrics_interval_seconds: 3_600,
    }
}

/// Telemetry with one finished span and one measured point that wait for their export.
fn with_something_to_flush(collector: &str) -> Guard {
    let providers = Providers::build("intake", &settings(collector)).unwrap();
    let subscriber = tracing_subscriber::registry().with(trace_layer(&providers));
    with_default(subscriber, || info_span!("call").in_scope(|| ()));
    providers.metrics.as_ref().unwrap().meter("test").u64_counter("calls").build().add(1, &[]);
    Guard { providers }
}

/// A collector that notes which exports reached it.
#[derive(Clone, Default)]
struct Collector<const METRICS: bool> {
    reached: Arc<Mutex<BTreeSet<String>>>,
}

impl<const METRICS: bool> NamedService for Collector<METRICS> {
    const NAME: &'static str = if METRICS {
        "opentelemetry.proto.collector.metrics.v1.MetricsService"
    } else {
        "opentelemetry.proto.collector.trace.v1.TraceService"
    };
}

impl<const METRICS: bool> Service<http::Request<Body>> for Collector<METRICS> {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let service = request.uri().path().split('/').nth(1).unwrap_or_default();
        self.reached.lock().unwrap().insert(service.to_owned());
        ready(Ok(tonic::Status::ok("").into_http()))
    }
}

fn on_one_worker(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
}

/// Far above the three seconds promised: a hang fails, a busy machine does not.
async fn assert_ends(guard: Guard) {
    tokio::time::timeout(Duration::from_secs(30), guard.shutdown()).await.expect("shutdown should be bounded");
}

#[test]
fn the_last_traces_and_metrics_reach_the_collector_on_one_worker() {
    on_one_worker(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let traces = Collector::<false>::default();
        let metrics = Collector::<true> { reached: Arc::clone(&traces.reached) };
        let reached = Arc::clone(&traces.reached);
        let server = Server::builder().add_service(traces).add_service(metrics);
        let serving = tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));

        assert_ends(with_something_to_flush(&address)).await;
        serving.abort();
        let expected = [Collector::<true>::NAME.to_owned(), Collector::<false>::NAME.to_owned()];
        assert_eq!(*reached.lock().unwrap(), BTreeSet::from(expected));
    });
}

#[test]
fn a_collector_that_never_answers_cannot_hold_up_the_end() {
    on_one_worker(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        assert_ends(with_something_to_flush(&format!("http://{}", listener.local_addr().unwrap()))).await;
    });
}

#[test]
fn a_collector_needs_the_runtime_that_carries_the_exports() {
    let refused = Providers::build("intake", &settings("http://127.0.0.1:4317"));
    assert!(matches!(refused, Err(TelemetryError::NoRuntime(_))));
}
