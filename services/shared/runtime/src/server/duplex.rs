//! The same stack without a socket: for tests, and for calls within a process.

use std::convert::Infallible;
use std::io;

use harborline_identity::ServiceName;
use hyper_util::rt::TokioIo;
use tokio_stream::once;
use tonic::transport::{Channel, Endpoint, Uri};
use tower::service_fn;

use super::peer_stream::PeerStream;
use super::{Server, drain};
use crate::stack::Peer;

/// Bytes on their way in each direction.
const BUFFER_BYTES: usize = 64 * 1024;

impl Server {
    /// A channel through memory into the whole stack, as if its holder had connected to the mesh listener as `peer`, or
    /// to the public one when there is none. Each connection is served by a task of the current runtime.
    pub fn duplex(&self, peer: Option<ServiceName>) -> Channel {
        let (rpc, settings) = (self.rpc.clone(), self.settings.clone());
        let connect = move |_uri: Uri| {
            let (client, server) = tokio::io::duplex(BUFFER_BYTES);
            let stream = PeerStream { stream: server, peer: peer.map_or(Peer::Public, Peer::Service) };
            let serving =
                drain::transport(&settings).serve_with_incoming(rpc.clone(), once(Ok::<_, Infallible>(stream)));
            tokio::spawn(async move {
                if let Err(error) = serving.await {
                    tracing::debug!(%error, "a connection through memory ended");
                }
            });
            async move { Ok::<_, io::Error>(TokioIo::new(client)) }
        };
        Endpoint::from_static("http://in-memory").connect_with_connector_lazy(service_fn(connect))
    }
}
