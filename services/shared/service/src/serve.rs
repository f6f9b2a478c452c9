//! The life of a service process.

use std::sync::Arc;
use std::time::Duration;

use harborline_audit::{AccessRecords, KeyError, Sealer, SigningKey};
use harborline_computations::Computations;
use harborline_config::{Loaded, PolicySettings, ServiceSettings};
use harborline_duties::Worker;
use harborline_identity::ServiceName;
use harborline_keys::TransitError;
use harborline_policy::{Policy, PolicyError};
use harborline_proto::common::v1::access_record_service_server::AccessRecordServiceServer;
use harborline_runtime::client::AddressError;
use harborline_runtime::{
    Authenticator, AuthenticatorError, ClientTls, Listeners, Readiness, ServeError, ServerBuilder, ServerTls, TlsError,
};
use harborline_store::{AccessWriter, KeySource, Store, StoreError};
use harborline_types::{Clock, DevelopmentClock};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::{Assembly, BoxError, Neighbors, Parts, Role};

/// How often the store is asked whether the replica is ready.
const READINESS_INTERVAL: Duration = Duration::from_secs(1);

/// Why a service cannot start, or ended without being told to.
#[derive(Debug, thiserror::Error)]
pub enum Fatal {
    /// An address cannot be listened on.
    #[error("cannot listen")]
    Listen(#[source] std::io::Error),
    /// Keys or tokens cannot be checked.
    #[error("cannot check who calls")]
    Identity(#[from] AuthenticatorError),
    /// The policy cannot be used.
    #[error("cannot judge who may do what")]
    Policy(#[from] PolicyError),
    /// The certificates cannot be used.
    #[error("cannot use the certificates")]
    Tls(#[from] TlsError),
    /// The record of accesses cannot be signed.
    #[error("cannot sign the record of accesses")]
    Audit(#[from] KeyError),
    /// A neighbor's address is wrong.
    #[error("cannot reach a neighbor")]
    Neighbor(#[from] AddressError),
    /// The store cannot be used.
    #[error("cannot use the store")]
    Store(#[from] StoreError),
    /// The key provider cannot be used as configured.
    #[error("cannot use the key provider")]
    Keys(#[from] TransitError),
    /// The service itself cannot be put together.
    #[error("cannot put the service together")]
    Assemble(#[source] BoxError),
    /// The server failed.
    #[error("the server failed")]
    Serve(#[from] ServeError),
    /// The schema cannot be brought up to date.
    #[error("cannot migrate")]
    Migrate(#[from] sqlx::migrate::MigrateError),
}

/// Serves a role until `shutdown` is cancelled.
///
/// # Errors
/// When it cannot start, or its server fails.
pub async fn serve<R: Role>(loaded: Loaded<R::Settings>, shutdown: CancellationToken) -> Result<(), Fatal> {
    harborline_runtime::install_crypto();
    let Loaded { service: settings, own } = loaded;
    for remark in R::remarks(&own) {
        tracing::warn!("{remark}");
    }
    for fact in R::facts(&own) {
        tracing::info!("{fact}");
    }
    let listeners = Listeners::bind(&settings.grpc).await.map_err(Fatal::Listen)?;
    let authenticator = Authenticator::from_settings(&settings.identity, Arc::new(policy(&settings.policy)?))?;
    let neighbors = Neighbors::open(R::NEIGHBORS, &settings, &ClientTls::load(&settings.identity)?)?;
    let server_tls = ServerTls::load(&settings.identity)?;
    let store = Store::open(&settings.database, key_source::<R>(&settings)?)?;

    let sealer = Sealer::new(store.clone(), R::NAME, SigningKey::read(&settings.audit.signing_key_file)?);

    let server = ServerBuilder::new(R::NAME, &settings.grpc, authenticator, Arc::new(AccessWriter::start(&store)));
    // Intake answers participants itself, and asks the others for theirs.
    let server = match R::NAME {
        ServiceName::Intake => server,
        name => server.add_service(AccessRecordServiceServer::new(AccessRecords::new(store.clone(), name))),
    };
    let clock = clock(&settings);
    let parts = Parts {
        duties_at_once: settings.duties.concurrency,
        worker: Worker::new(store.clone(), clock.clone(), R::NAME, settings.duties),
        store: store.clone(),
        clock,
        own,
        neighbors,
        streams: server.stream_age(),
        computations: Computations::new(&settings.computations),
        shutdown: shutdown.clone(),
    };
    let Assembly { server, worker, background } = R::assemble(parts, server).map_err(Fatal::Assemble)?;
    let server = server.build()?;

    let tasks = TaskTracker::new();
    tasks.spawn(tell_readiness(store.clone(), server.readiness(), shutdown.clone()));
    tasks.spawn(Arc::clone(&sealer).run(shutdown.clone()));
    tasks.spawn(worker.run(shutdown.clone()));
    for task in background {
        tasks.spawn(task);
    }
    let served = server.serve(listeners, server_tls, shutdown.clone()).await;

    shutdown.cancel();
    tasks.close();
    tasks.wait().await;
    // What the last calls left; if it fails, the next process seals it.
    if let Err(error) = sealer.finish().await {
        tracing::warn!(%error, "the last records of accesses are not sealed");
    }
    store.close().await;
    Ok(served?)
}

/// Brings a role's schema up to date.
///
/// # Errors
/// When the database does not answer or a migration fails.
pub async fn migrate<R: Role>(settings: &ServiceSettings) -> Result<(), Fatal> {
    Ok(harborline_store::migrate(&settings.database, R::NAME.as_str(), &R::schema()).await?)
}

/// The keys of a role.
///
/// # Errors
/// When the key provider cannot be used as configured.
pub fn key_source<R: Role>(settings: &ServiceSettings) -> Result<KeySource, Fatal> {
    let provider = harborline_keys::provider(&settings.keys)?;
    Ok(KeySource::new(R::NAME.as_str(), provider).refresh_every(settings.keys.refresh()))
}

/// The policy that a service is judged by: the reviewed one of this build, unless a directory is set.
///
/// # Errors
/// Every fault of the policy.
pub fn policy(settings: &PolicySettings) -> Result<Policy, PolicyError> {
    match &settings.directory {
        Some(directory) => Policy::from_directory(directory),
        None => Policy::embedded(),
    }
}

fn clock(settings: &ServiceSettings) -> Clock {
    match settings.clock.development() {
        Some(clock) => Clock::Development(DevelopmentClock {
            start_real: clock.start_real,
            start: clock.start,
            speed: clock.speed,
        }),
        None => Clock::System,
    }
}

/// Says whether this replica can do its work: its database answers and has its schema.
async fn tell_readiness(store: Store, readiness: Readiness, shutdown: CancellationToken) {
    let mut was_ready = None;
    while !shutdown.is_cancelled() {
        let ready = store.ready().await;
        if was_ready != Some(ready.is_ok()) {
            match &ready {
                Ok(()) => tracing::info!("ready"),
                Err(error) => tracing::warn!(%error, "not ready"),
            }
            readiness.set_serving(ready.is_ok());
            was_ready = Some(ready.is_ok());
        }
        tokio::select! {
            () = tokio::time::sleep(READINESS_INTERVAL) => {}
            () = shutdown.cancelled() => {}
        }
    }
}
