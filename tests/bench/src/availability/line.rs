//! A line at work: replicas as processes over a real Postgres, and counselors on duty.

use std::sync::Mutex;
use std::time::Duration;

use anyhow::Context;
use futures::{StreamExt, TryStreamExt};
use harborline_availability::Availability;
use harborline_proto::common::v1::Acuity;
use harborline_service::Role as _;
use harborline_types::ProgramId;
use sqlx::{Connection, PgConnection};
use tokio::process::Child;
use tokio::task::JoinHandle;
use tonic::transport::{Channel, Endpoint};
use uuid::Uuid;

use super::callers::{Caller, Story, Until};
use super::on_duty::{OnDuty, WaitingContacts};
use crate::cpu;
use crate::database::Database;
use crate::process;

/// Where replicas listen: below the ports that clients are given.
const PORTS: std::ops::Range<u16> = 21_000..29_000;
/// Attend streams that are begun at once.
const BEGUN_AT_ONCE: usize = 32;
/// Contacts before anything is measured.
const FIRST_CONTACTS: u64 = 500;

/// What a line is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) counselors: usize,
    pub(crate) replicas: usize,
}

/// A line at work.
pub(crate) struct Line {
    pub(crate) waiting: WaitingContacts,
    name: String,
    owner: String,
    postmaster: u32,
    doors: Vec<Door>,
    /// The tasks of the counselors.
    counselors: Vec<JoinHandle<()>>,
}

/// One replica, and connections to it that outlive it.
pub(crate) struct Door {
    arguments: Vec<String>,
    address: Endpoint,
    process: Mutex<Option<(Child, Uuid)>>,
    pub(crate) calls: Channel,
    pub(crate) streams: Channel,
}

impl Line {
    /// A fresh database with this many counselors on duty, each with an open Attend stream.
    pub(crate) async fn open(database: &Database, name: &str, size: Size) -> anyhow::Result<Self> {
        let name = format!("{name}_{}_{}", size.counselors, size.replicas);
        let dsn = database.create(&name, Availability::schema()).await?;
        let program = ProgramId::new();
        database.run(&name, &roster(program, size.counselors)).await?;
        let mut doors = Vec::new();
        for _ in 0..size.replicas {
            doors.push(Door::open(&dsn, program, &database.keys()).await?);
        }
        let owner = database.server.dsn(&name);
        let waiting = WaitingContacts::default();
        let mut line = Self { waiting, name, owner, postmaster: database.server.pid(), doors, counselors: Vec::new() };
        let counselors = (0..size.counselors).map(|number| {
            let door = line.door(number);
            OnDuty::begin(number, door.streams.clone(), door.calls.clone(), line.waiting.clone())
        });
        let counselors: Vec<OnDuty> =
            futures::stream::iter(counselors).buffer_unordered(BEGUN_AT_ONCE).try_collect().await?;
        line.counselors.extend(counselors.into_iter().map(|counselor| tokio::spawn(counselor.work())));
        line.settle_in().await?;
        Ok(line)
    }

    /// The first contacts, which find every statement unplanned and every cache empty.
    async fn settle_in(&self) -> anyhow::Result<()> {
        let caller = Caller { acuity: Acuity::High, language: "en", story: Story::Answered };
        self.closed_loop(16, Until::Contacts(FIRST_CONTACTS), |_| caller).await?;
        Ok(())
    }

    /// The replica that the so-many-eth caller reaches.
    pub(crate) fn door(&self, number: usize) -> &Door {
        &self.doors[number % self.doors.len()]
    }

    /// What all of it has used of the processors.
    pub(crate) fn used(&self) -> Duration {
        let replicas = self.doors.iter().filter_map(Door::pid);
        cpu::used(&replicas.chain([self.postmaster]).collect::<Vec<_>>())
    }

    /// Runs statements in its database, as the owner.
    pub(crate) async fn run(&self, database: &Database, statements: &str) -> anyhow::Result<()> {
        database.run(&self.name, statements).await
    }

