//! One replica of the service, as a process of its own.
//!
//! The product's handlers, matchers, duties and wallboards over gRPC and a real Postgres, with stored answers, sealing
//! and the record of accesses. Not in the path: TLS, tokens and policy (their cost is in SECURITY.md) and tracing;
//! intake is deaf and costs nothing. One worker thread, as the product's default.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use harborline_availability::ports::{AssignmentMade, IntakePort, JoinedNow};
use harborline_availability::{App, DispatchSettings, Paging, Process, Rpc, beat, duties, matcher};
use harborline_computations::Computations;
use harborline_config::{ComputationSettings, DutySettings};
use harborline_duties::Worker;
use harborline_identity::{Call, ProgramScope, Role, ServiceName};
use harborline_proto::availability::v1::attend_service_server::AttendServiceServer;
use harborline_proto::availability::v1::board_service_server::BoardServiceServer;
use harborline_proto::availability::v1::coverage_service_server::CoverageServiceServer;
use harborline_proto::availability::v1::measure_service_server::MeasureServiceServer;
use harborline_proto::availability::v1::shift_service_server::ShiftServiceServer;
use harborline_proto::availability::v1::ticket_service_server::TicketServiceServer;
use harborline_runtime::StreamAge;
use harborline_testkit::{person, service};
use harborline_types::{Clock, ContactId, Person, ProgramId, RequestId};
use tokio_util::sync::CancellationToken;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Status};
use uuid::Uuid;

use crate::process::{stop_with_parent, store};

/// Whoever calls, by name: the callers of a benchmark are believed.
pub(crate) const CALLER: &str = "bench-caller";

/// Who calls for another program, and may ask for everything there.
pub(crate) const NEIGHBOR: &str = "neighbor-1";

/// The other program.
pub(crate) fn neighbor_program() -> ProgramId {
    ProgramId(Uuid::from_u128(16))
}

/// How long a replica may decide without renewing: the product's default.
pub(crate) const LEASE: Duration = Duration::from_secs(3);

/// What a replica is started with.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Its database.
    #[arg(long)]
    dsn: String,
    /// The program that its callers are of.
    #[arg(long)]
    program: ProgramId,
    /// Where the keys are.
    #[arg(long)]
    keys: PathBuf,
    /// Where it listens.
    #[arg(long)]
    port: u16,
}

/// Serves until standard input closes; says its id once it does.
pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let store = store(arguments.dsn, &arguments.keys)?;
    let shutdown = CancellationToken::new();
    stop_with_parent(shutdown.clone());
    let streams = StreamAge::new(Duration::from_secs(3600), shutdown.clone());
    let (clock, deaf) = (Clock::System, Arc::new(Deaf));
    let process = Process { streams, computations: computations(), shutdown: shutdown.clone() };
    let app = App::new(store.clone(), clock.clone(), deaf, settings(), Paging::nobody(), process);
    let at_most = DutySettings { lease_seconds: 30, concurrency: 16, poll_seconds: 5 };
    let worker = duties::register(Worker::new(store, clock, ServiceName::Availability, at_most), &app);
    tokio::spawn(matcher::supervise(app.clone()));
    tokio::spawn(beat(app.clone()));
    tokio::spawn(worker.run(shutdown.clone()));

    let believe = believe(arguments.program);
    let services = Rpc::new(app.clone());
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", arguments.port)).await?;
    let ready = format!("{}\n", app.replica());
    let server = Server::builder()
        .max_concurrent_streams(50_000)
        .add_service(AttendServiceServer::with_interceptor(services.clone(), believe))
        .add_service(BoardServiceServer::with_interceptor(services.clone(), believe))
        .add_service(CoverageServiceServer::with_interceptor(services.clone(), believe))
        .add_service(MeasureServiceServer::with_interceptor(services.clone(), believe))
        .add_service(ShiftServiceServer::with_interceptor(services.clone(), believe))
        .add_service(TicketServiceServer::with_interceptor(services, believe))
        .serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true)));
    std::io::stdout().write_all(ready.as_bytes())?;
    tokio::select! {
        served = server => served?,
        () = shutdown.cancelled() => {}
    }
    Ok(())
}

fn believe(program: ProgramId) -> impl Fn(Request<()>) -> Result<Request<()>, Status> + Copy {
    move |mut request| {
        let name = request.metadata().get(CALLER).and_then(|name| name.to_str().ok()).unwrap_or_default();
        let call: Call = match name {
            "intake" => service(program, ServiceName::Intake),
            NEIGHBOR => person(neighbor_program(), name, &[Role::Administrator, Role::Supervisor, Role::Counselor]),
            "supervisor" => person(program, name, &[Role::Supervisor]),
            _ => person(program, name, &[Role::Counselor]),
        };
        request.extensions_mut().insert(call);
        Ok(request)
    }
}

/// The product's defaults.
fn computations() -> Computations {
    Computations::new(&ComputationSettings {
        at_once: 3,
        at_once_of_one_program: 2,
        waiting_of_one_program: 64,
        longest_ms: 3_000,
    })
}

/// Nothing runs out by itself; leases and silence are the product's.
fn settings() -> DispatchSettings {
    DispatchSettings {
        urgent_offer_timeout_ms: 120_000,
        offer_timeout_ms: 120_000,
        widen_after_ms: vec![600_000],
        page_after_ms: 600_000,
        backup_after_ms: 900_000,
        presence_grace_ms: 60_000,
        age_after_ms: 0,
        // One at a time: the ledger's judge knows one offer a contact.
        emergency_offers: 1,
        preferred_ms: 5_000,
        fatigue_urgent_in_a_row: 3,
        fatigue_recovery_ms: 300_000,
        fatigue_longest_stretch_ms: 7_200_000,
        matcher_lease_ms: LEASE.as_millis() as u64,
        replica_silence_ms: 3_000,
    }
}

/// An intake that takes everything in and costs nothing.
struct Deaf;

#[tonic::async_trait]
impl IntakePort for Deaf {
    async fn record_assignment(&self, _: &ProgramScope, _: RequestId, _: AssignmentMade) -> Result<bool, Status> {
        Ok(true)
    }

    async fn record_joined(&self, _: &ProgramScope, _: RequestId, _: JoinedNow) -> Result<(), Status> {
        Ok(())
    }

    async fn record_counselor_lost(&self, _: &ProgramScope, _: RequestId, _: ContactId, _: i32) -> Result<(), Status> {
        Ok(())
    }

    async fn record_backup_offered(
        &self,
        _: &ProgramScope,
        _: RequestId,
        _: ContactId,
        _: Duration,
    ) -> Result<(), Status> {
        Ok(())
    }

    async fn record_supervisor_on_call(&self, _: &ProgramScope, _: RequestId, _: Person, _: i64) -> Result<(), Status> {
        Ok(())
    }
}
