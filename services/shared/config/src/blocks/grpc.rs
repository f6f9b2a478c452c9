//! `[grpc]`: listeners and limits of the gRPC server.

use std::net::SocketAddr;
use std::time::Duration;

use serde::Deserialize;

use super::is_origin;
use crate::problems::{Problems, Validate};

/// Listeners and limits of the gRPC server.
#[derive(Debug, Clone, Deserialize)]
pub struct GrpcSettings {
    /// For front ends: h2c and gRPC-Web with an access token. Port 0 takes a free one.
    pub public_listen: SocketAddr,
    /// For services and clinics: mutual TLS. Port 0 takes a free one.
    pub mesh_listen: SocketAddr,
    /// For probes: plaintext, only grpc.health.v1. Port 0 takes a free one.
    pub health_listen: SocketAddr,
    /// Milliseconds for a call whose caller names no deadline.
    pub default_deadline_ms: u64,
    /// Longest deadline granted, in milliseconds.
    pub max_deadline_ms: u64,
    /// Age in seconds at which a live stream ends by itself.
    pub stream_max_age_seconds: u64,
    /// Seconds that calls in flight get at the end.
    pub drain_seconds: u64,
    /// Age in seconds at which a connection is asked to reconnect.
    pub max_connection_age_seconds: u64,
    /// Calls worked on at once; the last quarter is for calls of a crisis.
    pub max_in_flight: usize,
    /// Calls of one connection that were taken back before this replica has looked at them; more end the connection.
    pub max_pending_resets: usize,
    /// Streams of one connection that this replica had to reset; more end the connection.
    pub max_error_resets: usize,
    /// Requests a second of one person; 0: no limit.
    pub person_requests_per_second: u32,
    /// Requests of one person at once.
    pub person_burst: u32,
    /// Open streams of one person; 0: no limit.
    pub person_streams: u32,
    /// Requests a second of one front end; 0: no limit.
    pub front_end_requests_per_second: u32,
    /// Requests of one front end at once.
    pub front_end_burst: u32,
    /// Open streams of one front end; 0: no limit.
    pub front_end_streams: u32,
    /// Requests a second of one partner clinic; 0: no limit.
    pub clinic_requests_per_second: u32,
    /// Requests of one partner clinic at once.
    pub clinic_burst: u32,
    /// Open streams of one partner clinic; 0: no limit.
    pub clinic_streams: u32,
    /// Browser origins that may call the public listener; empty: none.
    pub web_origins: Vec<String>,
}

impl GrpcSettings {
    /// The deadline of a call whose caller names none.
    pub fn default_deadline(&self) -> Duration {
        Duration::from_millis(self.default_deadline_ms)
    }

    /// The longest deadline granted.
    pub fn max_deadline(&self) -> Duration {
        Duration::from_millis(self.max_deadline_ms)
    }

    /// The age at which a live stream ends by itself.
    pub fn stream_max_age(&self) -> Duration {
        Duration::from_secs(self.stream_max_age_seconds)
    }

    /// The time that calls in flight get at the end.
    pub fn drain(&self) -> Duration {
        Duration::from_secs(self.drain_seconds)
    }

    /// The age at which a connection is asked to reconnect.
    pub fn max_connection_age(&self) -> Duration {
        Duration::from_secs(self.max_connection_age_seconds)
    }
}

impl GrpcSettings {
    fn validate_caller_limits(&self, problems: &mut Problems) {
        let limits = [
            ("person", self.person_requests_per_second, self.person_burst),
            ("front_end", self.front_end_requests_per_second, self.front_end_burst),
            ("clinic", self.clinic_requests_per_second, self.clinic_burst),
        ];
        for (caller, per_second, burst) in limits {
            let key = format!("grpc.{caller}_requests_per_second");
            problems.check(&key, per_second <= 1_000_000, "at most 1000000 requests a second");
            problems.check(&format!("grpc.{caller}_burst"), (1..=1_000_000).contains(&burst), "between 1 and 1000000");
        }
    }
}

impl Validate for GrpcSettings {
    fn validate(&self, problems: &mut Problems) {
        let clash = |one: SocketAddr, other: SocketAddr| one == other && one.port() != 0;
        let mesh_is_free = !clash(self.mesh_listen, self.public_listen);
        let health_is_free =
            !clash(self.health_listen, self.public_listen) && !clash(self.health_listen, self.mesh_listen);
        problems.check("grpc.mesh_listen", mesh_is_free, "another address than grpc.public_listen");
        problems.check("grpc.health_listen", health_is_free, "another address than the other two listeners");
        let (default, max) = (self.default_deadline_ms, self.max_deadline_ms);
        problems.check("grpc.max_deadline_ms", (1..=600_000).contains(&max), "between 1 and 600000 milliseconds");
        let within = (1..=max.max(1)).contains(&default);
        problems.check("grpc.default_deadline_ms", within, "between 1 and grpc.max_deadline_ms milliseconds");
        let age = self.stream_max_age_seconds;
        problems.check("grpc.stream_max_age_seconds", (1..=86_400).contains(&age), "between 1 and 86400 seconds");
        problems.check("grpc.drain_seconds", (1..=600).contains(&self.drain_seconds), "between 1 and 600 seconds");
        let age = self.max_connection_age_seconds;
        problems.check("grpc.max_connection_age_seconds", (1..=86_400).contains(&age), "between 1 and 86400 seconds");
        let in_flight = (1..=100_000).contains(&self.max_in_flight);
        problems.check("grpc.max_in_flight", in_flight, "between 1 and 100000 calls");
        for (key, resets) in [("pending", self.max_pending_resets), ("error", self.max_error_resets)] {
            let key = format!("grpc.max_{key}_resets");
            problems.check(&key, (32..=100_000).contains(&resets), "between 32 and 100000 streams");
        }
        self.validate_caller_limits(problems);
        let origins = self.web_origins.iter().all(|origin| is_origin(origin, &["https", "http"], false));
        problems.check(
            "grpc.web_origins",
            origins,
            "a list of origins such as https://app.example.org, without a path",
        );
    }
}
