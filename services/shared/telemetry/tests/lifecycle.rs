//! Starting and ending telemetry, in a process of its own since it is global.

use std::time::Duration;

use harborline_config::{LogFormat, LogLevel, TelemetrySettings};
use harborline_telemetry::{TelemetryError, init, metrics, trace};
use tracing::info_span;

#[test]
fn without_a_collector_spans_have_ids_and_the_end_does_not_wait() {
    let settings = TelemetrySettings {
        otlp_endpoint: None,
        level: LogLevel::Error,
        format: LogFormat::Text,
        sample_ratio: 0.1,
        metrics_interval_seconds: 10,
    };
    let guard = init("intake", &settings).expect("without a collector no runtime is needed");
    assert!(matches!(init("intake", &settings), Err(TelemetryError::AlreadyStarted)));
    assert!(trace::trace_id(&info_span!(target: "harborline_intake", "call")).is_some());
    metrics::rpc_finished("/harborline.intake.v1.IntakeService/OpenContact", "Ok", "", 0.01);

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let ended = runtime.block_on(async { tokio::time::timeout(Duration::from_secs(30), guard.shutdown()).await });
    assert!(ended.is_ok());
}
