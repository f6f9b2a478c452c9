//! The blocks of settings that every service has. Each block validates itself; what spans blocks is checked here.

mod audit;
mod clock;
mod computations;
mod database;
mod duties;
mod grpc;
mod identity;
mod keys;
mod neighbors;
mod policy;
mod runtime;
mod telemetry;

use serde::{Deserialize, Deserializer};

pub use audit::AuditSettings;
pub use clock::{ClockSettings, DevelopmentClock};
pub use computations::ComputationSettings;
pub use database::{DatabaseSettings, ProgramNaming};
pub use duties::DutySettings;
pub use grpc::GrpcSettings;
pub use identity::IdentitySettings;
pub use keys::{KeyProviderKind, KeySettings};
pub use neighbors::NeighborSettings;
pub use policy::PolicySettings;
pub use runtime::RuntimeSettings;
pub use telemetry::{LogFormat, LogLevel, TelemetrySettings};

use crate::load::Reader;
use crate::problems::{Problems, Validate};

/// Where the service runs. No check is weaker in development; it only may run on a shifted clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// Real people are served.
    Production,
    /// A developer's machine, a demonstration or a test.
    Development,
}

impl Validate for Environment {
    fn validate(&self, _problems: &mut Problems) {}
}

/// The blocks that every service has, in the order of the documented default file.
#[derive(Debug, Clone)]
pub struct ServiceSettings {
    /// Production or development.
    pub environment: Environment,
    /// `[grpc]`: listeners and limits.
    pub grpc: GrpcSettings,
    /// `[database]`: the service's own Postgres.
    pub database: DatabaseSettings,
    /// `[keys]`: who holds the keys that health information is sealed with.
    pub keys: KeySettings,
    /// `[identity]`: who may call, and who this service is.
    pub identity: IdentitySettings,
    /// `[audit]`: the record of accesses.
    pub audit: AuditSettings,
    /// `[policy]`: what callers may.
    pub policy: PolicySettings,
    /// `[neighbors]`: the mesh addresses of the other services.
    pub neighbors: NeighborSettings,
    /// `[telemetry]`: logs, traces and metrics.
    pub telemetry: TelemetrySettings,
    /// `[clock]`: the development clock.
    pub clock: ClockSettings,
    /// `[duties]`: the worker that fulfills duties.
    pub duties: DutySettings,
    /// `[computations]`: calls whose cost their caller chooses.
    pub computations: ComputationSettings,
    /// `[runtime]`: the asynchronous runtime.
    pub runtime: RuntimeSettings,
}

impl ServiceSettings {
    /// Reads every block before giving up on any, so that all problems are found.
    pub(crate) fn read(reader: &mut Reader, required_neighbors: &[String]) -> Option<Self> {
        let environment = reader.extract("environment");
        let grpc = reader.extract("grpc");
        let database = reader.extract::<DatabaseSettings>("database");
        let keys = reader.extract::<KeySettings>("keys");
        let identity = reader.extract::<IdentitySettings>("identity");
        let audit = reader.extract("audit");
        let policy = reader.extract("policy");
        let neighbors = reader.extract::<NeighborSettings>("neighbors");
        let telemetry = reader.extract("telemetry");
        let clock = reader.extract::<ClockSettings>("clock");
        let duties = reader.extract("duties");
        let computations = reader.extract::<ComputationSettings>("computations");
        let runtime = reader.extract("runtime");
        if let (Some(clock), Some(environment)) = (&clock, environment) {
            clock.validate_for(environment, &mut reader.problems);
        }
        if let (Some(identity), Some(environment)) = (&identity, environment) {
            identity.validate_for(environment, &mut reader.problems);
        }
        if let (Some(keys), Some(environment)) = (&keys, environment) {
            keys.validate_for(environment, &mut reader.problems);
        }
        if let (Some(computations), Some(database)) = (&computations, &database) {
            computations.validate_for(database, &mut reader.problems);
        }
        if let Some(neighbors) = &neighbors {
            neighbors.require(required_neighbors, &mut reader.problems);
        }
        Some(Self {
            environment: environment?,
            grpc: grpc?,
            database: database?,
            keys: keys?,
            identity: identity?,
            audit: audit?,
            policy: policy?,
            neighbors: neighbors?,
            telemetry: telemetry?,
            clock: clock?,
            duties: duties?,
            computations: computations?,
            runtime: runtime?,
        })
    }
}

/// For a service that has only the shared blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct NoOwnSettings {}

impl Validate for NoOwnSettings {
    fn validate(&self, _problems: &mut Problems) {}
}

/// Reads empty text as none.
fn empty_is_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    Ok(Some(text).filter(|text| !text.is_empty()))
}

/// Whether `text` is `scheme://host[:port]` and nothing more; with `port_required` the port must be there.
fn is_origin(text: &str, schemes: &[&str], port_required: bool) -> bool {
    let Some((scheme, authority)) = text.split_once("://") else { return false };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let plain = |part: &str| part.chars().all(|one| one.is_ascii_alphanumeric() || "-._[]:".contains(one));
    let port_is_good = port.map_or(!port_required, |port| port.parse::<u16>().is_ok_and(|port| port > 0));
    schemes.contains(&scheme) && !host.is_empty() && plain(host) && port_is_good
}
