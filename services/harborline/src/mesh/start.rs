//! Preparing, starting and stopping the mesh.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use harborline_authority::{Authority, TokenRequest};
use harborline_identity::{Role as CallerRole, ServiceName};
use harborline_service::Role;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use uuid::Uuid;

use super::plan::write_private;
use super::postgres::Postgres;
use super::process::{Launch, Supervised};
use super::{Addresses, DEVELOPMENT_PROGRAM, Logs, MeshOptions, databases, settings};
use crate::roles::{WithRole, settings_of, with_role};

/// A running mesh.
pub struct Mesh {
    /// Where each service listens.
    pub addresses: BTreeMap<ServiceName, Addresses>,
    /// Its authority.
    pub authority: Authority,
    /// Its development clock, if it has one.
    pub clock: Option<super::ClockPlan>,
    dsns: BTreeMap<ServiceName, String>,
    services: BTreeMap<ServiceName, Supervised>,
    postgres: Option<Postgres>,
    state: PathBuf,
    ready_within: Duration,
    /// Held as long as the mesh runs.
    _lock: File,
}

impl Mesh {
    /// Starts a mesh and waits until every service is ready.
    ///
    /// # Errors
    /// When something it needs is missing or fails; the message says what.
    pub async fn start(options: MeshOptions) -> anyhow::Result<Self> {
        harborline_runtime::install_crypto();
        let lock = lock(&options.state)?;
        let addresses = Addresses::plan(options.ports)?;
        let authority =
            Authority::open_or_create(&options.state.join("authority")).context("cannot use the authority")?;
        let (choice, state) = (options.postgres, options.state.clone());
        let postgres = tokio::task::spawn_blocking(move || Postgres::start(&choice, &state)).await??;
        let mut mesh = Self {
            addresses,
            authority,
            clock: options.clock,
            dsns: BTreeMap::new(),
            services: BTreeMap::new(),
            postgres: Some(postgres),
            state: options.state,
            ready_within: options.ready_within,
            _lock: lock,
        };
        let common = settings::Common {
            logs: options.logs,
            clock: options.clock.as_ref(),
            collector: options.collector.as_deref(),
            settings: &options.settings,
        };
        match mesh.bring_up(&options.binary, &common).await {
            Ok(()) => Ok(mesh),
            Err(error) => {
                // What was started ends with it: nobody is left who would stop it.
                if let Err(also) = mesh.stop().await {
                    tracing::error!(error = %format!("{also:#}"), "cannot stop what was started");
                }
                Err(error)
            }
        }
    }

    /// Prepares the services, starts them, and waits until all are ready.
    async fn bring_up(&mut self, binary: &Path, common: &settings::Common<'_>) -> anyhow::Result<()> {
        let postgres = self.postgres.as_ref().context("there is no Postgres")?;
        self.dsns = prepare(&self.state, &self.authority, postgres, &self.addresses, common).await?;
        for service in ServiceName::ALL {
            self.services.insert(*service, Supervised::start(self.launch(*service, binary, common.logs)?)?);
        }
        self.write_directory()?;
        tokio::select! {
            ready = self.ready() => ready,
            service = self.first_to_end() => {
                bail!("{service} ended while it was starting; see {}", self.state.join("logs").display())
            }
        }
    }

