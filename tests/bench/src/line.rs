//! A line at work: the service behind gRPC over a real Postgres, counselors at their streams, and callers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use futures::future::BoxFuture;
use harborline_availability::{App, DispatchSettings, IntakePort, Paging, Services, beat, matcher, register};
use harborline_config::DutySettings;
use harborline_duties::Worker;
use harborline_identity::{Call, ProgramScope, ServiceName};
use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::attend_service_client::AttendServiceClient;
use harborline_proto::availability::v1::attend_service_server::AttendServiceServer;
use harborline_proto::availability::v1::ticket_service_client::TicketServiceClient;
use harborline_proto::availability::v1::ticket_service_server::TicketServiceServer;
use harborline_proto::common::v1 as common;
use harborline_proto::intake::v1 as intake;
use harborline_runtime::StreamAge;
use harborline_store::Store;
use harborline_testkit::{counselor, keys, service, some_program};
use harborline_types::{Clock, ContactId, ProgramId, RequestId};
use sqlx::postgres::PgPoolOptions;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Server};
use tonic::{Request, Status};

use crate::cpu;
use crate::database::Database;

/// Whoever calls, by name: the callers of a benchmark are believed.
const CALLER: &str = "bench-caller";

/// What a run of callers shows.
pub(crate) struct Measured {
    /// Contacts that were assigned and released.
    pub(crate) per_second: f64,
    /// Processor time of one, by service, callers and database together.
    pub(crate) cpu_micros: f64,
    pub(crate) offer_p50_micros: f64,
    pub(crate) offer_p99_micros: f64,
}

/// Who waits for an offer, since when, and whom to tell when all is over.
type Waiting = Arc<Mutex<HashMap<String, (Instant, oneshot::Sender<Duration>)>>>;

/// A line at work.
pub(crate) struct Line {
    channel: Channel,
    postmaster: u32,
    waiting: Waiting,
    tasks: Vec<JoinHandle<()>>,
    shutdown: CancellationToken,
}

impl Line {
    /// A fresh database with this many counselors on duty, each at an open stream.
    pub(crate) async fn open(database: &Database, counselors: usize) -> anyhow::Result<Self> {
        let name = format!("bench_{counselors}");
        let url = database.create(&name).await?;
        let program = some_program();
        database.run(&name, &roster(program, counselors)).await?;
        let pool = PgPoolOptions::new().max_connections(16).test_before_acquire(false).connect(&url).await?;
        let store = Store::of_pool(pool, keys());
        let shutdown = CancellationToken::new();
        let streams = StreamAge::new(Duration::from_secs(3600), shutdown.clone());
        let app = App::new(
            store.clone(),
            Clock::System,
            Arc::new(Deaf),
            settings(),
            Paging::nobody(),
            streams,
            shutdown.clone(),
        );
        let duties = DutySettings { lease_seconds: 30, concurrency: 8, poll_seconds: 5 };
        let worker = register(Worker::new(store, Clock::System, ServiceName::Availability, duties), &app);
        let mut tasks = vec![
            tokio::spawn(matcher::supervise(app.clone())),
            tokio::spawn(beat(app.clone())),
            tokio::spawn(worker.run(shutdown.clone())),
        ];
        let (channel, serving) = serve(Services::new(app), program).await?;
        tasks.push(serving);
        let mut line =
            Self { channel, postmaster: database.server.pid(), waiting: Waiting::default(), tasks, shutdown };
        for number in 0..counselors {
            line.sit_down(format!("counselor-{number}")).await?;
        }
        Ok(line)
    }

