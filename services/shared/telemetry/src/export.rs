//! The providers of traces and metrics, with an OTLP exporter where a collector is configured.

use std::time::Duration;

use harborline_config::TelemetrySettings;
use opentelemetry::KeyValue;
use opentelemetry_otlp::{MetricExporter, SpanExporter, WithExportConfig, WithTonicConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider};
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator, SdkTracerProvider};
use tonic::transport::{Channel, Endpoint};

use crate::init::TelemetryError;
use crate::sampler::RiskSampler;

/// One export; shorter than the flush at the end, so that a dead collector cannot use it up.
const EXPORT_LIMIT: Duration = Duration::from_secs(2);

/// What traces and metrics go through.
pub(crate) struct Providers {
    /// Always there: spans have ids, and calls carry them, whether or not anything is exported.
    pub(crate) traces: SdkTracerProvider,
    /// None without a collector.
    pub(crate) metrics: Option<SdkMeterProvider>,
}

impl Providers {
    /// Needs the tokio runtime that will carry the exports, if there is a collector.
    pub(crate) fn build(service: &str, settings: &TelemetrySettings) -> Result<Self, TelemetryError> {
        let resource = resource(service);
        let traces = SdkTracerProvider::builder()
            .with_resource(resource.clone())
            .with_sampler(RiskSampler::new(settings.sample_ratio));
        let Some(endpoint) = &settings.otlp_endpoint else {
            return Ok(Self { traces: traces.build(), metrics: None });
        };
        let channel = channel(endpoint)?;
        let spans = SpanExporter::builder().with_tonic().with_channel(channel.clone()).with_timeout(EXPORT_LIMIT);
        let points = MetricExporter::builder().with_tonic().with_channel(channel).with_timeout(EXPORT_LIMIT);
        let spans = spans.build().map_err(TelemetryError::Exporter)?;
        let points = points.build().map_err(TelemetryError::Exporter)?;
        let reader = PeriodicReader::builder(points).with_interval(settings.metrics_interval()).build();
        Ok(Self {
            traces: traces.with_batch_exporter(spans).build(),
            metrics: Some(SdkMeterProvider::builder().with_resource(resource).with_reader(reader).build()),
        })
    }
}

/// Connects when first used: a collector that is down must not keep a service from starting.
fn channel(endpoint: &str) -> Result<Channel, TelemetryError> {
    tokio::runtime::Handle::try_current().map_err(TelemetryError::NoRuntime)?;
    let endpoint = Endpoint::from_shared(endpoint.to_owned()).map_err(TelemetryError::Endpoint)?;
    Ok(endpoint.connect_timeout(EXPORT_LIMIT).connect_lazy())
}

/// Built from nothing but our own words: the SDK would add whatever its environment variables say. The instance id
/// keeps the metrics of replicas apart.
fn resource(service: &str) -> Resource {
    Resource::builder_empty()
        .with_service_name(format!("harborline-{service}"))
        .with_attributes([
            KeyValue::new("service.namespace", "harborline"),
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            KeyValue::new("service.instance.id", RandomIdGenerator::default().new_trace_id().to_string()),
        ])
        .build()
}
