//! `harborline audit`: whether the record of accesses is whole, and its checkpoints.
//!
//! Whoever audits brings a role that may read the tables of the record and that no policy binds: the owner of the schema,
//! or one made for it (`create role auditor login bypassrls; grant select on access_record, access_chain,
//! access_checkpoint to auditor`).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use harborline_audit::{Checkpoint, PublicKey};
use harborline_config::environment;
use harborline_identity::ServiceName;
use harborline_types::ProgramId;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::{runtime, service_name};

/// The exit code of a record that is broken: EX_DATAERR.
const BROKEN: u8 = 65;

/// What `audit` takes.
#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(clap::Subcommand)]
enum Task {
    /// Recomputes every chain and verifies every checkpoint. Exit code 0 when all are whole; 65 when one is broken, with
    /// the first position that is and what is wrong there.
    Verify(Verify),
    /// Prints the last checkpoints, one a line, for keeping where nobody reaches who reaches the database.
    Checkpoints(Checkpoints),
}

#[derive(clap::Args)]
struct Source {
    /// Whose record.
    #[arg(long, value_parser = service_name())]
    service: ServiceName,
    /// The database, for a role that no policy binds; the variable HARBORLINE_AUDIT_DSN unless given.
    #[arg(long)]
    dsn: Option<String>,
    /// One program alone.
    #[arg(long)]
    program: Option<Uuid>,
}

#[derive(clap::Args)]
struct Verify {
    #[command(flatten)]
    source: Source,
    /// The public key of the service's checkpoints (Ed25519 in PEM); several times when the key has changed.
    #[arg(long, required = true)]
    public_key: Vec<PathBuf>,
    /// Checkpoints that were kept elsewhere: as `audit checkpoints` prints them, or a log of the service.
    #[arg(long)]
    known: Option<PathBuf>,
}

#[derive(clap::Args)]
struct Checkpoints {
    #[command(flatten)]
    source: Source,
    /// How many of each program.
    #[arg(long, default_value_t = 1)]
    last: u32,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    harborline_runtime::install_crypto();
    match &arguments.task {
        Task::Verify(task) => runtime()?.block_on(verify(task)),
        Task::Checkpoints(task) => runtime()?.block_on(print(task)),
    }
}

async fn verify(task: &Verify) -> anyhow::Result<ExitCode> {
    let service = task.source.service;
    let keys = task.public_key.iter().map(|file| PublicKey::read(file)).collect::<Result<Vec<_>, _>>()?;
    let known = task.known.as_deref().map(kept).transpose()?.unwrap_or_default();
    let mut database = task.source.connect().await?;
    let mut programs = task.source.programs(&mut database).await?;
    // A program whose rows are all gone is known from what was kept.
    let of_service = known.iter().filter(|checkpoint| checkpoint.service == service);
    programs.extend(of_service.map(|checkpoint| checkpoint.program).filter(|program| task.source.wants(*program)));
    let mut code = ExitCode::SUCCESS;
    for program in programs {
        match harborline_audit::verify(&mut database, service, program, &keys, &known).await? {
            Ok(whole) => println!(
                "{service} {program}: whole; {} records sealed, {} checkpoints verified",
                whole.sealed, whole.checkpoints
            ),
            Err(broken) => {
                println!("{service} {program}: BROKEN at {broken}");
                code = ExitCode::from(BROKEN);
            }
        }
    }
    Ok(code)
}

async fn print(task: &Checkpoints) -> anyhow::Result<ExitCode> {
    let mut database = task.source.connect().await?;
    for program in task.source.programs(&mut database).await? {
        let last = harborline_audit::checkpoints(&mut database, task.source.service, program, task.last.into()).await?;
        last.iter().for_each(|checkpoint| println!("{checkpoint}"));
    }
    Ok(ExitCode::SUCCESS)
}

impl Source {
    async fn connect(&self) -> anyhow::Result<PgConnection> {
        let dsn = self.dsn.clone().or_else(|| environment("HARBORLINE_AUDIT_DSN"));
        let dsn = dsn.context("no database is given: --dsn, or the variable HARBORLINE_AUDIT_DSN")?;
        let mut database = PgConnection::connect(&dsn).await.context("cannot connect to the database")?;
        let is_bound: bool = sqlx::query_scalar("select row_security_active('access_record')")
            .fetch_one(&mut database)
            .await
            .context("cannot read the record")?;
        if is_bound {
            bail!("row-level security hides the record from this role; an auditor's bypasses it");
        }
        Ok(database)
    }

    async fn programs(&self, database: &mut PgConnection) -> anyhow::Result<BTreeSet<ProgramId>> {
        match self.program {
            Some(program) => Ok(BTreeSet::from([ProgramId(program)])),
            None => Ok(harborline_audit::programs(database).await?.into_iter().collect()),
        }
    }

    fn wants(&self, program: ProgramId) -> bool {
        self.program.is_none_or(|wanted| wanted == program.0)
    }
}

/// The checkpoints of a file: whole lines, or what a log says after `checkpoint`.
fn kept(file: &Path) -> anyhow::Result<Vec<Checkpoint>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let of_line = |line: &str| {
        let parts = line.split('"').map(|part| part.rsplit("checkpoint=").next().unwrap_or(part));
        parts.filter_map(|part| part.trim().parse::<Checkpoint>().ok()).collect::<Vec<_>>()
    };
    let checkpoints: Vec<_> = text.lines().flat_map(of_line).collect();
    if checkpoints.is_empty() {
        bail!("{} holds no checkpoint", file.display());
    }
    Ok(checkpoints)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checkpoints_are_found_as_printed_and_in_logs_of_both_forms() {
        let pair = "intake 01900000-0000-7000-8000-000000000001 3 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA 1 k AAAA";
        let file = tempfile::NamedTempFile::new().unwrap();
        let log = format!(
            "{pair}\n{{\"message\":\"sealed\",\"checkpoint\":\"{pair}\"}}\nINFO sealed checkpoint={pair}\nother\n"
        );
        std::fs::write(file.path(), log).unwrap();
        assert_eq!(kept(file.path()).unwrap().len(), 3);
        std::fs::write(file.path(), "nothing").unwrap();
        assert!(kept(file.path()).is_err());
    }
}
