//! `harborline check-config SERVICE`: every fault of a service's settings, for CI and for people.

use std::path::PathBuf;
use std::process::ExitCode;

use harborline_identity::ServiceName;
use harborline_service::{Role, policy};

use super::service_name;
use crate::roles::{WithRole, settings_of, with_role};

/// What `check-config` takes.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Whose settings.
    #[arg(value_parser = service_name())]
    service: ServiceName,
    /// The settings file; /etc/harborline/SERVICE.toml unless given.
    #[arg(long)]
    config: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    for remark in with_role(arguments.service, Check(arguments.config.clone()))? {
        println!("{}: {remark}", arguments.service);
    }
    println!("{}: the settings are right", arguments.service);
    Ok(ExitCode::SUCCESS)
}

struct Check(Option<PathBuf>);

impl WithRole for Check {
    type Output = anyhow::Result<Vec<String>>;

    fn with<R: Role>(self) -> Self::Output {
        let loaded = settings_of::<R>(self.0)?;
        policy(&loaded.service.policy)?;
        Ok([R::facts(&loaded.own), R::remarks(&loaded.own)].concat())
    }
}
