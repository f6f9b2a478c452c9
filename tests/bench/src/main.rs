//! The benchmark that stays: what a service costs, beside the floors of the same run on the same machine.
//!
//! `cargo run --release -p harborline-bench -- availability [--quick] --json FILE --plot FILE.svg`. Absolute
//! figures are of this machine and this hour; what holds is the ratio to the floor that was measured beside it.
//!
//! A plain harness, not criterion: what is measured is a whole path under a number of callers, with its processes' CPU,
//! interleaved with floors of other programs; criterion times a closure.
//!
//! # Not measured yet
//! Open-loop arrivals, several replicas, an old snapshot, board watchers; authentication, TLS and
//! tracing are not in the path.

mod cpu;
mod database;
mod floors;
mod line;
mod matching;
mod night;
mod plot;
mod report;

use std::path::PathBuf;

use clap::Parser;
use report::{Report, Row};

/// What to measure.
#[derive(Parser)]
enum Arguments {
    /// The assignment path: ticket in, offer out, accepted, released.
    Availability {
        /// A short run with fewer sizes: to see that it works, not what it costs.
        #[arg(long)]
        quick: bool,
        /// Where the rows go.
        #[arg(long)]
        json: PathBuf,
        /// Where their picture goes.
        #[arg(long)]
        plot: Option<PathBuf>,
    },
    /// The simulated nights alone: no database, no network.
    Night {
        /// A short run with fewer nights.
        #[arg(long)]
        quick: bool,
        /// Where the rows go.
        #[arg(long)]
        json: PathBuf,
        /// Where their picture goes.
        #[arg(long)]
        plot: Option<PathBuf>,
    },
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Arguments::parse() {
        Arguments::Availability { quick, json, plot } => availability(Report::new(json, plot), quick).await,
        Arguments::Night { quick, json, plot } => night::measure(&mut Report::new(json, plot), quick),
    }
}

async fn availability(mut report: Report, quick: bool) -> anyhow::Result<()> {
    matching::measure(&mut report, quick)?;
    night::measure(&mut report, quick)?;
    let database = database::start().await?;
    let sizes: &[usize] = if quick { &[100] } else { &[100, 1_000, 10_000] };
    let in_flight: &[usize] = if quick { &[1, 64] } else { &[1, 8, 64, 256] };
    for size in sizes {
        let line = line::Line::open(&database, *size).await?;
        for callers in in_flight {
            let floors = floors::measure(&database, *callers, *size, quick).await?;
            let measured = line.measure(*callers, quick).await?;
            report.add(Row::of(format!("echo/{callers}"), floors.echo_per_second, "1/s"))?;
            report.add(Row::of(format!("pgbench smallest/{callers}"), floors.smallest_per_second, "1/s"))?;
            let reserve = floors.reserve_per_second;
            report.add(Row::of(format!("pgbench skip locked/{callers}/{size} counselors"), reserve, "1/s"))?;
            let target = match callers {
                64 => Some(1.5),
                256 => Some(3.0),
                _ => None,
            };
            let name = format!("assign and release/{callers} in flight/{size} counselors");
            let goal = target.map(|_| "G2");
            report.add(Row::of(name.clone(), measured.per_second, "1/s").against(reserve, goal, target, true))?;
            report.add(Row::of(format!("{name}/cpu"), measured.cpu_micros, "us"))?;
            report.add(Row::of(format!("{name}/time to offer p50"), measured.offer_p50_micros, "us"))?;
            report.add(Row::of(format!("{name}/time to offer p99"), measured.offer_p99_micros, "us"))?;
        }
        line.close().await;
    }
    report.write()
}