    /// Waits until a service has ended and was started again.
    async fn first_to_end(&self) -> ServiceName {
        loop {
            if let Some((service, _)) = self.services.iter().find(|(_, supervised)| supervised.starts() > 1) {
                return *service;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }

    /// Waits until every service that is meant to run is ready.
    ///
    /// # Errors
    /// When one is not in time.
    pub async fn ready(&self) -> anyhow::Result<()> {
        for service in self.services.keys() {
            let not_ready = || format!("{service} is not ready; see {}", self.state.join("logs").display());
            self.until_serving(&self.addresses[service]).await.with_context(not_ready)?;
        }
        Ok(())
    }

    /// A channel to a service's public listener.
    ///
    /// # Panics
    /// Never: the address is one.
    pub fn channel(&self, service: ServiceName) -> Channel {
        let endpoint = Endpoint::from_shared(format!("http://{}", self.addresses[&service].public));
        endpoint.expect("an address is a URI").connect_timeout(Duration::from_secs(2)).connect_lazy()
    }

    /// A channel to a service's mesh listener with the certificate of a partner clinic: a clinic's token counts nowhere
    /// else.
    ///
    /// # Errors
    /// When the authority cannot sign.
    pub fn clinic_channel(&self, service: ServiceName, facility: Uuid) -> anyhow::Result<Channel> {
        let identity = self.authority.clinic_certificate(facility).context("cannot sign a clinic's certificate")?;
        let tls = ClientTlsConfig::new()
            .ca_certificate(Certificate::from_pem(self.authority.ca_pem()))
            .identity(Identity::from_pem(identity.cert_pem, identity.key_pem))
            .domain_name("localhost");
        let endpoint = Endpoint::from_shared(format!("https://{}", self.addresses[&service].mesh))?.tls_config(tls)?;
        Ok(endpoint.connect_timeout(Duration::from_secs(2)).connect_lazy())
    }

    /// An access token for the development program, valid for a day.
    ///
    /// # Errors
    /// When the authority cannot sign.
    pub fn token(&self, subject: &str, roles: &[CallerRole], clinic: Option<Uuid>) -> anyhow::Result<String> {
        self.token_of(subject, roles, clinic, None)
    }

    /// The same of a participant, whom it names.
    ///
    /// # Errors
    /// When the authority cannot sign.
    pub fn participants_token(&self, subject: &str, participant: Uuid) -> anyhow::Result<String> {
        self.token_of(subject, &[CallerRole::Participant], None, Some(participant))
    }

    fn token_of(
        &self,
        subject: &str,
        roles: &[CallerRole],
        clinic: Option<Uuid>,
        participant: Option<Uuid>,
    ) -> anyhow::Result<String> {
        let request = TokenRequest {
            subject: subject.to_owned(),
            program: DEVELOPMENT_PROGRAM.0,
            roles: roles.iter().map(ToString::to_string).collect(),
            clinic,
            participant,
            credential: None,
            name: None,
            lifetime: chrono::TimeDelta::days(1),
        };
        self.authority.token(&request).context("cannot sign a token")
    }

    /// The DSN of a service's database for the role that owns its schema, and not for the one that serves.
    pub fn database(&self, service: ServiceName) -> &str {
        &self.dsns[&service]
    }

    /// Kills a service's process at once; it is started again. False when it was not running at that moment.
    pub fn kill(&self, service: ServiceName) -> bool {
        self.services[&service].kill()
    }

    /// How often a service was started.
    pub fn starts(&self, service: ServiceName) -> u32 {
        self.services[&service].starts()
    }

    /// The process id of a service, 0 while it is not running.
    pub fn pid(&self, service: ServiceName) -> u32 {
        self.services[&service].pid()
    }

    /// Stops a service for good.
    pub async fn stop_service(&mut self, service: ServiceName) {
        if let Some(supervised) = self.services.remove(&service) {
            supervised.stop().await;
        }
    }

    /// Waits until a process is ready.
    pub(super) async fn until_serving(&self, addresses: &Addresses) -> anyhow::Result<()> {
        let deadline = Instant::now() + self.ready_within;
        while !serving(addresses).await {
            if Instant::now() > deadline {
                bail!("nobody serves at {}", addresses.health);
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        Ok(())
    }

    pub(super) fn launch(&self, service: ServiceName, binary: &Path, logs: Logs) -> anyhow::Result<Launch> {
        launch(&self.state, service, binary, logs)
    }

    /// Starts a service that was stopped.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start_service(&mut self, service: ServiceName, binary: &Path) -> anyhow::Result<()> {
        let launch = self.launch(service, binary, Logs::Files)?;
        self.services.insert(service, Supervised::start(launch)?);
        Ok(())
    }

    /// Stops everything: services first, then Postgres.
    ///
    /// # Errors
    /// When Postgres does not stop.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        let services = std::mem::take(&mut self.services);
        futures::future::join_all(services.into_values().map(Supervised::stop)).await;
        if let Some(postgres) = self.postgres.take() {
            tokio::task::spawn_blocking(move || postgres.stop()).await??;
        }
        Ok(())
    }

    /// Writes `mesh.json`: where everything listens, for other programs.
    fn write_directory(&self) -> anyhow::Result<()> {
        let mut directory = serde_json::Map::new();
        for (service, addresses) in &self.addresses {
            let entry = serde_json::json!({
                "public": addresses.public.to_string(),
                "mesh": addresses.mesh.to_string(),
                "health": addresses.health.to_string(),
            });
            directory.insert(service.to_string(), entry);
        }
        directory.insert("program".to_owned(), DEVELOPMENT_PROGRAM.to_string().into());
        let text = serde_json::to_string_pretty(&directory)?;
        write_private(&self.state.join("mesh.json"), &text)
    }
}

/// Gives every service its database, its certificate, its settings and its schema; answers the databases.
async fn prepare(
    state: &Path,
    authority: &Authority,
    postgres: &Postgres,
    addresses: &BTreeMap<ServiceName, Addresses>,
    common: &settings::Common<'_>,
) -> anyhow::Result<BTreeMap<ServiceName, String>> {
    let secrets = folder(state, "secrets")?;
    let mut owners = BTreeMap::new();
    for service in ServiceName::ALL {
        authority.write_service_files(service.as_str(), &secrets).context("cannot issue a certificate")?;
        authority.write_audit_key(service.as_str(), &secrets).context("cannot make an audit key")?;
        let dsns = databases::ensure(postgres, *service, &secrets).await?;
        let text = settings::file(*service, addresses, &dsns.serving, authority, &secrets, common);
        write_private(&settings_file(state, *service)?, &text)?;
        owners.insert(*service, dsns.owner);
    }
    let migrations = owners.iter().map(|(service, owner)| {
        Ok(with_role(*service, Migrate { settings: settings_file(state, *service)?, owner: owner.clone() }))
    });
    futures::future::try_join_all(migrations.collect::<anyhow::Result<Vec<_>>>()?).await?;
    Ok(owners)
}

fn settings_file(state: &Path, service: ServiceName) -> anyhow::Result<PathBuf> {
    Ok(folder(state, "settings")?.join(format!("{service}.toml")))
}

fn launch(state: &Path, service: ServiceName, binary: &Path, logs: Logs) -> anyhow::Result<Launch> {
    let log = folder(state, "logs")?.join(format!("{service}.log"));
    Ok(Launch { service, binary: binary.to_owned(), settings: settings_file(state, service)?, log, logs })
}

struct Migrate {
    settings: PathBuf,
    /// The DSN of the role that owns the schema.
    owner: String,
}

impl WithRole for Migrate {
    type Output = std::pin::Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>>;

    fn with<R: Role>(self) -> Self::Output {
        Box::pin(async move {
            let mut loaded = settings_of::<R>(Some(self.settings))?;
            loaded.service.database.url = self.owner.into();
            harborline_service::migrate::<R>(&loaded.service)
                .await
                .with_context(|| format!("cannot migrate the database of {}", R::NAME))
        })
    }
}

async fn serving(addresses: &Addresses) -> bool {
    let Ok(endpoint) = Endpoint::from_shared(format!("http://{}", addresses.health)) else { return false };
    let Ok(channel) = endpoint.connect_timeout(Duration::from_secs(1)).timeout(Duration::from_secs(1)).connect().await
    else {
        return false;
    };
    let answer = HealthClient::new(channel).check(HealthCheckRequest::default()).await;
    answer.is_ok_and(|answer| answer.get_ref().status() == ServingStatus::Serving)
}

fn folder(state: &Path, name: &str) -> anyhow::Result<PathBuf> {
    let folder = state.join(name);
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    Ok(folder)
}

fn lock(state: &Path) -> anyhow::Result<File> {
    std::fs::create_dir_all(state).with_context(|| format!("cannot create {}", state.display()))?;
    let lock = File::create(state.join("lock"))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => bail!("another mesh runs in {}; give --state another folder", state.display()),
        Err(TryLockError::Error(error)) => Err(error).context("cannot lock the state folder"),
    }
}
