//! A mesh of a test's own, of which there is one at a time.
//!
//! Cargo runs one test binary after another, and these are the only tests that start services: so a lock inside this
//! binary is all that is needed for a mesh to have the machine to itself. Two at once would take each other's processors,
//! and what a scenario expects to happen in time would not.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::path::Path;

use harborline::clients::Clients;
use harborline::demo::Scenario;
use harborline::mesh::{Logs, Mesh, MeshOptions, Ports, PostgresChoice, Replica};
use harborline_identity::{Role, ServiceName};
use harborline_testkit::WAIT_LIMIT;
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};

use crate::binary;

static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

/// How a stage's mesh is to be.
#[derive(Default)]
pub struct StageOptions<'a> {
    /// The scenario whose clock it runs on.
    pub scenario: Option<&'a Scenario>,
    /// An OTLP collector.
    pub collector: Option<String>,
    /// More settings for every service, as lines of TOML by table; `service.table` is for that service alone.
    pub settings: BTreeMap<&'static str, Vec<String>>,
}

/// A mesh in a folder of its own, with a Postgres that dies with the test.
pub struct Stage {
    mesh: Mesh,
    folder: TempDir,
    /// Until the mesh is gone: fields are dropped in their order.
    _alone: MutexGuard<'static, ()>,
}

impl Stage {
    /// Starts five services and a Postgres, once no other test has any.
    ///
    /// # Panics
    /// When they cannot be started; the message says why.
    pub async fn start(mut options: StageOptions<'_>) -> Self {
        let alone = ONE_AT_A_TIME.lock().await;
        let folder = tempfile::tempdir().expect("a temporary folder");
        // On a busy machine the seconds that calls and connections have by default answer nobody.
        for (table, line) in [("grpc", "default_deadline_ms = 30000"), ("database", "acquire_timeout_ms = 60000")] {
            options.settings.entry(table).or_default().push(line.to_owned());
        }
        let mesh = Mesh::start(MeshOptions {
            state: folder.path().to_owned(),
            binary: binary().to_owned(),
            ports: Ports::Free,
            clock: options.scenario.map(Scenario::clock_plan),
            postgres: PostgresChoice::Own { durable: false, die_with_parent: true },
            logs: Logs::Files,
            collector: options.collector,
            settings: options.settings,
            ready_within: WAIT_LIMIT,
        })
        .await
        .unwrap_or_else(|error| panic!("the mesh does not start: {error:#}"));
        Self { mesh, folder, _alone: alone }
    }

    /// The clients of somebody with these roles.
    ///
    /// # Panics
    /// When the authority cannot sign.
    pub fn person(&self, subject: &str, roles: &[Role]) -> Clients {
        Clients::of(&self.mesh, subject, roles, None).expect("the authority signs")
    }

    /// Where its mesh keeps its state.
    pub fn path(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// What a service has logged so far.
    pub fn log(&self, service: ServiceName) -> String {
        std::fs::read_to_string(self.folder.path().join("logs").join(format!("{service}.log"))).unwrap_or_default()
    }

    /// What Postgres has logged so far.
    pub fn postgres_log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("postgres").join("data.log")).unwrap_or_default()
    }

    /// The folder that the mesh keeps its state in.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts one more process of a service, with addresses of its own, and waits until it is ready.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn another(&self, service: ServiceName) -> Replica {
        let name = format!("{service}-{}", uuid::Uuid::new_v4().simple());
        let replica = self.mesh.another(service, &name, binary()).await;
        replica.unwrap_or_else(|error| panic!("one more {service} does not start: {error:#}"))
    }

    /// Starts a service that was stopped, and waits until it is ready.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start_again(&mut self, service: ServiceName) {
        self.mesh.start_service(service, binary()).expect("the service starts");
        self.mesh.ready().await.expect("the service becomes ready");
    }

    /// Stops everything.
    ///
    /// # Panics
    /// When Postgres does not stop.
    pub async fn stop(self) {
        self.mesh.stop().await.expect("the mesh stops");
    }
}

impl Deref for Stage {
    type Target = Mesh;

    fn deref(&self) -> &Mesh {
        &self.mesh
    }
}

impl DerefMut for Stage {
    fn deref_mut(&mut self) -> &mut Mesh {
        &mut self.mesh
    }
}
