//! The benchmark that stays: what a service costs, beside the floors of the same run on the same machine.
//!
//! `cargo run --release -p harborline-bench -- availability [--quick] --json FILE --plot FILE.svg` for the assignment
//! path, `intake` in its place for contacts that are opened and read, `night` for decisions in virtual time, `layers` for
//! what every call pays. Absolute figures are of this machine and this hour; what holds is the ratio to the floor that was
//! measured beside it.
//!
//! A plain harness, not criterion: what is measured is a whole path under a number of callers, with its processes' CPU,
//! interleaved with floors of other programs; criterion times a closure.

mod availability;
mod bare;
mod chance;
mod closed_loop;
mod cpu;
mod database;
mod intake;
mod layers;
mod night;
mod pgbench;
mod plot;
mod process;
mod report;

use std::path::PathBuf;

use availability::Part;
use clap::{Parser, ValueEnum};
use report::Report;

/// What to measure.
#[derive(Parser)]
enum Arguments {
    /// The assignment path (ticket in, offer out, accepted, released), and the simulated nights.
    Availability {
        #[command(flatten)]
        output: Output,
        /// These parts alone.
        #[arg(long)]
        only: Vec<Part>,
    },
    /// Contacts that are opened and read in intake, whose duties are held.
    Intake(Output),
    /// The simulated nights alone: no database, no network.
    Night(Output),
    /// What each layer of a call costs: token, policy, sealing, the program's name, the audit's row.
    Layers(Output),
    /// One replica of availability, for that part.
    #[command(hide = true)]
    Replica(availability::replica::Arguments),
    /// One replica of intake, for that part.
    #[command(hide = true)]
    IntakeReplica(intake::replica::Arguments),
    /// A server that is called and pushes, for availability.
    #[command(hide = true)]
    Pushes,
}

/// How long, and where to.
#[derive(clap::Args)]
struct Output {
    /// A short run with fewer sizes: to see that it works, not what it costs.
    #[arg(long)]
    quick: bool,
    /// Where the rows go.
    #[arg(long)]
    json: PathBuf,
    /// Where their picture goes.
    #[arg(long)]
    plot: Option<PathBuf>,
}

impl Output {
    fn report(self) -> (Report, bool) {
        (Report::new(self.json, self.plot), self.quick)
    }
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse() {
        Arguments::Availability { output, only } => {
            let (mut report, quick) = output.report();
            let parts = if only.is_empty() { Part::value_variants().to_vec() } else { only };
            if parts.contains(&Part::Nights) {
                night::measure(&mut report, quick)?;
            }
            one_thread()?.block_on(availability::measure(&mut report, &parts, quick))
        }
        Arguments::Intake(output) => {
            let (mut report, quick) = output.report();
            one_thread()?.block_on(intake::measure(&mut report, quick))
        }
        Arguments::Night(output) => {
            let (mut report, quick) = output.report();
            night::measure(&mut report, quick)
        }
        Arguments::Layers(output) => {
            let (mut report, quick) = output.report();
            one_thread()?.block_on(layers::measure(&mut report, quick))
        }
        Arguments::Replica(arguments) => serving()?.block_on(availability::replica::run(arguments)),
        Arguments::IntakeReplica(arguments) => serving()?.block_on(intake::replica::run(arguments)),
        Arguments::Pushes => serving()?.block_on(availability::pushes::run()),
    }
}

/// The runtime of a process that measures: one thread, like each replica.
fn one_thread() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// The runtime of a process that serves: the product's default.
fn serving() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()
}
