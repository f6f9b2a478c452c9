//! Serving a service's contracts: three listeners, one stack, one end.

mod drain;
mod duplex;
mod health;
mod listeners;
mod mesh;
mod peer_stream;
mod public;

use std::convert::Infallible;
use std::sync::Arc;

use harborline_config::GrpcSettings;
use harborline_identity::{AccessLog, ServiceName};
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::service::Routes;
use tower::Service;

pub use drain::{ServeError, shutdown_signal};
pub use health::Readiness;
pub use listeners::Listeners;

use crate::StreamAge;
use crate::stack::{self, Authenticator, FinishedCall, Observer, Rpc, StackParts};
use health::Health;

/// Collects what a service serves.
pub struct ServerBuilder {
    service: ServiceName,
    parts: StackParts,
    routes: Routes,
    contracts: Vec<&'static str>,
    draining: CancellationToken,
}

impl ServerBuilder {
    /// Begins the server of a service. What touches health information goes on record in `access_log`.
    pub fn new(
        service: ServiceName,
        settings: &GrpcSettings,
        authenticator: Authenticator,
        access_log: Arc<dyn AccessLog>,
    ) -> Self {
        let observer: Observer = Arc::new(stack::report);
        Self {
            service,
            parts: StackParts { settings: settings.clone(), authenticator, access_log, observer },
            routes: Routes::default(),
            contracts: Vec::new(),
            draining: CancellationToken::new(),
        }
    }

    /// Serves one contract: a generated server around its implementation.
    #[must_use]
    pub fn add_service<S>(mut self, contract: S) -> Self
    where
        S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible>,
        S: NamedService + Clone + Send + Sync + 'static,
        S::Future: Send + 'static,
    {
        self.routes = self.routes.add_service(contract);
        self.contracts.push(S::NAME);
        self
    }

    /// What ends this server's live streams: their age, or the drain.
    pub fn stream_age(&self) -> StreamAge {
        StreamAge::new(self.parts.settings.stream_max_age(), self.draining.clone())
    }

    /// Tells `observer` of every call that ended, beside the telemetry of the process.
    #[must_use]
    pub fn observe(mut self, observer: impl Fn(FinishedCall) + Send + Sync + 'static) -> Self {
        let before = Arc::clone(&self.parts.observer);
        self.parts.observer = Arc::new(move |call| {
            before(call);
            observer(call);
        });
        self
    }

    /// The server, not yet listening.
    ///
    /// # Errors
    /// When the descriptors of the contracts cannot be reflected.
    pub fn build(self) -> Result<Server, ServeError> {
        let health = Health::new(&self.contracts);
        let routes = public::with_reflection(self.routes, &self.contracts)?.add_service(health.server());
        Ok(Server {
            service: self.service,
            settings: self.parts.settings.clone(),
            rpc: stack::stack(self.parts, routes),
            health,
            draining: self.draining,
        })
    }
}

/// A service's server.
pub struct Server {
    service: ServiceName,
    settings: GrpcSettings,
    rpc: Rpc,
    health: Health,
    draining: CancellationToken,
}

impl Server {
    /// Says whether this replica can do its work; until it is told, health answers NOT_SERVING.
    pub fn readiness(&self) -> Readiness {
        self.health.readiness()
    }

    /// The stack with the contracts inside, for serving it otherwise.
    pub fn rpc(&self) -> Rpc {
        self.rpc.clone()
    }
}