    /// A connection as the database's owner.
    pub(crate) async fn owner(&self) -> anyhow::Result<PgConnection> {
        Ok(PgConnection::connect(&self.owner).await?)
    }

    /// Kills the replica that decides, with SIGKILL, and answers which it was.
    pub(crate) async fn kill_leader(&self) -> anyhow::Result<usize> {
        let mut owner = self.owner().await?;
        let holder: Uuid = sqlx::query_scalar("select holder from matcher_lease").fetch_one(&mut owner).await?;
        owner.close().await?;
        let leads = self.doors.iter().position(|door| door.id() == Some(holder));
        let leads = leads.context("one of the replicas leads")?;
        self.doors[leads].kill().await?;
        Ok(leads)
    }

    /// Starts a replica again that was killed.
    pub(crate) async fn start_again(&self, number: usize) -> anyhow::Result<()> {
        self.doors[number].start().await
    }

    /// Stops its processes and drops its database.
    pub(crate) async fn close(self, database: &Database) -> anyhow::Result<()> {
        self.counselors.iter().for_each(JoinHandle::abort);
        for door in &self.doors {
            door.kill().await?;
        }
        database.run("postgres", &format!("drop database {} with (force)", self.name)).await
    }
}

impl Door {
    async fn open(dsn: &str, program: ProgramId, keys: &str) -> anyhow::Result<Self> {
        let port = free_port()?;
        let given = ["replica", "--dsn", dsn, "--keys", keys].map(str::to_owned).into_iter();
        let arguments = given.chain(["--program".to_owned(), program.to_string(), format!("--port={port}")]);
        let address = Endpoint::from_shared(format!("http://127.0.0.1:{port}"))?.tcp_nodelay(true);
        let (calls, streams) = (address.connect_lazy(), address.connect_lazy());
        let door = Self { arguments: arguments.collect(), address, process: Mutex::default(), calls, streams };
        door.start().await?;
        Ok(door)
    }

    /// One more connection to it.
    pub(crate) fn another(&self) -> Channel {
        self.address.connect_lazy()
    }

    async fn start(&self) -> anyhow::Result<()> {
        let (child, ready) = process::start(&self.arguments).await?;
        let id = ready.parse().context("it says who it is")?;
        *self.process() = Some((child, id));
        Ok(())
    }

    async fn kill(&self) -> anyhow::Result<()> {
        let process = self.process().take();
        if let Some((mut child, _)) = process {
            child.kill().await?;
        }
        Ok(())
    }

    fn id(&self) -> Option<Uuid> {
        self.process().as_ref().map(|(_, id)| *id)
    }

    fn pid(&self) -> Option<u32> {
        self.process().as_ref().and_then(|(child, _)| child.id())
    }

    fn process(&self) -> std::sync::MutexGuard<'_, Option<(Child, Uuid)>> {
        self.process.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// A port that nobody listens on, and that a replica can have again after it was killed.
fn free_port() -> anyhow::Result<u16> {
    let start = PORTS.start + (std::process::id() % 4_000) as u16;
    let free = |port: &u16| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok();
    static NEXT: std::sync::atomic::AtomicU16 = std::sync::atomic::AtomicU16::new(0);
    let skipped = start + NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    (skipped..PORTS.end).find(free).context("there is a free port")
}

/// Everybody answers by phone and speaks English; one in five speaks Spanish, and one in a hundred Navajo.
fn roster(program: ProgramId, counselors: usize) -> String {
    format!(
        "insert into counselor (program_id, counselor_id, name, kind, skills, languages, channels, message_capacity,
                                credentials)
         select '{program}', 'counselor-' || n, 'A counselor', 'crisis_counselor', '{{}}',
                array['en'] || case when n % 5 = 0 then array['es'] else '{{}}' end
                            || case when n % 100 = 99 then array['nv'] else '{{}}' end,
                '{{phone}}', 1, '[]'
         from generate_series(0, {}) as n",
        counselors.saturating_sub(1)
    )
}
