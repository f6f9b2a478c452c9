//! What bounds a reservation behind gRPC, whatever the database does: two calls and two pushes, nothing behind them.
//!
//! A caller's contact is two calls, the reservation and the giving back, and each tells a counselor on an open stream.
//! Here a process with a replica's runtime does that and no more: the messages are those of the health contract, which
//! are smaller than ours, and a call names the stream that is told. No implementation behind gRPC does more on the same
//! processors.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures::channel::mpsc;
use tokio::process::Child;
use tokio_util::sync::CancellationToken;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Request, Response, Status, Streaming};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::health_server::{Health, HealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use super::callers::Run;
use super::floors;
use super::on_duty::Served;
use super::rates::pairs;
use crate::cpu;
use crate::database::Database;
use crate::process;
use crate::report::{Report, Row};

/// Streams that are open, and counselors of the floor.
const STREAMS: usize = 1_000;

/// A call that names no stream ends all of them.
const ALL: &str = "";

/// So many callers, beside the reservation of the same run.
pub(crate) async fn measure(
    report: &mut Report,
    database: &Database,
    in_flight: impl Iterator<Item = usize>,
    rounds: usize,
    length: Duration,
) -> anyhow::Result<()> {
    let pushes = Pushes::start().await?;
    for callers in in_flight {
        let floor = async || Ok(floors::reserve(database, STREAMS, length).await?.per_second);
        let (run, floor) = pairs(rounds, || pushes.closed_loop(callers, length), floor).await?;
        let name = format!("bare calls and pushes/{callers} in flight");
        report.add(Row::of(name.clone(), run.per_second, "1/s").against(floor, None, None, true))?;
        report.add(Row::of(format!("{name}/cpu"), run.cpu_micros, "us"))?;
        report.add(Row::of(format!("{name}/over p99"), run.over.value_at_quantile(0.99) as f64, "us"))?;
    }
    Ok(())
}

/// The process that is called, and pushes.
struct Pushes {
    process: Child,
    address: Endpoint,
}

impl Pushes {
    async fn start() -> anyhow::Result<Self> {
        let (process, at) = process::start(&["pushes".to_owned()]).await?;
        Ok(Self { process, address: Endpoint::from_shared(format!("http://{at}"))?.tcp_nodelay(true) })
    }

    /// So many callers, each with one pair of calls after the other, as in [`super::line::Line::closed_loop`]. Streams
    /// are told in turns, like counselors of whom the longest idle is next.
    async fn closed_loop(&self, callers: usize, length: Duration) -> anyhow::Result<Run> {
        let (calls, streams) = (self.address.connect_lazy(), self.address.connect_lazy());
        let mut told = Vec::new();
        for number in 0..STREAMS {
            let stream = HealthClient::new(streams.clone()).watch(naming(number.to_string())).await?.into_inner();
            told.push(tokio::spawn(count(stream)));
        }
        let (begun, used) = (Instant::now(), self.used());
        let next = std::cell::Cell::new(0_usize);
        let loops = (0..callers).map(|_| {
            let (next, calls) = (&next, &calls);
            async move {
                let mut served = Vec::new();
                while begun.elapsed() < length {
                    let stream = (next.replace(next.get() + 1) % STREAMS).to_string();
                    served.push(contact(calls, &stream).await?);
                }
                Ok::<_, anyhow::Error>(served)
            }
        });
        let served: Vec<Served> = futures::future::try_join_all(loops).await?.concat();
        let run = Run::of(served.into_iter(), begun.elapsed(), self.used().saturating_sub(used))?;

        HealthClient::new(calls).check(naming(ALL.to_owned())).await?;
        let mut arrived = 0;
        for stream in told {
            arrived += stream.await??;
        }
        anyhow::ensure!(arrived == 2 * run.contacts, "{arrived} of {} pushes arrived", 2 * run.contacts);
        Ok(run)
    }

    fn used(&self) -> Duration {
        cpu::used(&self.process.id().into_iter().collect::<Vec<_>>())
    }
}

/// One pair of calls.
async fn contact(calls: &Channel, stream: &str) -> anyhow::Result<Served> {
    let (since, mut client) = (Instant::now(), HealthClient::new(calls.clone()));
    client.check(naming(stream.to_owned())).await?;
    let offered = since.elapsed();
    client.check(naming(stream.to_owned())).await?;
    Ok(Served { offered, over: since.elapsed() })
}

/// How many messages a stream brings until it ends.
async fn count(mut stream: Streaming<HealthCheckResponse>) -> Result<u64, Status> {
    let mut messages = 0;
    while stream.message().await?.is_some() {
        messages += 1;
    }
    Ok(messages)
}

fn naming(service: String) -> HealthCheckRequest {
    HealthCheckRequest { service }
}

/// Serves until standard input closes; says where it listens once it does.
pub(crate) async fn run() -> anyhow::Result<()> {
    let shutdown = CancellationToken::new();
    process::stop_with_parent(shutdown.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let ready = format!("{}\n", listener.local_addr()?);
    let server = Server::builder()
        .max_concurrent_streams(50_000)
        .add_service(HealthServer::new(Told::default()))
        .serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true)));
    std::io::stdout().write_all(ready.as_bytes())?;
    tokio::select! {
        served = server => Ok(served?),
        () = shutdown.cancelled() => Ok(()),
    }
}

/// Who can be told, by name.
#[derive(Default)]
struct Told(Mutex<HashMap<String, mpsc::UnboundedSender<Message>>>);

type Message = Result<HealthCheckResponse, Status>;

impl Told {
    fn locked(&self) -> MutexGuard<'_, HashMap<String, mpsc::UnboundedSender<Message>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[tonic::async_trait]
impl Health for Told {
    async fn check(&self, request: Request<HealthCheckRequest>) -> Result<Response<HealthCheckResponse>, Status> {
        let (name, mut told) = (request.into_inner().service, self.locked());
        let message = HealthCheckResponse { status: ServingStatus::Serving.into() };
        if name == ALL {
            told.clear();
        } else {
            let pushed = told.get(&name).map(|stream| stream.unbounded_send(Ok(message)));
            pushed.and_then(Result::ok).ok_or_else(|| Status::not_found("no such stream"))?;
        }
        Ok(Response::new(message))
    }

    type WatchStream = mpsc::UnboundedReceiver<Message>;

    async fn watch(&self, request: Request<HealthCheckRequest>) -> Result<Response<Self::WatchStream>, Status> {
        let (sender, stream) = mpsc::unbounded();
        self.locked().insert(request.into_inner().service, sender);
        Ok(Response::new(stream))
    }
}
