//! `harborline certificate`: a partner clinic's certificate of the development authority, for any gRPC client.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use uuid::Uuid;

use super::{authority_in, default_state};

/// What `certificate` takes.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The clinic that it names: a facility's id.
    #[arg(long)]
    clinic: Uuid,
    /// Where the files go: ca.pem, CLINIC.pem and CLINIC.key. Without it the certificate and its key are printed.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// The folder that `up` keeps its state in.
    #[arg(long)]
    state: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let state = arguments.state.clone().unwrap_or_else(default_state);
    let authority = authority_in(&state)?;
    let Some(dir) = &arguments.dir else {
        let identity = authority.clinic_certificate(arguments.clinic).context("cannot issue a certificate")?;
        print!("{}{}", identity.cert_pem, identity.key_pem);
        return Ok(ExitCode::SUCCESS);
    };
    authority.write_clinic_files(arguments.clinic, dir).context("cannot issue a certificate")?;
    std::fs::write(dir.join("ca.pem"), authority.ca_pem()).context("cannot write ca.pem")?;
    println!("{}", dir.join(format!("{}.pem", arguments.clinic)).display());
    Ok(ExitCode::SUCCESS)
}
