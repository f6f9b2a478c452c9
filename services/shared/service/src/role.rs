//! What a service is made of.

use std::collections::HashMap;

use futures::future::BoxFuture;
use harborline_computations::Computations;
use harborline_config::{ServiceSettings, Validate};
use harborline_duties::Worker;
use harborline_identity::ServiceName;
use harborline_runtime::client::AddressError;
use harborline_runtime::{ClientTls, MeshClient, ServerBuilder, StreamAge, neighbor};
use harborline_store::Store;
use harborline_types::Clock;
use serde::de::DeserializeOwned;
use sqlx::migrate::Migrator;
use tokio_util::sync::CancellationToken;

/// Why a service cannot be put together.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// One of the five services.
pub trait Role: Send + Sync + 'static {
    /// Which one.
    const NAME: ServiceName;
    /// Its own settings with their defaults, documented, as TOML; empty when it has none.
    const DEFAULTS: &'static str;
    /// The services it calls.
    const NEIGHBORS: &'static [ServiceName];
    /// Its own settings.
    type Settings: DeserializeOwned + Validate + Send + 'static;

    /// The part of its schema that it alone has.
    fn migrations() -> &'static Migrator;

    /// Its whole schema.
    fn schema() -> Migrator {
        harborline_store::migrator(&[&harborline_store::MIGRATIONS, &harborline_duties::MIGRATIONS, Self::migrations()])
    }

    /// What an operator should know about settings that are right and still may not be what is wanted. `check-config`
    /// prints it, and a start logs it as a warning. Holds no value of a setting.
    fn remarks(_own: &Self::Settings) -> Vec<String> {
        Vec::new()
    }

    /// What an operator may want to know that no setting says: `check-config` prints it, and a start logs it.
    fn facts(_own: &Self::Settings) -> Vec<String> {
        Vec::new()
    }

    /// Puts the service together: adds its contracts to the server, its handlers to a worker.
    ///
    /// # Errors
    /// When its own files or settings are wrong.
    fn assemble(parts: Parts<Self::Settings>, server: ServerBuilder) -> Result<Assembly, BoxError>;
}

/// What a service stands on.
pub struct Parts<S> {
    /// Its Postgres.
    pub store: Store,
    /// The domain's clock.
    pub clock: Clock,
    /// Its own settings.
    pub own: S,
    /// What runs its duties; as yet without handlers.
    pub worker: Worker,
    /// How many duties it runs at once.
    pub duties_at_once: usize,
    /// The ways to the services it calls.
    pub neighbors: Neighbors,
    /// What ends its live streams.
    pub streams: StreamAge,
    /// Where calls are computed whose cost their caller chooses.
    pub computations: Computations,
    /// Cancelled when the service is told to stop.
    pub shutdown: CancellationToken,
}

/// A service put together.
pub struct Assembly {
    /// The server with the service's contracts.
    pub server: ServerBuilder,
    /// The worker with the service's handlers.
    pub worker: Worker,
    /// What else runs until the service is told to stop.
    pub background: Vec<BoxFuture<'static, ()>>,
}

/// The ways to the services that a service calls.
#[derive(Clone)]
pub struct Neighbors(HashMap<ServiceName, MeshClient>);

impl Neighbors {
    pub(crate) fn open(
        names: &[ServiceName],
        settings: &ServiceSettings,
        tls: &ClientTls,
    ) -> Result<Self, AddressError> {
        let mut clients = HashMap::new();
        for name in names {
            let address = settings.neighbors.address(name.as_str()).unwrap_or_default();
            clients.insert(*name, neighbor(*name, address, tls)?);
        }
        Ok(Self(clients))
    }

    /// The way to a neighbor.
    ///
    /// # Panics
    /// When the role does not name it among its neighbors: a mistake of the code, met at the first start.
    pub fn get(&self, name: ServiceName) -> MeshClient {
        self.0.get(&name).cloned().unwrap_or_else(|| panic!("{name} is not among the role's neighbors"))
    }
}
