//! `harborline serve SERVICE`.

use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;

use harborline_identity::ServiceName;
use harborline_service::{Role, serve};
use tokio_util::sync::CancellationToken;

use super::service_name;
use crate::roles::{WithRole, settings_of, with_role};

/// What `serve` takes.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Which service.
    #[arg(value_parser = service_name())]
    service: ServiceName,
    /// The settings file; /etc/harborline/SERVICE.toml unless given.
    #[arg(long)]
    config: Option<PathBuf>,
    /// Stop when standard input closes, so that no service outlives a killed supervisor.
    #[arg(long, hide = true)]
    while_stdin_is_open: bool,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let serving = Serve { config: arguments.config.clone(), while_stdin_is_open: arguments.while_stdin_is_open };
    with_role(arguments.service, serving)
}

struct Serve {
    config: Option<PathBuf>,
    while_stdin_is_open: bool,
}

impl WithRole for Serve {
    type Output = anyhow::Result<ExitCode>;

    fn with<R: Role>(self) -> Self::Output {
        let loaded = settings_of::<R>(self.config)?;
        let threads = loaded.service.runtime.worker_threads;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()?;
        runtime.block_on(async move {
            let telemetry = harborline_telemetry::init(R::NAME.as_str(), &loaded.service.telemetry)?;
            harborline_telemetry::log_panics_by_location();
            let shutdown = CancellationToken::new();
            tokio::spawn(stop_when_told(shutdown.clone(), self.while_stdin_is_open));
            let served = serve::<R>(loaded, shutdown).await;
            // The reason belongs to the log as well, where an operator looks first.
            if let Err(error) = &served {
                tracing::error!(error = error as &dyn std::error::Error, "stopped by a fault");
            }
            telemetry.shutdown().await;
            served?;
            Ok(ExitCode::SUCCESS)
        })
    }
}

/// Cancels when a signal comes, or when standard input closes.
async fn stop_when_told(shutdown: CancellationToken, while_stdin_is_open: bool) {
    if while_stdin_is_open {
        let shutdown = shutdown.clone();
        // A thread of its own: a runtime that stops waits for its blocking reads.
        std::thread::spawn(move || {
            let mut byte = [0];
            while std::io::stdin().read(&mut byte).is_ok_and(|read| read > 0) {}
            shutdown.cancel();
        });
    }
    tokio::select! {
        told = harborline_runtime::shutdown_signal() => {
            if let Err(error) = told {
                tracing::error!(%error, "cannot listen for signals");
            }
        }
        () = shutdown.cancelled() => {}
    }
    tracing::info!("stopping");
    shutdown.cancel();
}
