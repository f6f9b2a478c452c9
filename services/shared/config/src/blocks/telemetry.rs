//! `[telemetry]`: logs, traces and metrics.

use std::time::Duration;

use serde::Deserialize;

use super::{empty_is_none, is_origin};
use crate::problems::{Problems, Validate};

/// Logs, traces and metrics.
#[derive(Debug, Clone, Deserialize)]
pub struct TelemetrySettings {
    /// OTLP/gRPC collector, `http://host:port`; none exports nothing.
    #[serde(deserialize_with = "empty_is_none")]
    pub otlp_endpoint: Option<String>,
    /// Least severe level of Harborline's own code that is logged.
    pub level: LogLevel,
    /// How a log line looks.
    pub format: LogFormat,
    /// Share of new traces kept, 0.0 to 1.0.
    pub sample_ratio: f64,
    /// Seconds between two exports of metrics.
    pub metrics_interval_seconds: u64,
}

impl TelemetrySettings {
    /// The time between two exports of metrics.
    pub fn metrics_interval(&self) -> Duration {
        Duration::from_secs(self.metrics_interval_seconds)
    }
}

/// The least severe level that is logged. A level and not a filter expression: an expression could turn on libraries
/// that log headers and statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Needs a human.
    Error,
    /// Unexpected, and handled.
    Warn,
    /// What the service does.
    Info,
    /// How it does it.
    Debug,
    /// Every step.
    Trace,
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// One line of text.
    Text,
}

impl Validate for TelemetrySettings {
    fn validate(&self, problems: &mut Problems) {
        let endpoint = self.otlp_endpoint.as_deref().is_none_or(|address| is_origin(address, &["http"], true));
        problems.check("telemetry.otlp_endpoint", endpoint, "empty or http://host:port");
        let ratio = (0.0..=1.0).contains(&self.sample_ratio);
        problems.check("telemetry.sample_ratio", ratio, "between 0.0 and 1.0");
        let interval = (1..=3_600).contains(&self.metrics_interval_seconds);
        problems.check("telemetry.metrics_interval_seconds", interval, "between 1 and 3600 seconds");
    }
}
