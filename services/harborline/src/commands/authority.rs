//! `harborline authority`: a development authority's files, for a mesh that is not run by `up`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use harborline_authority::Authority;
use harborline_identity::ServiceName;

/// What `authority` takes.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Where the files go: ca.pem, jwks.json, and for each service SERVICE.pem, SERVICE.key, SERVICE.audit.key and
    /// SERVICE.audit.pub.
    #[arg(long)]
    dir: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let authority = Authority::open_or_create(&arguments.dir).context("cannot use the authority")?;
    for service in ServiceName::ALL {
        authority.write_service_files(service.as_str(), &arguments.dir).context("cannot issue a certificate")?;
        authority.write_audit_key(service.as_str(), &arguments.dir).context("cannot make an audit key")?;
    }
    println!("the authority's files are in {}", arguments.dir.display());
    Ok(ExitCode::SUCCESS)
}
