//! An OTLP collector that keeps what it is sent.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_server::{
    MetricsService, MetricsServiceServer,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{ExportMetricsServiceRequest, ExportMetricsServiceResponse};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{TraceService, TraceServiceServer};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

/// One exported span.
#[derive(Clone, Debug)]
pub struct Span {
    /// `service.name`.
    pub service: String,
    /// The span's name.
    pub name: String,
    /// Its trace.
    pub trace_id: Vec<u8>,
    /// Its own id.
    pub span_id: Vec<u8>,
    /// The span it belongs under; empty for a root.
    pub parent_id: Vec<u8>,
}

/// A collector on a port of its own.
#[derive(Clone, Default)]
pub struct Collector {
    spans: Arc<Mutex<Vec<Span>>>,
    metrics: Arc<Mutex<BTreeSet<String>>>,
    texts: Arc<Mutex<BTreeSet<String>>>,
}

impl Collector {
    /// Starts one; answers it and its address.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn start() -> (Self, String) {
        let collector = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound address");
        let server = tonic::transport::Server::builder()
            .add_service(TraceServiceServer::new(collector.clone()))
            .add_service(MetricsServiceServer::new(collector.clone()))
            .serve_with_incoming(TcpListenerStream::new(listener));
        tokio::spawn(server);
        (collector, format!("http://{address}"))
    }

    /// Every span so far.
    ///
    /// # Panics
    /// When an export panicked.
    pub fn spans(&self) -> Vec<Span> {
        self.spans.lock().expect("no export panics").clone()
    }

    /// The names of every metric so far.
    ///
    /// # Panics
    /// When an export panicked.
    pub fn metrics(&self) -> BTreeSet<String> {
        self.metrics.lock().expect("no export panics").clone()
    }

    /// Everything that was exported so far, as text: each span with its attributes, events, links and status, each
    /// metric with its labels, each resource. For searching, not for reading.
    ///
    /// # Panics
    /// When an export panicked.
    pub fn texts(&self) -> BTreeSet<String> {
        self.texts.lock().expect("no export panics").clone()
    }

    fn keep(&self, exported: &impl std::fmt::Debug) {
        self.texts.lock().expect("no export panics").insert(format!("{exported:?}"));
    }
}

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let mut spans = self.spans.lock().expect("no export panics");
        for exported in request.into_inner().resource_spans {
            self.keep(&exported.resource);
            exported.scope_spans.iter().for_each(|scope| self.keep(&scope.scope));
            exported.scope_spans.iter().flat_map(|scope| &scope.spans).for_each(|span| self.keep(span));
            let service =
                exported.resource.iter().flat_map(|resource| &resource.attributes).find_map(|attribute| {
                    match (attribute.key.as_str(), attribute.value.as_ref()?.value.as_ref()?) {
                        ("service.name", Value::StringValue(name)) => Some(name.clone()),
                        _ => None,
                    }
                });
            let service = service.unwrap_or_default();
            spans.extend(exported.scope_spans.into_iter().flat_map(|scope| scope.spans).map(|span| Span {
                service: service.clone(),
                name: span.name,
                trace_id: span.trace_id,
                span_id: span.span_id,
                parent_id: span.parent_span_id,
            }));
        }
        Ok(Response::new(Default::default()))
    }
}

#[tonic::async_trait]
impl MetricsService for Collector {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        let mut names = self.metrics.lock().expect("no export panics");
        let request = request.into_inner();
        request.resource_metrics.iter().for_each(|exported| self.keep(exported));
        let scopes = request.resource_metrics.into_iter().flat_map(|resource| resource.scope_metrics);
        names.extend(scopes.flat_map(|scope| scope.metrics).map(|metric| metric.name));
        Ok(Response::new(Default::default()))
    }
}
