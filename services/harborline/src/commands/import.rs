//! `harborline import`: the participants of a CSV file.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use harborline_identity::{Role, ServiceName};

use super::connection::Connection;
use super::runtime;
use crate::import::Import;

/// What `import` takes. A token is an administrator's, an address intake's.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// A CSV file whose first line names its columns: row_key, name, dedicated_number, verification_phrase, clinician_id,
    /// clinician_name; and, if wanted, language, jurisdiction, name_to_use, pronouns, birth_date, time_zone, home_address,
    /// preferred_hospital, goals and challenges (several parted by semicolons).
    file: PathBuf,
    /// Where the rows are from: with its key it tells a row, which is one person however often it is imported within a week.
    /// The file's name unless given.
    #[arg(long)]
    source: Option<String>,
    /// Look at every row as if it were kept, and keep none.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    connection: Connection,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let name = arguments.file.file_name().and_then(|name| name.to_str());
    let source = arguments.source.as_deref().or(name).context("the file has no name: give a --source")?;
    let import = Import {
        file: arguments.file.clone(),
        source: source.to_owned(),
        dry_run: arguments.dry_run,
        endpoint: arguments.connection.endpoint(ServiceName::Intake)?,
        token: arguments.connection.token_of("import", Role::Administrator)?,
    };
    let runtime = runtime()?;
    let counts = runtime.block_on(import.run(&mut |refused| eprintln!("{refused}")))?;
    runtime.shutdown_background();
    match arguments.dry_run {
        true => print!("{} rows are right, ", counts.right),
        false => print!("{} participants enrolled, ", counts.enrolled),
    }
    println!("{} were enrolled before, {} refused", counts.known, counts.refused);
    Ok(if counts.refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
