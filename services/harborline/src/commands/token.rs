//! `harborline token`: an access token of the development authority, for any client.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use chrono::TimeDelta;
use harborline_authority::TokenRequest;
use harborline_identity::Role;
use harborline_types::CounselorKind;
use uuid::Uuid;

use super::{authority_in, default_state, one_of};
use crate::mesh::DEVELOPMENT_PROGRAM;

/// The longest life of a token, in hours: ten years.
const MOST_HOURS: i64 = 87_600;

/// What `token` takes.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// What the holder may act as; may be given several times.
    #[arg(long, required = true, value_parser = one_of::<Role>(Role::ALL.iter().map(|role| role.as_str())))]
    role: Vec<Role>,
    /// Who holds it; the first role unless given.
    #[arg(long)]
    subject: Option<String>,
    /// The holder's name as records show it.
    #[arg(long)]
    name: Option<String>,
    /// The program it speaks for; the development program unless given.
    #[arg(long)]
    program: Option<Uuid>,
    /// The clinic it speaks for: a facility's id.
    #[arg(long)]
    clinic: Option<Uuid>,
    /// The participant who holds it.
    #[arg(long)]
    participant: Option<Uuid>,
    /// What the holder is licensed or trained as.
    #[arg(long, value_parser = one_of::<CounselorKind>(CounselorKind::ALL.iter().map(|kind| kind.as_str())))]
    credential: Option<CounselorKind>,
    /// For how many hours it is valid.
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=MOST_HOURS))]
    hours: u32,
    /// The folder that `up` keeps its state in.
    #[arg(long)]
    state: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let state = arguments.state.clone().unwrap_or_else(default_state);
    let authority = authority_in(&state)?;
    let request = TokenRequest {
        subject: arguments.subject.clone().unwrap_or_else(|| arguments.role[0].to_string()),
        program: arguments.program.unwrap_or(DEVELOPMENT_PROGRAM.0),
        roles: arguments.role.iter().map(ToString::to_string).collect(),
        clinic: arguments.clinic,
        participant: arguments.participant,
        credential: arguments.credential.map(|credential| credential.to_string()),
        name: arguments.name.clone(),
        lifetime: TimeDelta::hours(arguments.hours.into()),
    };
    println!("{}", authority.token(&request).context("cannot sign the token")?);
    Ok(ExitCode::SUCCESS)
}
