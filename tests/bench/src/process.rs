//! One more process of this program, which serves something and says first what its starter must know.

use std::io::Read;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use anyhow::Context;
use harborline_config::{DatabaseSettings, ProgramNaming};
use harborline_keys::KeyFiles;
use harborline_store::{KeySource, Store};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;

/// Starts it; answers the line that it said. It ends with its starter: its input closes then.
pub(crate) async fn start(arguments: &[String]) -> anyhow::Result<(Child, String)> {
    let mut child = Command::new(std::env::current_exe()?)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let said = child.stdout.take().context("it has an output")?;
    let ready = BufReader::new(said).lines().next_line().await?.context("it starts")?;
    Ok((child, ready))
}

/// Cancels when standard input closes: no replica outlives who started it.
pub(crate) fn stop_with_parent(shutdown: CancellationToken) {
    // A thread of its own: a runtime that stops waits for its blocking reads.
    std::thread::spawn(move || {
        while std::io::stdin().read(&mut [0]).is_ok_and(|read| read > 0) {}
        shutdown.cancel();
    });
}

/// The store of a replica, as the product's defaults have it.
pub(crate) fn store(dsn: String, keys: &Path) -> anyhow::Result<Store> {
    let database = DatabaseSettings {
        url: dsn.into(),
        max_connections: 10,
        statement_timeout_ms: 5_000,
        acquire_timeout_ms: 3_000,
        program_naming: ProgramNaming::default(),
    };
    Ok(Store::open(&database, KeySource::new("bench", Arc::new(KeyFiles::new(keys))))?)
}
