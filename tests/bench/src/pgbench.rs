//! Statements by pgbench, on the Postgres of the run.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;

use crate::database::Database;

/// Transactions with their rate and their mean length.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Floor {
    pub(crate) per_second: f64,
    pub(crate) mean: Duration,
}

impl Floor {
    pub(crate) fn said(said: &str) -> anyhow::Result<Self> {
        let figure =
            |before: &str| said.lines().find_map(|line| line.strip_prefix(before)?.split(' ').next()?.parse().ok());
        let (tps, millis): (Option<f64>, Option<f64>) = (figure("tps = "), figure("latency average = "));
        let (per_second, millis) = tps.zip(millis).with_context(|| format!("pgbench says no rate: {said}"))?;
        Ok(Self { per_second, mean: Duration::from_secs_f64(millis / 1e3) })
    }
}

/// What pgbench says.
pub(crate) async fn run(database: &Database, script: &str, clients: usize, length: Duration) -> anyhow::Result<String> {
    ran(database, script, clients, length, None).await
}

/// The median of a transaction at one client, in microseconds. pgbench itself says the mean alone.
pub(crate) async fn median(database: &Database, script: &str, length: Duration) -> anyhow::Result<f64> {
    let log = tempfile::tempdir()?;
    ran(database, script, 1, length, Some(log.path())).await?;
    let mut micros = Vec::new();
    for file in std::fs::read_dir(log.path())? {
        // A line a transaction: its client, its number, its microseconds, and more.
        let text = std::fs::read_to_string(file?.path())?;
        micros.extend(text.lines().filter_map(|line| line.split(' ').nth(2)?.parse::<f64>().ok()));
    }
    micros.sort_unstable_by(f64::total_cmp);
    micros.get(micros.len() / 2).copied().context("pgbench logs its transactions")
}

async fn ran(
    database: &Database,
    script: &str,
    clients: usize,
    length: Duration,
    log: Option<&Path>,
) -> anyhow::Result<String> {
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), script)?;
    let beside = database.binaries.join("pgbench");
    let program = if beside.exists() { beside } else { "pgbench".into() };
    let mut command = tokio::process::Command::new(program);
    command.args(["-n", "-r", "-M", "prepared", "-j", "2", "-c", &clients.to_string()]);
    if let Some(log) = log {
        command.arg("-l").arg(format!("--log-prefix={}", log.join("log").display()));
    }
    let ran = command
        .args(["-T", &length.as_secs().to_string(), "-f"])
        .arg(file.path())
        .arg(database.server.dsn("postgres"))
        .output()
        .await
        .context("pgbench runs")?;
    anyhow::ensure!(ran.status.success(), "pgbench fails: {}", String::from_utf8_lossy(&ran.stderr));
    Ok(String::from_utf8_lossy(&ran.stdout).into_owned())
}
