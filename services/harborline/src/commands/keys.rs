//! `harborline keys`: what an operator does with a program's keys, beside the running services. They take notice by
//! themselves, within `keys.refresh_seconds`.
//!
//! The settings are the service's own: its database, its key provider. Destroying and rotating at the provider concern
//! the program in all five services, whichever is named.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use harborline_identity::ServiceName;
use harborline_service::{Role, key_source};
use harborline_store::Store;
use harborline_types::ProgramId;
use uuid::Uuid;

use super::{runtime, service_name};
use crate::roles::{WithRole, settings_of, with_role};

/// What `keys` takes.
#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(clap::Subcommand, Clone)]
enum Task {
    /// Makes a new version of the program's data key in this service: for what is written from its beginning on. What was
    /// written before still opens.
    Rotate {
        #[command(flatten)]
        of: Whose,
        /// Give the program's key-encryption key a new version at its provider instead, for all services; rewrap then.
        #[arg(long)]
        at_provider: bool,
    },
    /// Wraps the program's keys in this service with the newest version of its key-encryption key.
    Rewrap {
        #[command(flatten)]
        of: Whose,
    },
    /// Destroys the program's key-encryption key: its records, in all services and every backup, are never read again.
    Destroy {
        #[command(flatten)]
        of: Whose,
        /// The program's id once more: there is no way back.
        #[arg(long, value_name = "PROGRAM")]
        yes_destroy: Option<Uuid>,
    },
    /// Shows the versions of the program's keys, and not the keys.
    Status {
        #[command(flatten)]
        of: Whose,
    },
}

#[derive(clap::Args, Clone)]
struct Whose {
    /// In which service.
    #[arg(long, value_parser = service_name())]
    service: ServiceName,
    /// Whose keys.
    #[arg(long)]
    program: Uuid,
    /// The settings file; /etc/harborline/SERVICE.toml unless given.
    #[arg(long)]
    config: Option<PathBuf>,
}

impl Task {
    fn whose(&self) -> &Whose {
        match self {
            Self::Rotate { of, .. } | Self::Rewrap { of } | Self::Destroy { of, .. } | Self::Status { of } => of,
        }
    }
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let task = arguments.task.clone();
    if let Task::Destroy { of, yes_destroy } = &task
        && *yes_destroy != Some(of.program)
    {
        bail!("to destroy every record of the program for ever, say --yes-destroy {}", of.program);
    }
    with_role(task.whose().service, Keys(task))?;
    Ok(ExitCode::SUCCESS)
}

struct Keys(Task);

impl WithRole for Keys {
    type Output = anyhow::Result<()>;

    fn with<R: Role>(self) -> Self::Output {
        let settings = settings_of::<R>(self.0.whose().config.clone())?.service;
        harborline_runtime::install_crypto();
        runtime()?.block_on(async {
            let store = Store::open(&settings.database, key_source::<R>(&settings)?)?;
            let done = act(&self.0, &store, ProgramId(self.0.whose().program)).await;
            store.close().await;
            done
        })
    }
}

async fn act(task: &Task, store: &Store, program: ProgramId) -> anyhow::Result<()> {
    match task {
        Task::Rotate { at_provider: true, .. } => {
            println!("the key-encryption key is at version {}", store.key_rotate_at_provider(program).await?);
        }
        Task::Rotate { .. } => {
            let rotated = store.key_rotate(program).await?;
            println!("data key version {}: seals in {} s", rotated.version, rotated.begins_in.as_secs());
        }
        Task::Rewrap { .. } => println!("{} keys rewrapped", store.key_rewrap(program).await?),
        Task::Destroy { .. } => {
            store.key_destroy(program).await?;
            println!("the key-encryption key is destroyed");
        }
        Task::Status { .. } => {
            let (keys, newest) = store.key_status(program).await?;
            for key in keys {
                let begins = key.begins_in.as_secs();
                println!("{} {} wrapped by {}, in use in {begins} s", key.purpose, key.version, key.wrapped_by);
            }
            match newest {
                Some(version) => println!("the key-encryption key is at version {version}"),
                None => println!("the key-encryption key is destroyed"),
            }
        }
    }
    Ok(())
}
