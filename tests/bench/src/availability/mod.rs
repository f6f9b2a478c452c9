//! The service at work, beside the floors of the same run.
//!
//! Rounds of ours and of the floor take turns, and a ratio is that of a pair of neighbors; what is kept is the pair in
//! the middle.

mod callers;
mod contended;
mod floors;
mod line;
mod matching;
mod neighbor;
mod on_duty;
pub(crate) mod pushes;
mod rates;
pub(crate) mod replica;
mod truth;
mod waits;
mod watchers;

use crate::database;
use crate::report::Report;

/// What can be measured by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Part {
    /// Simulated nights, in virtual time.
    Nights,
    /// Decisions in memory.
    Matching,
    /// By counselors, callers and needs.
    Sizes,
    /// By replicas.
    Replicas,
    /// Beside an old snapshot.
    Snapshot,
    /// The time to an offer, in an open loop.
    Waits,
    /// Few counselors for many, with kills.
    Contended,
    /// Beside many clients that watch the wallboard.
    Watchers,
    /// Beside another program that asks for what costs most.
    Neighbor,
}

/// Measures these parts, the nights apart.
pub(crate) async fn measure(report: &mut Report, parts: &[Part], quick: bool) -> anyhow::Result<()> {
    let database = database::start().await?;
    for part in parts {
        match part {
            Part::Nights => {}
            Part::Matching => matching::measure(report, quick)?,
            Part::Sizes => rates::by_size(report, &database, quick).await?,
            Part::Replicas => rates::by_replicas(report, &database, quick).await?,
            Part::Snapshot => rates::beside_a_snapshot(report, &database, quick).await?,
            Part::Waits => waits::measure(report, &database, quick).await?,
            Part::Contended => contended::measure(report, &database, quick).await?,
            Part::Watchers => watchers::measure(report, &database, quick).await?,
            Part::Neighbor => neighbor::measure(report, &database, quick).await?,
        }
    }
    report.write()
}
