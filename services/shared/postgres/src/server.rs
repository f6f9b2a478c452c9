//! Starts a Postgres server, or attaches to the one that runs already, and stops it.

use std::{
    fmt,
    path::{Path, PathBuf},
    process::Child,
    time::Duration,
};

use rustix::process::{Signal, kill_process};

use crate::{
    SUPERUSER,
    binaries::Binaries,
    cluster::Cluster,
    error::{StartError, StopError},
    launch::{IMMEDIATE_STOP_LIMIT, Launched, START_LIMIT, launch_on_free_port, wait_until},
    owner::{self, Owner},
    pidfile::{self, Phase, Postmaster},
    watchdog::Watchdog,
};

/// How long a fast shutdown may take: it writes a checkpoint.
const FAST_STOP_LIMIT: Duration = Duration::from_secs(30);

/// How a server is to be started.
#[derive(Debug, Clone)]
pub struct StartOptions {
    /// The programs to run. They must be of the major version that initialized the data folder.
    pub binaries: Binaries,
    /// The data folder. Initialized if it is absent or empty; its password, log and lock lie beside it.
    pub data_dir: PathBuf,
    /// The TCP port on the loopback address; a free one below 32768 if none is given. A server that runs already keeps
    /// the port it has.
    pub port: Option<u16>,
    /// Whether commits survive a crash of the machine. `false` is for tests: faster, and lost with a power cut.
    pub durable: bool,
    /// How many connections Postgres accepts at once.
    pub max_connections: u16,
    /// Whether Postgres ends when the returned [`Server`] is dropped or this process ends, by SIGKILL included. Tests
    /// want it; a supervisor that shall find its Postgres again does not. A server that ran already is left alone.
    pub die_with_parent: bool,
}

/// A running Postgres. Dropping it leaves Postgres running, unless it was started with `die_with_parent`.
pub struct Server {
    cluster: Cluster,
    pid: u32,
    port: u16,
    password: String,
    /// Present if this process started it and must wait for its end.
    child: Option<Child>,
    watchdog: Option<Watchdog>,
}

impl Server {
    /// Starts Postgres on a data folder and waits until it accepts connections; attaches if one runs there already.
    ///
    /// Safe to call from several processes at once: one starts, the others attach. Run as root, it hands the data
    /// folder to the unprivileged user and lets that user pass through the folders above it. Blocks.
    pub fn start(options: StartOptions) -> Result<Self, StartError> {
        let cluster = Cluster::at(&options.data_dir)?;
        let _lock = cluster.locked()?;
        if let Some(running) = wait_for_running(&cluster)? {
            return Self::attach(cluster, running);
        }
        let owner = prepare(&cluster, &options)?;
        let password = cluster.read_password()?;
        let (Launched { process, watchdog }, port) = launch_on_free_port(&cluster, &options, owner)?;
        let pid = process.id();
        tracing::info!(pid, port, data_dir = %cluster.data_dir.display(), "Postgres accepts connections");
        Ok(Self { cluster, pid, port, password, child: Some(process), watchdog })
    }

    fn attach(cluster: Cluster, running: Running) -> Result<Self, StartError> {
        let password = cluster.read_password()?;
        let Running { pid, port } = running;
        tracing::info!(pid, port, data_dir = %cluster.data_dir.display(), "attached to the Postgres that runs already");
        Ok(Self { cluster, pid, port, password, child: None, watchdog: None })
    }

    /// The address of `database` for the superuser, password included: not for logs. The database need not exist yet.
    pub fn dsn(&self, database: &str) -> String {
        let database: String = database.bytes().map(encoded).collect();
        format!("postgres://{SUPERUSER}:{}@127.0.0.1:{}/{database}", self.password, self.port)
    }

    /// The TCP port on the loopback address.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process id of the postmaster.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Whether this call started Postgres, rather than finding it running.
    pub fn started_here(&self) -> bool {
        self.child.is_some()
    }

    /// The file that Postgres logs to.
    pub fn log_path(&self) -> &Path {
        &self.cluster.log
    }

    /// Stops Postgres and waits for its end: fast (sessions are cut, a checkpoint is written), then immediately if that
    /// takes longer than 30 s. Blocks.
    pub fn stop(mut self) -> Result<(), StopError> {
        for (signal, limit) in [(Signal::INT, FAST_STOP_LIMIT), (Signal::QUIT, IMMEDIATE_STOP_LIMIT)] {
            self.send(signal)?;
            if wait_until(limit, || self.has_ended()) {
                if let Some(watchdog) = self.watchdog.take() {
                    watchdog.call_off();
                }
                return Ok(());
            }
        }
        Err(StopError::StillRunning { pid: self.pid })
    }

    fn send(&mut self, signal: Signal) -> Result<(), StopError> {
        // The id may belong to another by now.
        if self.has_ended() {
            return Ok(());
        }
        let Some(pid) = pidfile::process_id(self.pid) else { return Ok(()) };
        match kill_process(pid, signal) {
            Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
            Err(errno) => Err(StopError::Signal { pid: self.pid, source: errno.into() }),
        }
    }

    fn has_ended(&mut self) -> bool {
        match &mut self.child {
            Some(child) => !matches!(child.try_wait(), Ok(None)),
            None => !pidfile::is_postmaster_of(self.pid, &self.cluster.data_dir),
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = formatter.debug_struct("Server");
        fields.field("pid", &self.pid).field("port", &self.port).field("data_dir", &self.cluster.data_dir);
        fields.finish_non_exhaustive()
    }
}

/// A postmaster that accepts connections.
struct Running {
    pid: u32,
    port: u16,
}

/// The postmaster that runs the cluster already, once it has made up its mind; none if there is none to attach to.
fn wait_for_running(cluster: &Cluster) -> Result<Option<Running>, StartError> {
    let mut outcome = Ok(None);
    let settled = wait_until(START_LIMIT, || match pidfile::living(&cluster.data_dir) {
        Ok(Some(Postmaster { pid, port: Some(port), phase: Phase::Ready })) => {
            outcome = Ok(Some(Running { pid, port }));
            true
        }
        Ok(Some(_)) => false,
        Ok(None) => true,
        Err(source) => {
            outcome = Err(StartError::Io { doing: "reading", path: pidfile::path(&cluster.data_dir), source });
            true
        }
    });
    if settled { outcome } else { Err(StartError::TooSlow { log: cluster.log.clone(), tail: cluster.log_tail(0) }) }
}

/// Makes sure that there is a cluster that the programs fit, owned by a user that may run it.
fn prepare(cluster: &Cluster, options: &StartOptions) -> Result<Owner, StartError> {
    let failed = |source| StartError::Io { doing: "handing over", path: cluster.data_dir.clone(), source };
    let owner = Owner::of(&cluster.data_dir).map_err(failed)?;
    if let Some(parent) = cluster.data_dir.parent() {
        owner::make_reachable(parent).map_err(failed)?;
    }
    owner::make_reachable(options.binaries.folder()).map_err(failed)?;
    if !cluster.exists()? {
        cluster.initialize(&options.binaries, owner, options.durable)?;
    }
    cluster.check_version(&options.binaries)?;
    owner.takes_tree(&cluster.data_dir).map_err(failed)?;
    Ok(owner)
}

/// One byte of a name as a URL may hold it.
fn encoded(byte: u8) -> String {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    }
}
