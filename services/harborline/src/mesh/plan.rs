//! What a mesh is to be like.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use chrono::{DateTime, Utc};
use harborline_identity::ServiceName;
use harborline_types::ProgramId;
use uuid::Uuid;

use super::PostgresChoice;

/// The program that development tokens speak for unless told otherwise.
pub const DEVELOPMENT_PROGRAM: ProgramId = ProgramId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001));

/// How long the services of an operator's mesh may take to become ready.
pub(crate) const READY_LIMIT: Duration = Duration::from_secs(60);

/// Everything that a mesh can be told.
pub struct MeshOptions {
    /// Where it keeps its state.
    pub state: PathBuf,
    /// The `harborline` binary that the services run from.
    pub binary: PathBuf,
    /// Which ports they listen on.
    pub ports: Ports,
    /// The development clock; none is the system's.
    pub clock: Option<ClockPlan>,
    /// Which Postgres.
    pub postgres: PostgresChoice,
    /// Where the services' logs go.
    pub logs: Logs,
    /// An OTLP collector, `http://host:port`.
    pub collector: Option<String>,
    /// More settings for every service, as lines of TOML by table; they take the place of the mesh's own. A table that is
    /// named `service.table` is for that service alone.
    pub settings: BTreeMap<&'static str, Vec<String>>,
    /// How long the services may take to become ready.
    pub ready_within: Duration,
}

/// Which ports the services listen on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ports {
    /// 7101 to 7105 for front ends, 7201 to 7205 for the mesh, 7301 to 7305 for probes.
    WellKnown,
    /// Any that are free.
    Free,
}

/// A development clock, the same for all five.
#[derive(Clone, Copy, Debug)]
pub struct ClockPlan {
    /// A real instant.
    pub start_real: DateTime<Utc>,
    /// What it shows at that instant.
    pub start: DateTime<Utc>,
    /// Its seconds in a real one.
    pub speed: f64,
}

/// Where the services' logs go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Logs {
    /// To this process's standard error, for people.
    Inherit,
    /// To one file a service in the state folder.
    Files,
}

/// Where one service listens.
#[derive(Clone, Copy, Debug)]
pub struct Addresses {
    /// For front ends and clinics.
    pub public: SocketAddr,
    /// For services.
    pub mesh: SocketAddr,
    /// For probes.
    pub health: SocketAddr,
}

impl Addresses {
    /// The addresses of all five, each free at this moment: a service of another mesh that has one would answer in place of
    /// ours.
    ///
    /// # Errors
    /// When a well-known port is taken; the error names each that is.
    pub(super) fn plan(ports: Ports) -> anyhow::Result<BTreeMap<ServiceName, Addresses>> {
        let mut taken = Vec::new();
        let mut plan = BTreeMap::new();
        for (index, service) in (1_u16..).zip(ServiceName::ALL) {
            let mut port = |base: u16| match ports {
                Ports::WellKnown => Ok(local(base + index)),
                Ports::Free => free(&mut taken),
            };
            plan.insert(*service, Addresses { public: port(7100)?, mesh: port(7200)?, health: port(7300)? });
        }
        // Those that were found free are let go, to be tried like the others.
        drop(taken);
        refuse_taken(plan.values().flat_map(|addresses| [addresses.public, addresses.mesh, addresses.health]))?;
        Ok(plan)
    }
}

impl Addresses {
    /// Free addresses for one more process.
    pub(super) fn more() -> anyhow::Result<Self> {
        let mut taken = Vec::new();
        Ok(Self { public: free(&mut taken)?, mesh: free(&mut taken)?, health: free(&mut taken)? })
    }
}

/// Refuses when something listens at one of the addresses.
fn refuse_taken(addresses: impl Iterator<Item = SocketAddr>) -> anyhow::Result<()> {
    let mut ports: Vec<u16> =
        addresses.filter(|address| TcpListener::bind(address).is_err()).map(|address| address.port()).collect();
    ports.sort_unstable();
    let named: Vec<_> = ports.iter().map(u16::to_string).collect();
    anyhow::ensure!(
        ports.is_empty(),
        "something else listens on port {}, perhaps another mesh; stop it, or let this one take free ports: --free-ports",
        named.join(", ")
    );
    Ok(())
}

fn local(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

/// A port that is free now and that no outgoing connection will be given: below the ephemeral range.
fn free(taken: &mut Vec<TcpListener>) -> anyhow::Result<SocketAddr> {
    for _ in 0..1000 {
        let port = rand::random_range(10_000..32_000);
        if let Ok(listener) = TcpListener::bind(local(port)) {
            // Held until the whole plan is made, so that no port is given twice.
            taken.push(listener);
            return Ok(local(port));
        }
    }
    anyhow::bail!("no free port between 10000 and 32000")
}

/// Writes a file that only its owner may read.
pub(super) fn write_private(path: &std::path::Path, text: &str) -> anyhow::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    file.write_all(text.as_bytes()).with_context(|| format!("cannot write {}", path.display()))
}
