//! `harborline up`: the whole mesh on this machine.

use std::collections::BTreeMap;
use std::iter;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use harborline_identity::{Role, ServiceName};
use harborline_proto::intake::v1 as pb;
use harborline_proto::intake::v1::program_service_client::ProgramServiceClient;
use harborline_types::RequestId;
use tonic::Request;

use super::{default_state, runtime};
use crate::mesh::{Logs, Mesh, MeshOptions, Ports, PostgresChoice, READY_LIMIT, WEB_ORIGIN};

/// What `up` takes.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The folder for databases, certificates and settings.
    #[arg(long)]
    state: Option<PathBuf>,
    /// Listen on any free ports instead of 7101 to 7305; mesh.json in the state folder says which.
    #[arg(long)]
    free_ports: bool,
    /// An OTLP collector, http://host:port.
    #[arg(long)]
    collector: Option<String>,
    /// A browser origin that may call, such as http://localhost:3000, beside http://localhost:5173; may be given several
    /// times.
    #[arg(long, value_name = "ORIGIN")]
    web_origin: Vec<String>,
    /// Take tokens of this OIDC provider instead of the development authority: its issuer, exactly. The program is then
    /// yours to set up.
    #[arg(long, hide = true, requires = "jwks_url")]
    issuer: Option<String>,
    /// Where that provider publishes its keys.
    #[arg(long, hide = true, requires = "issuer")]
    jwks_url: Option<String>,
}

impl Arguments {
    /// What the services are told beside the mesh's own settings.
    fn settings(&self) -> BTreeMap<&'static str, Vec<String>> {
        let mut settings = BTreeMap::new();
        if let (Some(issuer), Some(jwks_url)) = (&self.issuer, &self.jwks_url) {
            let provider =
                [format!("issuer = {issuer:?}"), "jwks_file = \"\"".into(), format!("jwks_url = {jwks_url:?}")];
            settings.insert("identity", provider.to_vec());
        }
        if !self.web_origin.is_empty() {
            let origins: Vec<_> = iter::once(WEB_ORIGIN).chain(self.web_origin.iter().map(String::as_str)).collect();
            settings.insert("grpc", vec![format!("web_origins = {origins:?}")]);
        }
        settings
    }
}

pub(super) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let (settings, has_own_authority) = (arguments.settings(), arguments.issuer.is_none());
    let state = arguments.state.unwrap_or_else(default_state);
    let options = MeshOptions {
        state: state.clone(),
        binary: std::env::current_exe().context("cannot find this binary")?,
        ports: if arguments.free_ports { Ports::Free } else { Ports::WellKnown },
        clock: None,
        postgres: PostgresChoice::from_environment(),
        logs: Logs::Inherit,
        collector: arguments.collector,
        settings,
        ready_within: READY_LIMIT,
    };
    runtime()?.block_on(async {
        let mesh = Mesh::start(options).await?;
        let served = serve(&mesh, &state, has_own_authority).await;
        println!("stopping");
        let stopped = mesh.stop().await;
        served.and(stopped).map(|()| ExitCode::SUCCESS)
    })
}

/// Sets the mesh up and lets it run until the process is told to stop.
async fn serve(mesh: &Mesh, state: &Path, has_own_authority: bool) -> anyhow::Result<()> {
    if has_own_authority {
        set_up_program(mesh).await?;
    }
    announce(mesh, state);
    Ok(harborline_runtime::shutdown_signal().await?)
}

/// Gives development a program, as an administrator would.
async fn set_up_program(mesh: &Mesh) -> anyhow::Result<()> {
    let director = pb::Person { person_id: "director".to_owned(), name: "Clinical director".to_owned() };
    let mut request = Request::new(pb::PutProgramRequest {
        request_id: RequestId::derived("up", "program").to_string(),
        name: "Development program".to_owned(),
        clinical_director: Some(director),
        backup_line: "988".to_owned(),
        part2_program: None,
        etag: String::new(),
        backup_text_line: String::new(),
        same_caller_within: None,
    });
    let token = mesh.token("administrator", &[Role::Administrator], None)?;
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse()?);
    ProgramServiceClient::new(mesh.channel(ServiceName::Intake)).put_program(request).await?;
    Ok(())
}

fn announce(mesh: &Mesh, state: &Path) {
    println!(
        "\nHarborline is up. Front ends (h2c and gRPC-Web, access token) call the first address; clinics (gRPC with"
    );
    println!("their certificate and an access token) call referral's mesh address:\n");
    for (service, addresses) in &mesh.addresses {
        println!(
            "  {service:<13} http://{}   mesh https://{}   health {}",
            addresses.public, addresses.mesh, addresses.health
        );
    }
    let binary = std::env::current_exe().map_or_else(|_| "harborline".to_owned(), |path| path.display().to_string());
    println!("\nState, settings and logs are in {}.", state.display());
    println!("An access token, for any client:\n\n  {binary} token --state {} --role administrator\n", state.display());
    println!("A clinic's certificate: {binary} certificate --state {} --clinic ID --dir FOLDER\n", state.display());
    println!("A call over gRPC-Web, with curl alone (the answer is binary; strings makes it readable):\n");
    println!(
        "  printf '\\0\\0\\0\\0\\0' | curl -sS --data-binary @- -H 'content-type: application/grpc-web+proto' \\\n    \
         -H \"authorization: Bearer $({binary} token --state {} --role administrator)\" \\\n    \
         http://{}/harborline.intake.v1.ProgramService/GetProgram | strings\n",
        state.display(),
        mesh.addresses[&ServiceName::Intake].public
    );
    println!("Ctrl-C stops everything.");
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        up: Arguments,
    }

    #[test]
    fn more_web_origins_are_let_in_beside_the_usual_one() {
        let settings = |arguments: &[&str]| {
            let line = Line::parse_from(iter::once("up").chain(arguments.iter().copied()));
            line.up.settings().remove("grpc")
        };
        assert_eq!(settings(&[]), None, "the mesh's own setting stands");
        let two = ["--web-origin", "http://localhost:3000", "--web-origin", "https://a.example"];
        let all = "web_origins = [\"http://localhost:5173\", \"http://localhost:3000\", \"https://a.example\"]";
        assert_eq!(settings(&two), Some(vec![all.to_owned()]));
    }
}
