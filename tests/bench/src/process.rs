//! One more process of this program, which serves something and says first what its starter must know.

use std::io::Read;
use std::process::Stdio;

use anyhow::Context;
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
