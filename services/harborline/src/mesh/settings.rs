//! The settings files that a mesh writes for its services.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use harborline_authority::{AUDIENCE, Authority, ISSUER};
use harborline_identity::ServiceName;
use harborline_service::Role;

use super::{Addresses, ClockPlan, Logs};
use crate::roles::{WithRole, with_role};

/// The browser origin that may call a mesh of development: where Vite serves a front end.
pub(crate) const WEB_ORIGIN: &str = "http://localhost:5173";

/// What all five settings files have in common.
pub(super) struct Common<'a> {
    pub(super) logs: Logs,
    pub(super) clock: Option<&'a ClockPlan>,
    pub(super) collector: Option<&'a str>,
    /// More lines of TOML by table; `service.table` is for that service alone.
    pub(super) settings: &'a BTreeMap<&'static str, Vec<String>>,
}

/// The settings file of one service.
pub(super) fn file(
    service: ServiceName,
    addresses: &BTreeMap<ServiceName, Addresses>,
    dsn: &str,
    authority: &Authority,
    secrets: &Path,
    common: &Common<'_>,
) -> String {
    let own = &addresses[&service];
    let mut tables: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut add = |table: &'static str, key: &str, value: String| {
        tables.entry(table).or_default().push(format!("{key} = {value}"));
    };
    let quoted = |text: &dyn std::fmt::Display| format!("{:?}", text.to_string());
    add("grpc", "public_listen", quoted(&own.public));
    add("grpc", "mesh_listen", quoted(&own.mesh));
    add("grpc", "health_listen", quoted(&own.health));
    add("grpc", "web_origins", format!("[{WEB_ORIGIN:?}]"));
    add("database", "url", quoted(&dsn));
    add("keys", "directory", quoted(&secrets.join("keys").display()));
    add("identity", "issuer", quoted(&ISSUER));
    add("identity", "audience", quoted(&AUDIENCE));
    add("identity", "jwks_file", quoted(&authority.jwks_path().display()));
    add("identity", "tls_ca_file", quoted(&authority.ca_path().display()));
    add("identity", "tls_cert_file", quoted(&secrets.join(format!("{service}.pem")).display()));
    add("identity", "tls_key_file", quoted(&secrets.join(format!("{service}.key")).display()));
    add("audit", "signing_key_file", quoted(&secrets.join(format!("{service}.audit.key")).display()));
    for neighbor in with_role(service, NeighborsOf) {
        add("neighbors", neighbor.as_str(), quoted(&format!("https://{}", addresses[neighbor].mesh)));
    }
    add("telemetry", "format", quoted(&if common.logs == Logs::Inherit { "text" } else { "json" }));
    if let Some(collector) = common.collector {
        add("telemetry", "otlp_endpoint", quoted(&collector));
        add("telemetry", "sample_ratio", "1.0".to_owned());
    }
    if let Some(clock) = common.clock {
        add("clock", "start_real", quoted(&clock.start_real.to_rfc3339()));
        add("clock", "start", quoted(&clock.start.to_rfc3339()));
        add("clock", "speed", format!("{:?}", clock.speed));
        // On a rushing clock half an hour is a second, less than a busy machine may take between a claim and its acceptance.
        if service == ServiceName::Referral {
            for level in 1..=5 {
                add("offers.accept_minutes", &format!("acuity_{level}"), "10080".to_owned());
            }
        }
    }
    for (table, lines) in common.settings {
        let table = match table.split_once('.') {
            Some((of, table)) if of == service.as_str() => table,
            Some(_) => continue,
            None => table,
        };
        // A setting of the mesh's own gives way to the one that was asked for.
        let asked = |own: &String| lines.iter().any(|line| key_of(line) == key_of(own));
        tables.entry(table).or_default().retain(|own| !asked(own));
        tables.entry(table).or_default().extend(lines.iter().cloned());
    }
    let mut text = "environment = \"development\"\n".to_owned();
    for (table, lines) in tables {
        let _ = write!(text, "\n[{table}]\n{}\n", lines.join("\n"));
    }
    text
}

fn key_of(line: &str) -> &str {
    line.split('=').next().unwrap_or(line).trim()
}

struct NeighborsOf;

impl WithRole for NeighborsOf {
    type Output = &'static [ServiceName];

    fn with<R: Role>(self) -> Self::Output {
        R::NEIGHBORS
    }
}
