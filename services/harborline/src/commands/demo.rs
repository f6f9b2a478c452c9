//! `harborline demo`: a night of contacts.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use harborline_config::EXIT_CONFIG;

use super::runtime;
use crate::demo::{self, DemoOptions};

/// What `demo` takes.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The scenario file; the default night unless given. services/harborline/scenarios/README.md has the format.
    #[arg(long)]
    scenario: Option<PathBuf>,
    /// Where the report goes, as JSON.
    #[arg(long)]
    report: Option<PathBuf>,
    /// A folder for databases, logs and settings that stays; a temporary one unless given.
    #[arg(long)]
    state: Option<PathBuf>,
    /// An OTLP collector, http://host:port.
    #[arg(long)]
    collector: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let text = match &arguments.scenario {
        Some(file) => Some(std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?),
        None => None,
    };
    let scenario = match demo::read_scenario(text.as_deref()) {
        Ok(scenario) => scenario,
        Err(faults) => {
            let file = arguments.scenario.as_deref().map_or_else(String::new, |file| format!("{}: ", file.display()));
            for fault in faults {
                eprintln!("{file}{fault}");
            }
            return Ok(ExitCode::from(EXIT_CONFIG));
        }
    };
    let options = DemoOptions {
        binary: std::env::current_exe().context("cannot find this binary")?,
        state: arguments.state.clone(),
        collector: arguments.collector.clone(),
    };
    let report = runtime()?.block_on(demo::run(scenario, options))?;
    if let Some(file) = &arguments.report {
        let text = serde_json::to_string_pretty(&report)?;
        std::fs::write(file, text + "\n").with_context(|| format!("cannot write {}", file.display()))?;
    }
    print!("{report}");
    Ok(if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
