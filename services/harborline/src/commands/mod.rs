//! The commands of the binary.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "commands speak to the person who typed them")]

mod audit;
mod authority;
mod board;
mod certificate;
mod check_config;
mod connection;
mod demo;
mod healthcheck;
mod import;
mod keys;
mod migrate;
mod serve;
mod token;
mod up;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;

use anyhow::Context;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Parser, Subcommand};
use harborline_authority::Authority;
use harborline_config::{ConfigErrors, EXIT_CONFIG, environment};
use harborline_identity::ServiceName;
use harborline_policy::PolicyError;

/// The open backend of a 24/7 support hotline.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves one of the five services: intake, triage, availability, referral or followup.
    Serve(serve::Arguments),
    /// Runs all five services and a Postgres on this machine, for development.
    Up(up::Arguments),
    /// Plays a night of contacts against a mesh of its own, through the public contracts.
    Demo(demo::Arguments),
    /// Shows the line at a glance in a terminal: who waits, who is on duty, how well it is answered.
    Board(board::Arguments),
    /// Enrolls the participants of a CSV file; each row that is wrong is told by its line and columns.
    Import(import::Arguments),
    /// Brings a service's schema up to date.
    Migrate(migrate::Arguments),
    /// Rotates, rewraps, destroys or shows the keys of a program in a service, beside the running services.
    Keys(keys::Arguments),
    /// Checks a service's settings and says every fault.
    CheckConfig(check_config::Arguments),
    /// Prints an access token of the development authority.
    Token(token::Arguments),
    /// Writes a partner clinic's certificate of the development authority.
    Certificate(certificate::Arguments),
    /// Writes a development authority's files: CA, key set, and a certificate for each service.
    Authority(authority::Arguments),
    /// Verifies the record of accesses, or prints its checkpoints for keeping elsewhere.
    Audit(audit::Arguments),
    /// Asks a service's health listener; exit code 0 when it is serving. For container health checks.
    Healthcheck(healthcheck::Arguments),
}

/// Reads the command line and does what it says.
pub fn run() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Up(arguments) => up::run(arguments),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Board(arguments) => board::run(&arguments),
        Command::Import(arguments) => import::run(&arguments),
        Command::Migrate(arguments) => migrate::run(&arguments),
        Command::Keys(arguments) => keys::run(&arguments),
        Command::CheckConfig(arguments) => check_config::run(&arguments),
        Command::Token(arguments) => token::run(&arguments),
        Command::Certificate(arguments) => certificate::run(&arguments),
        Command::Authority(arguments) => authority::run(&arguments),
        Command::Audit(arguments) => audit::run(&arguments),
        Command::Healthcheck(arguments) => healthcheck::run(&arguments),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("harborline: {error:#}");
        let wrong_settings = error.chain().any(|cause| cause.is::<ConfigErrors>() || cause.is::<PolicyError>());
        if wrong_settings { ExitCode::from(EXIT_CONFIG) } else { ExitCode::FAILURE }
    })
}

/// The folder that development keeps its state in.
fn default_state() -> PathBuf {
    let base = environment("XDG_STATE_HOME").map(PathBuf::from);
    let base = base.or_else(|| environment("HOME").map(|home| PathBuf::from(home).join(".local/state")));
    base.unwrap_or_else(std::env::temp_dir).join("harborline")
}

/// The authority of the mesh that keeps its state in a folder, whether it runs at this moment or not. A new one would sign
/// what no mesh takes.
fn authority_in(state: &Path) -> anyhow::Result<Authority> {
    Authority::open(&state.join("authority")).with_context(|| {
        format!(
            "no mesh has its state in {}; start one with `harborline up`, or name its folder: --state",
            state.display()
        )
    })
}

/// Reads one of these words; the refusal of another lists them.
fn one_of<T>(words: impl Iterator<Item = &'static str>) -> impl TypedValueParser<Value = T>
where
    T: FromStr<Err: Error + Send + Sync> + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(words).try_map(|word| word.parse::<T>())
}

/// Reads the name of a service.
fn service_name() -> impl TypedValueParser<Value = ServiceName> {
    one_of(ServiceName::ALL.iter().map(|service| service.as_str()))
}

/// A runtime for a command that is no service.
fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}
