//! `harborline board`: the line at a glance, in a terminal.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use chrono::TimeDelta;
use harborline_authority::TokenRequest;
use harborline_identity::Role;
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint};
use uuid::Uuid;

use super::{authority_in, default_state, runtime};
use crate::board::{self, Source, TokenOf};
use crate::mesh::DEVELOPMENT_PROGRAM;

/// What `board` takes.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Availability's public address, http://host:port or https://host:port; the one in the state folder unless given.
    #[arg(long)]
    address: Option<String>,
    /// A file with a supervisor's access token, read again whenever the board connects; a token of the development
    /// authority unless given.
    #[arg(long)]
    token_file: Option<PathBuf>,
    /// The CA of an https address, as PEM.
    #[arg(long)]
    ca: Option<PathBuf>,
    /// The program whose line it is, for the development authority; the development program unless given.
    #[arg(long, conflicts_with = "token_file")]
    program: Option<Uuid>,
    /// The folder that `up` or `demo` keeps its state in.
    #[arg(long)]
    state: Option<PathBuf>,
    /// Print one frame as text and end; so it is when the output is no terminal.
    #[arg(long)]
    once: bool,
    /// How long `--once` waits for a board, in seconds.
    #[arg(long, default_value_t = 15)]
    patience: u64,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let state = arguments.state.clone().unwrap_or_else(default_state);
    let address = match &arguments.address {
        Some(address) => address.clone(),
        None => address_in(&state)?,
    };
    let source = Source { endpoint: endpoint(address, arguments.ca.as_deref())?, token: token_of(arguments, &state)? };
    let runtime = runtime()?;
    if arguments.once || !std::io::stdout().is_terminal() {
        let patience = Duration::from_secs(arguments.patience);
        print!("{}", runtime.block_on(board::once(source, patience))?);
    } else {
        board::show(&runtime, source)?;
    }
    // A connection that hangs holds nobody up.
    runtime.shutdown_background();
    Ok(ExitCode::SUCCESS)
}

/// Where the mesh of a state folder serves availability.
fn address_in(state: &Path) -> anyhow::Result<String> {
    let file = state.join("mesh.json");
    let text = std::fs::read_to_string(&file).with_context(|| {
        format!("no --address, and no mesh has written {}; start one with `harborline up`", file.display())
    })?;
    let directory: serde_json::Value = serde_json::from_str(&text)?;
    let public = directory["availability"]["public"].as_str().context("the mesh has no availability")?;
    Ok(format!("http://{public}"))
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

fn token_of(arguments: &Arguments, state: &Path) -> anyhow::Result<TokenOf> {
    if let Some(file) = arguments.token_file.clone() {
        return Ok(Box::new(move || {
            std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))
        }));
    }
    let authority = authority_in(state)?;
    let program = arguments.program.unwrap_or(DEVELOPMENT_PROGRAM.0);
    Ok(Box::new(move || {
        let request = TokenRequest {
            subject: "board".to_owned(),
            program,
            roles: vec![Role::Supervisor.to_string()],
            clinic: None,
            participant: None,
            credential: None,
            name: None,
            lifetime: TimeDelta::hours(1),
        };
        authority.token(&request).context("cannot sign a token")
    }))
}
