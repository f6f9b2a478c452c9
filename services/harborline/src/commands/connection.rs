//! How a command reaches a service, and by whose right.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use chrono::TimeDelta;
use harborline_authority::TokenRequest;
use harborline_identity::{Role, ServiceName};
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint};
use uuid::Uuid;

use super::{authority_in, default_state};
use crate::clients::TokenOf;
use crate::mesh::DEVELOPMENT_PROGRAM;

/// Where a service is, and who asks.
#[derive(clap::Args)]
pub(super) struct Connection {
    /// The service's public address, http://host:port or https://host:port; the one in the state folder unless given.
    #[arg(long)]
    address: Option<String>,
    /// A file with an access token, read again whenever the command connects; a token of the development authority unless
    /// given.
    #[arg(long)]
    token_file: Option<PathBuf>,
    /// The CA of an https address, as PEM.
    #[arg(long)]
    ca: Option<PathBuf>,
    /// The program, for the development authority; the development program unless given.
    #[arg(long, conflicts_with = "token_file")]
    program: Option<Uuid>,
    /// The folder that `up` or `demo` keeps its state in.
    #[arg(long)]
    state: Option<PathBuf>,
}

impl Connection {
    fn state(&self) -> PathBuf {
        self.state.clone().unwrap_or_else(default_state)
    }

    /// Where the service is.
    pub(super) fn endpoint(&self, service: ServiceName) -> anyhow::Result<Endpoint> {
        let address = match &self.address {
            Some(address) => address.clone(),
            None => address_in(&self.state(), service)?,
        };
        endpoint(address, self.ca.as_deref())
    }

    /// The tokens of somebody with a role.
    pub(super) fn token_of(&self, subject: &'static str, role: Role) -> anyhow::Result<TokenOf> {
        if let Some(file) = self.token_file.clone() {
            return Ok(Box::new(move || {
                std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))
            }));
        }
        let authority = authority_in(&self.state())?;
        let program = self.program.unwrap_or(DEVELOPMENT_PROGRAM.0);
        Ok(Box::new(move || {
            let request = TokenRequest {
                subject: subject.to_owned(),
                program,
                roles: vec![role.to_string()],
                clinic: None,
                participant: None,
                credential: None,
                name: None,
                lifetime: TimeDelta::hours(1),
            };
            authority.token(&request).context("cannot sign a token")
        }))
    }
}

/// Where the mesh of a state folder serves a service.
fn address_in(state: &Path, service: ServiceName) -> anyhow::Result<String> {
    let file = state.join("mesh.json");
    let text = std::fs::read_to_string(&file).with_context(|| {
        format!("no --address, and no mesh has written {}; start one with `harborline up`", file.display())
    })?;
    let directory: serde_json::Value = serde_json::from_str(&text)?;
    let public = directory[service.as_str()]["public"].as_str();
    Ok(format!("http://{}", public.with_context(|| format!("the mesh has no {service}"))?))
}

fn endpoint(address: String, ca: Option<&Path>) -> anyhow::Result<Endpoint> {
    let wrong = "an address is http://host:port or https://host:port";
    anyhow::ensure!(address.starts_with("http://") || address.starts_with("https://"), wrong);
    let endpoint = Endpoint::from_shared(address.clone()).context(wrong)?.connect_timeout(Duration::from_secs(5));
    let Some(ca) = ca else {
        anyhow::ensure!(address.starts_with("http://"), "an https address needs its CA: --ca FILE");
        return Ok(endpoint);
    };
    let pem = std::fs::read(ca).with_context(|| format!("cannot read {}", ca.display()))?;
    let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem));
    endpoint.tls_config(tls).context("the CA cannot be used")
}
