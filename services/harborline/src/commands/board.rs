//! `harborline board`: the line at a glance, in a terminal.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

use harborline_identity::{Role, ServiceName};

use super::connection::Connection;
use super::runtime;
use crate::board::{self, Source};

/// What `board` takes. A token is a supervisor's, an address availability's.
#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    connection: Connection,
    /// Print one frame as text and end; so it is when the output is no terminal.
    #[arg(long)]
    once: bool,
    /// How long `--once` waits for a board, in seconds.
    #[arg(long, default_value_t = 15)]
    patience: u64,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let connection = &arguments.connection;
    let source = Source {
        endpoint: connection.endpoint(ServiceName::Availability)?,
        token: connection.token_of("board", Role::Supervisor)?,
    };
    let runtime = runtime()?;
    if arguments.once || !std::io::stdout().is_terminal() {
        let patience = Duration::from_secs(arguments.patience);
        print!("{}", runtime.block_on(board::once(source, patience))?);
    } else {
        board::show(&runtime, source)?;
    }
    // A connection that hangs holds nobody up.
    runtime.shutdown_background();
    Ok(ExitCode::SUCCESS)
}
