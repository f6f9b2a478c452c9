//! The connection to a neighbor: mutual TLS, and the certificate at the other end must be the neighbor's own.

use std::io;
use std::time::Duration;

use harborline_identity::ServiceName;
use harborline_identity::peer::service_of;
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tonic::transport::{Endpoint, Uri};
use tower::service_fn;

use super::MeshClient;
use crate::ClientTls;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(5);

/// The address of a neighbor is none.
#[derive(Debug, thiserror::Error)]
#[error("{address:?} is not a mesh address, https://host:port")]
pub struct AddressError {
    /// What was configured.
    pub address: String,
}

#[derive(Clone)]
struct Target {
    neighbor: ServiceName,
    host: String,
    port: u16,
    name: ServerName<'static>,
    tls: ClientTls,
}

/// The way from this service to `neighbor` at `address` (`https://host:port`). Connects when first used, and again
/// whenever the connection is lost.
///
/// # Errors
/// When the address is none.
pub fn neighbor(neighbor: ServiceName, address: &str, tls: &ClientTls) -> Result<MeshClient, AddressError> {
    let target = target(neighbor, address, tls).ok_or_else(|| AddressError { address: address.to_owned() })?;
    let refused = |_| AddressError { address: address.to_owned() };
    // The connector brings TLS itself; with https here tonic would want to.
    let endpoint = Endpoint::from_shared(format!("http://{}:{}", target.host, target.port)).map_err(refused)?;
    let origin: Uri = address.parse().map_err(|_| AddressError { address: address.to_owned() })?;
    let channel = endpoint
        .origin(origin)
        .connect_timeout(CONNECT_TIMEOUT)
        .http2_keep_alive_interval(KEEPALIVE_INTERVAL)
        .keep_alive_timeout(KEEPALIVE_TIMEOUT)
        .keep_alive_while_idle(true)
        .connect_with_connector_lazy(service_fn(move |_uri: Uri| {
            let target = target.clone();
            async move { target.connect().await.map(TokioIo::new) }
        }));
    Ok(MeshClient::over(neighbor, channel))
}

fn target(neighbor: ServiceName, address: &str, tls: &ClientTls) -> Option<Target> {
    let uri: Uri = address.parse().ok()?;
    if uri.scheme_str() != Some("https") {
        return None;
    }
    let (host, port) = (uri.host()?.to_owned(), uri.port_u16()?);
    let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned()).ok()?;
    Some(Target { neighbor, host, port, name, tls: tls.clone() })
}

impl Target {
    async fn connect(self) -> io::Result<TlsStream<TcpStream>> {
        let stream = TcpStream::connect(format!("{}:{}", self.host, self.port)).await?;
        stream.set_nodelay(true)?;
        let stream = TlsConnector::from(self.tls.current()).connect(self.name, stream).await?;
        let certificate = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
        // A certificate of the mesh for this host is not enough: on a shared host it could be any of the five.
        if certificate.and_then(|certificate| service_of(certificate)) != Some(self.neighbor) {
            return Err(io::Error::other(format!("the other end is not {}", self.neighbor)));
        }
        Ok(stream)
    }
}
