//! One service as a process that is started again when it ends.

use std::fs::OpenOptions;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::Context;
use harborline_identity::ServiceName;
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, ChildStdin, Command};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::Logs;

/// How long a service may take to stop before it is killed: longer than its own drain.
const STOP_LIMIT: Duration = Duration::from_secs(15);
/// The pause before a service that ended is started again.
const RESTART_PAUSE: Duration = Duration::from_millis(100);

/// How a service is started.
#[derive(Clone)]
pub(super) struct Launch {
    pub(super) service: ServiceName,
    pub(super) binary: PathBuf,
    pub(super) settings: PathBuf,
    pub(super) log: PathBuf,
    pub(super) logs: Logs,
}

impl Launch {
    fn spawn(&self) -> anyhow::Result<Process> {
        let mut command = Command::new(&self.binary);
        command.arg("serve").arg(self.service.as_str()).arg("--config").arg(&self.settings);
        // The service stops when this pipe closes: it does not outlive a supervisor that was killed.
        command.arg("--while-stdin-is-open").stdin(Stdio::piped());
        // Ctrl-C reaches the supervisor alone, which stops the services in its own order.
        command.process_group(0);
        if self.logs == Logs::Files {
            let log = OpenOptions::new().create(true).append(true).open(&self.log);
            let log = log.with_context(|| format!("cannot write {}", self.log.display()))?;
            command.stdout(log.try_clone()?).stderr(log);
        }
        let mut child =
            command.spawn().with_context(|| format!("cannot start {} from {}", self.service, self.binary.display()))?;
        Ok(Process { stdin: child.stdin.take(), child })
    }
}

/// A child, and the pipe that it lives by: waiting for a child would close its own.
struct Process {
    child: Child,
    stdin: Option<ChildStdin>,
}

/// A service that is kept running until it is told to stop.
pub(super) struct Supervised {
    pid: Arc<AtomicU32>,
    starts: Arc<AtomicU32>,
    stop: CancellationToken,
    keeper: JoinHandle<()>,
}

impl Supervised {
    pub(super) fn start(launch: Launch) -> anyhow::Result<Self> {
        let process = launch.spawn()?;
        let (pid, starts) = (Arc::new(AtomicU32::new(process.child.id().unwrap_or(0))), Arc::new(AtomicU32::new(1)));
        let stop = CancellationToken::new();
        let keeper = tokio::spawn(keep(launch, process, pid.clone(), starts.clone(), stop.clone()));
        Ok(Self { pid, starts, stop, keeper })
    }

    /// Kills the process at once, as a crash would; it is started again.
    pub(super) fn kill(&self) -> bool {
        signal(self.pid.load(Ordering::SeqCst), Signal::KILL)
    }

    /// How often the process was started.
    pub(super) fn starts(&self) -> u32 {
        self.starts.load(Ordering::SeqCst)
    }

    pub(super) fn pid(&self) -> u32 {
        self.pid.load(Ordering::SeqCst)
    }

    /// Stops the process and waits for its end.
    pub(super) async fn stop(self) {
        self.stop.cancel();
        let _ = self.keeper.await;
    }
}

async fn keep(
    launch: Launch,
    mut process: Process,
    pid: Arc<AtomicU32>,
    starts: Arc<AtomicU32>,
    stop: CancellationToken,
) {
    loop {
        tokio::select! {
            _ = process.child.wait() => pid.store(0, Ordering::SeqCst),
            () = stop.cancelled() => return end(process, &pid).await,
        }
        tracing::warn!(service = %launch.service, "a service ended; starting it again");
        process = loop {
            tokio::select! {
                () = tokio::time::sleep(RESTART_PAUSE) => {}
                () = stop.cancelled() => return,
            }
            match launch.spawn() {
                Ok(process) => break process,
                Err(error) => tracing::error!(service = %launch.service, %error, "cannot start a service"),
            }
        };
        pid.store(process.child.id().unwrap_or(0), Ordering::SeqCst);
        starts.fetch_add(1, Ordering::SeqCst);
    }
}

async fn end(mut process: Process, pid: &AtomicU32) {
    signal(pid.load(Ordering::SeqCst), Signal::TERM);
    if tokio::time::timeout(STOP_LIMIT, process.child.wait()).await.is_err() {
        let _ = process.child.kill().await;
    }
    drop(process.stdin);
    pid.store(0, Ordering::SeqCst);
}

fn signal(pid: u32, signal: Signal) -> bool {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    pid.is_some_and(|pid| kill_process(pid, signal).is_ok())
}
