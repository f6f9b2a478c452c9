//! A night of contacts, played against a running mesh through its public contracts only.
//!
//! The way of a night: a scenario file becomes a [`Scenario`]; a mesh is started on a development clock; setup gives it
//! a program, counselors, participants and clinics; callers, counselors and clinics are tasks, each a gRPC client with a
//! token of its own; when everything has settled, the evidence is read back through the contracts, the promises are
//! checked against it, and a report is made.
//!
//! Whoever plays repeats a call that was not answered, as every client should: so the same night can be played while
//! services are being killed.

mod caller;
mod clinic;
mod conversation;
mod counselor;
mod evidence;
mod family;
mod play;
mod promises;
mod report;
mod safety_plan;
mod scenario;
mod setup;
mod supervisor;
mod view;
mod world;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context;
use chrono::{TimeDelta, Utc};

pub use play::{PlayOptions, play};
pub use promises::{Check, Promises};
pub use report::Report;
pub use scenario::{Fault, Scenario};
pub use view::View;

use crate::mesh::{ClockPlan, Logs, Mesh, MeshOptions, Ports, PostgresChoice, READY_LIMIT};

/// About the time that a mesh and its setup take. A slower machine only begins its night a little later.
const MESH_START: TimeDelta = TimeDelta::seconds(8);

/// One mutating call in so many is made twice in a demo.
const REPEAT_ONE_IN: u64 = 4;

/// How a demo is run.
pub struct DemoOptions {
    /// The `harborline` binary.
    pub binary: PathBuf,
    /// The state folder; none is a temporary one.
    pub state: Option<PathBuf>,
    /// An OTLP collector.
    pub collector: Option<String>,
}

/// Reads a scenario, or the default night.
///
/// # Errors
/// Every fault of the text.
pub fn read_scenario(text: Option<&str>) -> Result<Scenario, Vec<Fault>> {
    scenario::parse(text.unwrap_or(scenario::DEFAULT_NIGHT))
}

/// Starts a mesh, plays the scenario on it, stops it, and reports.
///
/// # Errors
/// When the mesh cannot be started, or the contracts do not answer.
pub async fn run(scenario: Scenario, options: DemoOptions) -> anyhow::Result<Report> {
    let temporary = std::env::temp_dir().join(format!("harborline-demo-{}", std::process::id()));
    let state = options.state.clone().unwrap_or_else(|| temporary.clone());
    let view = view::View::new();
    view.say(&format!("starting five services and a Postgres in {}", state.display()));
    let mesh = Mesh::start(MeshOptions { clock: Some(scenario.clock_plan()), ..demo_mesh(&options, state) }).await?;
    let played = play(&mesh, scenario, PlayOptions { view, repeat_one_in: REPEAT_ONE_IN }).await;
    mesh.stop().await?;
    let report = played?;
    if options.state.is_none() && report.is_good() {
        std::fs::remove_dir_all(&temporary).context("cannot remove the temporary state")?;
    }
    Ok(report)
}

fn demo_mesh(options: &DemoOptions, state: PathBuf) -> MeshOptions {
    let postgres = match PostgresChoice::from_environment() {
        PostgresChoice::Own { .. } => PostgresChoice::Own { durable: true, die_with_parent: true },
        given => given,
    };
    MeshOptions {
        state,
        binary: options.binary.clone(),
        ports: Ports::Free,
        clock: None,
        postgres,
        logs: Logs::Files,
        collector: options.collector.clone(),
        settings: BTreeMap::new(),
        ready_within: READY_LIMIT,
    }
}

impl Scenario {
    /// The clock of the night: it shows the night's start once a mesh has had time to start.
    pub fn clock_plan(&self) -> ClockPlan {
        let start_real = Utc::now() + MESH_START;
        ClockPlan { start_real, start: self.night.starts_at, speed: self.night.speed }
    }
}