    /// A counselor takes whatever is offered and is through with it at once.
    async fn sit_down(&mut self, name: String) -> anyhow::Result<()> {
        let mut desk = AttendServiceClient::new(self.channel.clone());
        let mut queue = TicketServiceClient::new(self.channel.clone());
        let mut stream = desk.attend(by(&name, pb::AttendRequest::default())).await?.into_inner();
        let waiting = self.waiting.clone();
        self.tasks.push(tokio::spawn(async move {
            while let Ok(Some(state)) = stream.message().await {
                for offer in state.offers {
                    let (offer_id, contact_id) = (offer.offer_id, offer.contact_id);
                    let waiter = waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&contact_id);
                    // Shown once more, after it was taken.
                    let Some((since, done)) = waiter else { continue };
                    let offered = since.elapsed();
                    let accept = pb::AcceptOfferRequest { request_id: id(), offer_id };
                    let release = pb::ReleaseCounselorRequest { request_id: id(), contact_id: contact_id.clone() };
                    let finish = pb::FinishWrapUpRequest { request_id: id(), contact_id };
                    let through = async {
                        desk.accept_offer(by(&name, accept)).await?;
                        queue.release_counselor(by("intake", release)).await?;
                        desk.finish_wrap_up(by(&name, finish)).await
                    };
                    if through.await.is_ok() {
                        let _ = done.send(offered);
                    }
                }
            }
        }));
        Ok(())
    }

    /// Callers in a closed loop: each has one contact after the other put into the queue, answered and ended.
    pub(crate) async fn measure(&self, callers: usize, quick: bool) -> anyhow::Result<Measured> {
        let length = Duration::from_secs(if quick { 3 } else { 10 });
        let (begun, used) = (Instant::now(), cpu::used(self.postmaster));
        let until = begun + length;
        let waits = (0..callers).map(|_| async move {
            let mut waits = Vec::new();
            while Instant::now() < until {
                waits.push(self.contact().await?);
            }
            Ok::<_, anyhow::Error>(waits)
        });
        let mut waits: Vec<Duration> = futures::future::try_join_all(waits).await?.into_iter().flatten().collect();
        let (elapsed, used) = (begun.elapsed(), cpu::used(self.postmaster).saturating_sub(used));
        waits.sort_unstable();
        let at = |share: f64| waits.get(((waits.len() - 1) as f64 * share) as usize).map(Duration::as_secs_f64);
        let micros = |share| at(share).map(|seconds| seconds * 1e6).context("somebody was answered");
        Ok(Measured {
            per_second: waits.len() as f64 / elapsed.as_secs_f64(),
            cpu_micros: used.as_secs_f64() * 1e6 / waits.len() as f64,
            offer_p50_micros: micros(0.5)?,
            offer_p99_micros: micros(0.99)?,
        })
    }

    async fn contact(&self) -> anyhow::Result<Duration> {
        let contact_id = ContactId::new().to_string();
        let (sender, done) = oneshot::channel();
        let waiter = (Instant::now(), sender);
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(contact_id.clone(), waiter);
        let need = common::Need {
            channel: common::Channel::Phone.into(),
            language: "en".to_owned(),
            ..common::Need::default()
        };
        let message = pb::RequestCounselorRequest {
            request_id: id(),
            contact_id,
            acuity: common::Acuity::High.into(),
            need: Some(need),
            preferred_counselor_id: String::new(),
        };
        TicketServiceClient::new(self.channel.clone()).request_counselor(by("intake", message)).await?;
        Ok(tokio::time::timeout(Duration::from_secs(30), done).await.context("an answer in time")??)
    }

    pub(crate) async fn close(self) {
        self.shutdown.cancel();
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

fn id() -> String {
    RequestId::new().to_string()
}

fn by<T>(name: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    if let Ok(name) = name.parse() {
        request.metadata_mut().insert(CALLER, name);
    }
    request
}

/// Serves on a port of its own, and connects.
async fn serve(services: Services, program: ProgramId) -> anyhow::Result<(Channel, JoinHandle<()>)> {
    let believe = move |mut request: Request<()>| {
        let name = request.metadata().get(CALLER).and_then(|name| name.to_str().ok()).unwrap_or_default();
        let call: Call =
            if name == "intake" { service(program, ServiceName::Intake) } else { counselor(program, name) };
        request.extensions_mut().insert(call);
        Ok::<_, Status>(request)
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    let serving = Server::builder()
        .max_concurrent_streams(50_000)
        .add_service(AttendServiceServer::with_interceptor(services.clone(), believe))
        .add_service(TicketServiceServer::with_interceptor(services, believe));
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let serving = tokio::spawn(async move {
        let _ = serving.serve_with_incoming(incoming).await;
    });
    Ok((Channel::from_shared(address)?.connect().await?, serving))
}

fn settings() -> DispatchSettings {
    DispatchSettings {
        urgent_offer_timeout_ms: 60_000,
        offer_timeout_ms: 60_000,
        widen_after_ms: vec![60_000],
        page_after_ms: 60_000,
        backup_after_ms: 120_000,
        presence_grace_ms: 60_000,
        emergency_offers: 1,
        preferred_ms: 5_000,
        fatigue_urgent_in_a_row: 3,
        fatigue_recovery_ms: 300_000,
        fatigue_longest_stretch_ms: 7_200_000,
        matcher_lease_ms: 10_000,
        replica_silence_ms: 30_000,
    }
}

fn roster(program: ProgramId, counselors: usize) -> String {
    format!(
        "insert into counselor (program_id, counselor_id, name, kind, skills, languages, channels, message_capacity,
                                credentials)
         select '{program}', 'counselor-' || n, 'A counselor', 'crisis_counselor', '{{}}', '{{en}}', '{{phone}}', 1, '[]'
         from generate_series(0, {}) as n",
        counselors.saturating_sub(1)
    )
}

/// An intake that takes everything in and costs nothing.
struct Deaf;

impl IntakePort for Deaf {
    fn record_assignment(
        &self,
        _: ProgramScope,
        _: intake::RecordAssignmentRequest,
    ) -> BoxFuture<'_, Result<intake::RecordAssignmentResponse, Status>> {
        Box::pin(async { Ok(intake::RecordAssignmentResponse { engaged: true }) })
    }

    fn record_joined(
        &self,
        _: ProgramScope,
        _: intake::RecordJoinedRequest,
    ) -> BoxFuture<'_, Result<intake::RecordJoinedResponse, Status>> {
        Box::pin(async { Ok(intake::RecordJoinedResponse {}) })
    }

    fn record_counselor_lost(
        &self,
        _: ProgramScope,
        _: intake::RecordCounselorLostRequest,
    ) -> BoxFuture<'_, Result<intake::RecordCounselorLostResponse, Status>> {
        Box::pin(async { Ok(intake::RecordCounselorLostResponse {}) })
    }

    fn record_hand_off(
        &self,
        _: ProgramScope,
        _: intake::RecordHandOffRequest,
    ) -> BoxFuture<'_, Result<intake::RecordHandOffResponse, Status>> {
        Box::pin(async { Ok(intake::RecordHandOffResponse {}) })
    }

    fn record_supervisor_on_call(
        &self,
        _: ProgramScope,
        _: intake::RecordSupervisorOnCallRequest,
    ) -> BoxFuture<'_, Result<intake::RecordSupervisorOnCallResponse, Status>> {
        Box::pin(async { Ok(intake::RecordSupervisorOnCallResponse {}) })
    }
}
