//! The mesh listener: mutual TLS, each handshake by itself, so that a slow peer keeps nobody else waiting.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures::Stream;
use harborline_identity::peer::{clinic_of, service_of};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;

use super::peer_stream::PeerStream;
use crate::ServerTls;
use crate::stack::Peer;

const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
/// More at once wait in the kernel's queue.
const HANDSHAKES_AT_ONCE: usize = 256;
/// After an error of accept, which mostly means that file descriptors ran out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

type Connection = io::Result<PeerStream<TlsStream<TcpStream>>>;

/// The connections that have proven who they are, until `stop`.
pub(super) fn connections(
    listener: TcpListener,
    tls: ServerTls,
    stop: CancellationToken,
) -> impl Stream<Item = Connection> {
    let (ready, connections) = mpsc::channel(64);
    tokio::spawn(accept(listener, tls, ready, stop));
    ReceiverStream::new(connections)
}

async fn accept(listener: TcpListener, tls: ServerTls, ready: mpsc::Sender<Connection>, stop: CancellationToken) {
    let places = Arc::new(Semaphore::new(HANDSHAKES_AT_ONCE));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => return,
            () = ready.closed() => return,
        };
        let stream = match accepted {
            Ok((stream, _address)) => stream,
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection of the mesh");
                sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let (acceptor, ready) = (TlsAcceptor::from(tls.current()), ready.clone());
        tokio::spawn(async move {
            match timeout(HANDSHAKE_TIMEOUT, handshake(acceptor, stream)).await {
                // Nobody listens any more when the server has stopped meanwhile.
                Ok(Ok(connection)) => drop(ready.send(Ok(connection)).await),
                Ok(Err(error)) => tracing::debug!(%error, "a handshake of the mesh failed"),
                Err(_elapsed) => tracing::debug!("a handshake of the mesh took too long"),
            }
            drop(place);
        });
    }
}

async fn handshake(acceptor: TlsAcceptor, stream: TcpStream) -> io::Result<PeerStream<TlsStream<TcpStream>>> {
    stream.set_nodelay(true)?;
    let stream = acceptor.accept(stream).await?;
    // Verified by the handshake, which fails without one.
    let certificate = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
    let service = certificate.and_then(|certificate| service_of(certificate)).map(Peer::Service);
    let clinic = || certificate.and_then(|certificate| clinic_of(certificate)).map(Peer::Clinic);
    let peer = service.or_else(clinic).unwrap_or(Peer::Unnamed);
    Ok(PeerStream { stream, peer })
}
