//! What each layer of a call costs by itself, beside the same work without it.
//!
//! Where a layer can be left out, short rounds with it and without it take turns, so that other work on the machine meets
//! both alike; what is kept is the median of each. Postgres does not wait for its disk here: a commit would hide what a
//! layer adds.

mod audit;
mod policy;
mod program;
mod sealing;
mod timing;
mod token;

use crate::report::Report;

/// Measures each layer.
pub(crate) async fn measure(report: &mut Report, quick: bool) -> anyhow::Result<()> {
    token::measure(report, quick).await?;
    policy::measure(report, quick).await?;
    sealing::measure(report, quick).await?;
    program::measure(report, quick).await?;
    audit::measure(report, quick).await?;
    report.write()
}
