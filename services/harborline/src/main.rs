//! The `harborline` binary: see [`harborline::commands`].

use std::process::ExitCode;

fn main() -> ExitCode {
    harborline::commands::run()
}
