//! The life of a server: it listens, is told to stop, drains, and ends within its time.

use std::io;
use std::time::Duration;

use harborline_config::GrpcSettings;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::transport::server::TcpIncoming;
use tonic_web::GrpcWebLayer;

use super::{Listeners, Server, mesh, public};
use crate::ServerTls;

/// A peer is asked so often whether it is still there, and
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(30);
/// is given up with all its streams when it does not answer for so long: a reader that has gone holds nothing after 40 s.
/// One that answers but does not read is held to the windows below, to hyper's 400 KB of unsent bytes a stream, and in the
/// end to the connection's age.
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);
/// Calls and streams open at once on one connection. A front end or a neighbor has all of its calls on one.
const MAX_CONCURRENT_STREAMS: u32 = 1024;
/// All headers of a call together, in bytes: an access token has some thousand. A call with more is answered 431.
const MAX_HEADER_LIST_BYTES: u32 = 16 * 1024;
/// The least that the protocol allows: a frame is taken into memory as a whole.
const MAX_FRAME_BYTES: u32 = 16 * 1024;
/// What a peer may send on a stream before we have read it. A message of the largest size comes in a few turns.
const STREAM_WINDOW_BYTES: u32 = 256 * 1024;
/// The same for a whole connection: what one peer can make us hold, however many streams it opens.
const CONNECTION_WINDOW_BYTES: u32 = 1024 * 1024;
/// The part of the drain time in which balancers learn that this replica is leaving, before it refuses connections.
const GRACE_PART: u32 = 20;

/// The server cannot serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The transport failed.
    #[error("the transport failed")]
    Transport(#[from] tonic::transport::Error),
    /// The descriptors cannot be reflected.
    #[error("the descriptors cannot be reflected")]
    Reflection(#[from] tonic_reflection::server::Error),
}

impl Server {
    /// Serves until `shutdown` is canceled, then drains: health says NOT_SERVING, after a short grace no connection is
    /// taken and live streams end, calls in flight finish. Returns when all have, or when the drain time is over.
    ///
    /// # Errors
    /// When a listener fails.
    pub async fn serve(
        self,
        listeners: Listeners,
        tls: ServerTls,
        shutdown: CancellationToken,
    ) -> Result<(), ServeError> {
        let drain = self.settings.drain();
        let serving = async {
            tokio::try_join!(self.serve_public(listeners.public), self.serve_mesh(listeners.mesh, tls), async {
                self.begin_drain(&shutdown, drain / GRACE_PART).await;
                Ok(())
            })
        };
        tracing::info!(service = %self.service, "serving");
        tokio::select! {
            served = serving => served.map(|_| tracing::info!(service = %self.service, "drained")),
            // Outlives the others: while the rest drains, probes are told so.
            served = self.serve_health(listeners.health) => served,
            () = self.health.follow() => Ok(()),
            () = over(&shutdown, drain) => {
                // A peer that says nothing keeps a graceful end waiting for ever (hyper#4170).
                tracing::info!(service = %self.service, "the drain time is over; open connections are dropped");
                Ok(())
            }
        }
    }

    async fn begin_drain(&self, shutdown: &CancellationToken, grace: Duration) {
        shutdown.cancelled().await;
        self.health.readiness().drain();
        sleep(grace).await;
        self.draining.cancel();
    }

    async fn serve_public(&self, listener: TcpListener) -> Result<(), ServeError> {
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
        transport(&self.settings)
            .accept_http1(true)
            // Outermost: a browser's preflight is answered before anything looks at it as a call.
            .layer(public::cors(&self.settings.web_origins))
            // Inside CORS, so that what the stack answers to a browser is gRPC-Web, refusals too.
            .layer(GrpcWebLayer::new())
            .serve_with_incoming_shutdown(self.rpc.clone(), incoming, self.draining.cancelled())
            .await?;
        Ok(())
    }

    async fn serve_mesh(&self, listener: TcpListener, tls: ServerTls) -> Result<(), ServeError> {
        let incoming = mesh::connections(listener, tls, self.draining.clone());
        let stop = self.draining.cancelled();
        transport(&self.settings).serve_with_incoming_shutdown(self.rpc.clone(), incoming, stop).await?;
        Ok(())
    }

    async fn serve_health(&self, listener: TcpListener) -> Result<(), ServeError> {
        let routes = Routes::new(self.health.server());
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
        transport(&self.settings).serve_with_incoming(routes, incoming).await?;
        Ok(())
    }
}

async fn over(shutdown: &CancellationToken, drain: Duration) {
    shutdown.cancelled().await;
    sleep(drain).await;
}

/// What every connection has in common: how long it lives, and how much a peer on it can make us hold. Every figure is
/// set here, so that a change of a library's default changes nothing.
pub(super) fn transport(settings: &GrpcSettings) -> tonic::transport::Server {
    tonic::transport::Server::builder()
        .max_connection_age(settings.max_connection_age())
        // Live streams end by themselves before this cuts them.
        .max_connection_age_grace(settings.stream_max_age())
        .http2_keepalive_interval(Some(KEEPALIVE_INTERVAL))
        .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
        .max_concurrent_streams(MAX_CONCURRENT_STREAMS)
        .http2_max_pending_accept_reset_streams(Some(settings.max_pending_resets))
        .http2_max_local_error_reset_streams(Some(settings.max_error_resets))
        .http2_max_header_list_size(MAX_HEADER_LIST_BYTES)
        .max_frame_size(MAX_FRAME_BYTES)
        // Fixed: an adaptive window would grow with a fast peer beyond these.
        .http2_adaptive_window(Some(false))
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
}

/// Waits until the process is told to stop: SIGTERM or SIGINT.
///
/// # Errors
/// When the process cannot listen for signals.
pub async fn shutdown_signal() -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => (),
        _ = interrupt.recv() => (),
    }
    Ok(())
}
