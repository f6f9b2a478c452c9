//! `harborline healthcheck`: an image without a shell asks itself.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use tonic::transport::Endpoint;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use super::runtime;

/// What `healthcheck` takes.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The health listener.
    #[arg(long, default_value = "127.0.0.1:7301")]
    address: SocketAddr,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let endpoint = Endpoint::from_shared(format!("http://{}", arguments.address))?.timeout(Duration::from_secs(2));
    let status = runtime()?.block_on(async {
        let nobody =
            || format!("nobody answers at {}; a service's `grpc.health_listen` names the address", arguments.address);
        let mut client = HealthClient::new(endpoint.connect().await.with_context(nobody)?);
        Ok::<_, anyhow::Error>(client.check(HealthCheckRequest::default()).await?.into_inner().status())
    })?;
    Ok(if status == ServingStatus::Serving { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
