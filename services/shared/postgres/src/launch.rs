//! Runs the postmaster and waits until it accepts connections.

use std::{
    net::{Ipv4Addr, TcpListener},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Signal, kill_process};

use crate::{
    cluster::Cluster,
    error::StartError,
    owner::Owner,
    pidfile::{self, Phase},
    server::StartOptions,
    watchdog::Watchdog,
};

/// How often a condition is looked at while waiting for it.
const POLL: Duration = Duration::from_millis(10);

/// How long a start may take, recovery after a crash included.
pub(crate) const START_LIMIT: Duration = Duration::from_secs(120);

/// How long an immediate shutdown may take.
pub(crate) const IMMEDIATE_STOP_LIMIT: Duration = Duration::from_secs(10);

/// Where free ports are taken from: below the range that the kernel gives to outgoing connections.
pub(crate) const FREE_PORTS: std::ops::Range<u16> = 20_000..32_000;

/// How often another port is tried when somebody took the free one in between.
const PORT_ATTEMPTS: u32 = 5;

/// A postmaster of this process, and who ends it if this process ends first.
pub(crate) struct Launched {
    pub(crate) process: Child,
    pub(crate) watchdog: Option<Watchdog>,
}

/// Starts the postmaster on the port asked for, or on one that was free a moment ago.
pub(crate) fn launch_on_free_port(
    cluster: &Cluster,
    options: &StartOptions,
    owner: Owner,
) -> Result<(Launched, u16), StartError> {
    let mut attempt = 1;
    loop {
        let port = options.port.map_or_else(free_port, Ok)?;
        match launch(cluster, options, owner, port) {
            Ok(launched) => return Ok((launched, port)),
            Err(StartError::Ended { tail, .. })
                if options.port.is_none() && attempt < PORT_ATTEMPTS && tail.contains("Address already in use") =>
            {
                attempt += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Starts the postmaster and waits until it accepts connections.
fn launch(cluster: &Cluster, options: &StartOptions, owner: Owner, port: u16) -> Result<Launched, StartError> {
    let (log, log_start) = cluster.open_log()?;
    let program = options.binaries.program("postgres");
    let failed = |source| StartError::Io { doing: "running", path: program.clone(), source };
    let mut postgres = Command::new(&program);
    postgres.arg("-D").arg(&cluster.data_dir).args(arguments(options, port));
    // Its own process group: Ctrl-C ends the services first, which need Postgres to drain.
    postgres.current_dir(&cluster.data_dir).process_group(0);
    postgres.stdin(Stdio::null()).stdout(log.try_clone().map_err(failed)?).stderr(log);
    owner.runs(&mut postgres);
    let process = postgres.spawn().map_err(failed)?;
    let mut launched = Launched { process, watchdog: None };
    let pid = launched.process.id();
    if options.die_with_parent {
        launched.watchdog = Watchdog::start(pid, &cluster.data_dir)
            .inspect_err(|_| abandon(&mut launched.process))
            .map(Some)
            .map_err(failed)?;
    }

    let mut ended = false;
    let settled = wait_until(START_LIMIT, || {
        ended = !matches!(launched.process.try_wait(), Ok(None));
        ended || is_ready(pid, &cluster.data_dir)
    });
    let tail = || cluster.log_tail(log_start);
    match (settled, ended) {
        (true, false) => Ok(launched),
        (true, true) => Err(StartError::Ended { log: cluster.log.clone(), tail: tail() }),
        (false, _) => {
            abandon(&mut launched.process);
            Err(StartError::TooSlow { log: cluster.log.clone(), tail: tail() })
        }
    }
}

/// Whether the file speaks of this postmaster, not of a predecessor, and says that it accepts connections.
fn is_ready(pid: u32, data_dir: &Path) -> bool {
    let postmaster = pidfile::read(data_dir).ok().flatten();
    postmaster.is_some_and(|postmaster| postmaster.pid == pid && postmaster.phase == Phase::Ready)
}

/// Interrupts a postmaster that is not going to be used and waits for a moment.
fn abandon(process: &mut Child) {
    if let Some(pid) = pidfile::process_id(process.id()) {
        // It may have ended by itself.
        let _ = kill_process(pid, Signal::QUIT);
    }
    wait_until(IMMEDIATE_STOP_LIMIT, || !matches!(process.try_wait(), Ok(None)));
}

/// The settings of the server. They win over the files in the data folder, and so hold for clusters of any age.
fn arguments(options: &StartOptions, port: u16) -> Vec<String> {
    let mut settings = vec![
        "listen_addresses=127.0.0.1".to_owned(),
        "unix_socket_directories=".to_owned(),
        format!("max_connections={}", options.max_connections),
        // The detail of an error quotes rows, which may hold health information.
        "log_error_verbosity=terse".to_owned(),
        "lc_messages=C".to_owned(),
    ];
    if !options.durable {
        settings.extend(["fsync=off", "full_page_writes=off", "synchronous_commit=off"].map(str::to_owned));
    }
    let port = ["-p".to_owned(), port.to_string()];
    port.into_iter().chain(settings.into_iter().flat_map(|setting| ["-c".to_owned(), setting])).collect()
}

/// A port that nobody listens on at this moment.
fn free_port() -> Result<u16, StartError> {
    let candidates = std::iter::repeat_with(|| rand::random_range(FREE_PORTS)).take(1000);
    let mut free = candidates.filter(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok());
    free.next().ok_or(StartError::NoFreePort)
}

/// Looks at the condition until it holds or the limit is over; tells whether it held.
pub(crate) fn wait_until(limit: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + limit;
    loop {
        if condition() {
            return true;
        }
        if Instant::now() >= end {
            return false;
        }
        thread::sleep(POLL);
    }
}
