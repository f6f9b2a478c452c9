//! A bare server: what a call and a stream cost when nothing is done.

use std::time::{Duration, Instant};

use anyhow::Context;
use hdrhistogram::Histogram;
use tokio::sync::oneshot;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Endpoint, Server};
use tonic_health::ServingStatus;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus as Status;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::server::HealthReporter;

use crate::closed_loop::{Calls, closed_loop, merged};

/// So many streams share a connection, as in a front end that serves a team.
pub(crate) const PER_CONNECTION: usize = 50;

/// A service that only says how it is, with a thread of its own as a replica has a process of its own.
pub(crate) struct Bare {
    address: Endpoint,
    reporter: HealthReporter,
    _stop: oneshot::Sender<()>,
}

impl Bare {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let (reporter, service) = tonic_health::server::health_reporter();
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = Endpoint::from_shared(format!("http://{}", listener.local_addr()?))?.tcp_nodelay(true);
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::spawn(move || {
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener)?;
                let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
                let served = Server::builder().max_concurrent_streams(50_000).add_service(service);
                let stopped = async { drop(stopped.await) };
                served.serve_with_incoming_shutdown(incoming, stopped).await.context("it serves")
            })
        });
        Ok(Self { address, reporter, _stop: stop })
    }

    /// Unary calls, so many at once.
    pub(crate) async fn echo(&self, callers: usize, length: Duration) -> anyhow::Result<Calls> {
        let client = HealthClient::new(self.address.connect().await?);
        let call = async || {
            client.clone().check(HealthCheckRequest::default()).await?;
            Ok(true)
        };
        closed_loop(callers, length, call).await
    }

    /// One message to each of so many streams, so many times a second: how long each took, in microseconds.
    pub(crate) async fn fan_out(
        &self,
        watchers: usize,
        per_second: f64,
        length: Duration,
    ) -> anyhow::Result<Histogram<u64>> {
        let events = (length.as_secs_f64() * per_second) as usize;
        let told = std::rc::Rc::new(std::cell::Cell::new(Instant::now()));
        let mut streams = Vec::new();
        let mut channel: Option<Channel> = None;
        for number in 0..watchers {
            if number % PER_CONNECTION == 0 {
                channel = Some(self.address.connect().await?);
            }
            let channel = channel.clone().context("there is one")?;
            streams.push(HealthClient::new(channel).watch(HealthCheckRequest::default()).await?.into_inner());
        }
        let watching = streams.into_iter().map(|mut stream| {
            let told = told.clone();
            async move {
                let mut took = Histogram::new(3)?;
                // The first message is how it was before, and the last says that there is nothing any more. Who is slow is
                // not sent what was in between.
                stream.message().await?;
                while let Some(message) = stream.message().await?
                    && message.status() != Status::ServiceUnknown
                {
                    took.record(told.get().elapsed().as_micros() as u64)?;
                }
                Ok::<_, anyhow::Error>(took)
            }
        });
        let telling = async {
            let begun = tokio::time::Instant::now();
            for event in 1..=events {
                tokio::time::sleep_until(begun + Duration::from_secs_f64(event as f64 / per_second)).await;
                let status = if event % 2 == 0 { ServingStatus::Serving } else { ServingStatus::NotServing };
                told.set(Instant::now());
                self.reporter.set_service_status("", status).await;
            }
            self.reporter.clone().clear_service_status("").await;
        };
        let (all, ()) = tokio::join!(futures::future::try_join_all(watching), telling);
        merged(all?)
    }
}
