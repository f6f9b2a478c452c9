//! `harborline migrate SERVICE`: run by a job before a rollout, never by many pods at once.

use std::path::PathBuf;
use std::process::ExitCode;

use harborline_identity::ServiceName;
use harborline_service::Role;

use super::{runtime, service_name};
use crate::roles::{WithRole, settings_of, with_role};

/// What `migrate` takes.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Whose schema.
    #[arg(value_parser = service_name())]
    service: ServiceName,
    /// The settings file; /etc/harborline/SERVICE.toml unless given.
    #[arg(long)]
    config: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    with_role(arguments.service, Migrate(arguments.config.clone()))?;
    println!("{}: the schema is up to date", arguments.service);
    Ok(ExitCode::SUCCESS)
}

struct Migrate(Option<PathBuf>);

impl WithRole for Migrate {
    type Output = anyhow::Result<()>;

    fn with<R: Role>(self) -> Self::Output {
        let loaded = settings_of::<R>(self.0)?;
        harborline_runtime::install_crypto();
        Ok(runtime()?.block_on(harborline_service::migrate::<R>(&loaded.service))?)
    }
}
