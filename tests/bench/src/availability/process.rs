//! One more process of this program, which serves something and says first what its starter must know.

use std::process::Stdio;

use anyhow::Context;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// Starts it; answers the line that it said. It ends with its starter: its input closes then.
pub(super) async fn start(arguments: &[String]) -> anyhow::Result<(Child, String)> {
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
