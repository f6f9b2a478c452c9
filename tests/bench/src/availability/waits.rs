//! G4: how long it takes until a free counselor is asked.
//!
//! PERFORMANCE's composite floor is of the whole way over four services. Of this one's part, it is a bare call, the
//! statement that reserves at one client, and a bare push on a stream, all by themselves. Beside it, without a target,
//! stands a stricter one: the smallest transaction that could record an assignment, instead of the reservation.

use std::time::Duration;

use harborline_proto::common::v1::Acuity;

use super::callers::{Caller, Story, Until};
use super::floors;
use super::line::{Line, Size};
use crate::bare::Bare;
use crate::database::Database;
use crate::report::{Report, Row};

/// Who is on duty, and how many slots the reservation chooses among.
const COUNSELORS: usize = 1_000;

/// Callers who come as they come, at half of what a closed loop of 64 brings about.
pub(crate) async fn measure(report: &mut Report, database: &Database, quick: bool) -> anyhow::Result<()> {
    let length = Duration::from_secs(if quick { 3 } else { 20 });
    let short = length / 3;
    let bare = Bare::start().await?;
    let echo = bare.echo(1, short).await?.micros(0.5);
    let push = bare.fan_out(1, 50.0, short).await?.value_at_quantile(0.5) as f64;
    let reserving = floors::reserving(database, COUNSELORS, short).await?.as_micros() as f64;
    let smallest = floors::smallest(database, 1, short).await?.mean.as_micros() as f64;
    let (floor, strict) = (echo + reserving + push, echo + smallest + push);
    report.add(Row::of("composite floor of an offer".to_owned(), floor, "us"))?;
    report.add(Row::of("strict floor of an offer".to_owned(), strict, "us"))?;

    let line = Line::open(database, "waits", Size { counselors: COUNSELORS, replicas: 1 }).await?;
    let caller = Caller { acuity: Acuity::High, language: "en", story: Story::Answered };
    let most = line.closed_loop(64, Until::Passed(short), |_| caller).await?.per_second;
    for share in [0.05, 0.5] {
        let run = line.open_loop(most * share, length, caller).await?;
        let name = format!("time to offer/open loop at {} % of the most", share * 100.0);
        let goal = (share == 0.5).then_some("G4");
        let target = |times| goal.map(|_| times);
        for (which, quantile, times) in [("p50", 0.5, 2.0), ("p99", 0.99, 8.0)] {
            let row = Row::of(format!("{name}/{which}"), run.offered_micros(quantile), "us");
            report.add(row.against(floor, goal, target(times), false))?;
            let row = Row::of(format!("{name}/{which}, to the strict floor"), run.offered_micros(quantile), "us");
            report.add(row.against(strict, None, None, false))?;
        }
        let longest = Row::of(format!("{name}/longest"), run.offered.max() as f64, "us");
        report.add(longest.against(100_000.0, goal, target(1.0), false))?;
        report.add(Row::of(format!("{name}/contacts"), run.contacts as f64, "1"))?;
    }
    line.close(database).await
}
