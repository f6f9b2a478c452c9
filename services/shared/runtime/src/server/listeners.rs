//! The three sockets of a service.

use std::io;
use std::net::SocketAddr;

use harborline_config::GrpcSettings;
use tokio::net::TcpListener;

/// The sockets, bound and not yet served. A test binds them to free ports.
#[derive(Debug)]
pub struct Listeners {
    /// For front ends: access tokens over h2c and gRPC-Web; TLS ends at the edge in front of it.
    pub public: TcpListener,
    /// For services and clinics: mutual TLS.
    pub mesh: TcpListener,
    /// For probes: grpc.health.v1 and nothing else.
    pub health: TcpListener,
}

impl Listeners {
    /// Binds the configured addresses.
    ///
    /// # Errors
    /// When an address cannot be bound; the error names it.
    pub async fn bind(settings: &GrpcSettings) -> io::Result<Self> {
        Ok(Self {
            public: bind(settings.public_listen).await?,
            mesh: bind(settings.mesh_listen).await?,
            health: bind(settings.health_listen).await?,
        })
    }
}

async fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|error| io::Error::new(error.kind(), format!("cannot listen on {address}: {error}")))
}
