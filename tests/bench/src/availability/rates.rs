//! G2, G8, G10, G11: how many assignments a second, and what each costs.

use std::time::Duration;

use harborline_proto::common::v1::Acuity;
use sqlx::Connection;

use super::callers::{Caller, Run, Story, Until};
use super::floors;
use super::line::{Line, Size};
use super::pushes;
use crate::bare::Bare;
use crate::database::Database;
use crate::report::{Report, Row};

/// What is needed: by all, by one in a hundred, by nobody who is there.
const NEEDS: [(&str, &str); 3] = [("common", "en"), ("rare", "nv"), ("impossible", "la")];
const COMMON: &str = "en";

fn of(language: &'static str, story: Story) -> impl Fn(u64) -> Caller + Copy {
    move |_| Caller { acuity: Acuity::High, language, story }
}

/// Ours and a floor, in turns: the pair whose ratio is the median.
pub(super) async fn pairs<O, F>(rounds: usize, mut ours: O, mut floor: F) -> anyhow::Result<(Run, f64)>
where
    O: AsyncFnMut() -> anyhow::Result<Run>,
    F: AsyncFnMut() -> anyhow::Result<f64>,
{
    let mut pairs = Vec::new();
    for _ in 0..rounds {
        let floor = floor().await?;
        pairs.push((ours().await?, floor));
    }
    pairs.sort_by(|(one, one_floor), (other, other_floor)| {
        (one.per_second / one_floor).total_cmp(&(other.per_second / other_floor))
    });
    Ok(pairs.swap_remove(pairs.len() / 2))
}

/// By the number of counselors on duty, of callers in flight, and by what is needed.
pub(crate) async fn by_size(report: &mut Report, database: &Database, quick: bool) -> anyhow::Result<()> {
    let sizes: &[usize] = if quick { &[100] } else { &[100, 1_000, 10_000] };
    let in_flight: &[usize] = if quick { &[1, 64] } else { &[1, 8, 64, 256] };
    let (rounds, seconds) = if quick { (1, 2) } else { (3, 3) };
    let length = Duration::from_secs(seconds);
    let mut among_100 = [None; NEEDS.len()];
    for counselors in sizes.iter().copied() {
        let line = Line::open(database, "sizes", Size { counselors, replicas: 1 }).await?;
        for callers in in_flight.iter().copied() {
            let floor = || async { Ok(floors::reserve(database, counselors, length).await?.per_second) };
            for (what, story) in
                [("answered and released", Story::Answered), ("reserved and given back", Story::Leaves)]
            {
                let ours = || line.closed_loop(callers, Until::Passed(length), of(COMMON, story));
                let (run, floor) = pairs(rounds, ours, floor).await?;
                let name = format!("{what}/{callers} in flight/{counselors} counselors");
                let target = match callers {
                    64 => Some(1.5),
                    256 => Some(3.0),
                    _ => None,
                };
                let goal = target.map(|_| "G2");
                report.add(Row::of(name.clone(), run.per_second, "1/s").against(floor, goal, target, true))?;
                report.add(Row::of(format!("{name}/cpu"), run.cpu_micros, "us"))?;
                report.add(Row::of(format!("{name}/over p50"), run.over.value_at_quantile(0.5) as f64, "us"))?;
                report.add(Row::of(format!("{name}/over p99"), run.over.value_at_quantile(0.99) as f64, "us"))?;
            }
        }
        for ((need, language), among_100) in NEEDS.into_iter().zip(&mut among_100) {
            let story = if need == "impossible" { Story::Leaves } else { Story::Answered };
            let run = line.closed_loop(8, Until::Passed(length), of(language, story)).await?;
            let floor = *among_100.get_or_insert(run.cpu_micros);
            let row = Row::of(format!("cpu/{need} need/8 in flight/{counselors} counselors"), run.cpu_micros, "us");
            let goal = (counselors == 10_000).then_some("G8");
            let target = goal.map(|_| if need == "common" { 1.5 } else { 2.0 });
            report.add(row.against(floor, goal, target, false))?;
        }
        line.close(database).await?;
    }
    let bare = Bare::start().await?;
    for callers in in_flight.iter().copied() {
        report.add(Row::of(
            format!("bare echo/{callers} in flight"),
            bare.echo(callers, length).await?.per_second,
            "1/s",
        ))?;
        let smallest = floors::smallest(database, callers.min(32), length).await?;
        report.add(Row::of(format!("pgbench smallest/{} clients", callers.min(32)), smallest.per_second, "1/s"))?;
    }
    let many = in_flight.iter().copied().filter(|callers| *callers >= 64);
    pushes::measure(report, database, many, rounds, length).await
}

/// One, two and four replicas on the same processors; callers and counselors are spread over them.
pub(crate) async fn by_replicas(report: &mut Report, database: &Database, quick: bool) -> anyhow::Result<()> {
    let (rounds, length) = if quick { (1, Duration::from_secs(2)) } else { (3, Duration::from_secs(5)) };
    let one = Line::open(database, "replicas", Size { counselors: 1_000, replicas: 1 }).await?;
    for replicas in [2, 4] {
        let several = Line::open(database, "replicas", Size { counselors: 1_000, replicas }).await?;
        let ours = || several.closed_loop(64, Until::Passed(length), of(COMMON, Story::Answered));
        let alone = || one.closed_loop(64, Until::Passed(length), of(COMMON, Story::Answered));
        let (run, floor) = pairs(rounds, ours, async || Ok(alone().await?.per_second)).await?;
        let (goal, target) = if replicas == 4 { (Some("G11"), Some(0.75)) } else { (None, None) };
        let name = format!("answered and released/64 in flight/{replicas} replicas, against one");
        report.add(Row::of(name, run.per_second, "1/s").against(floor, goal, target, true))?;
        several.close(database).await?;
    }
    one.close(database).await
}

/// Beside somebody who reads and does not end, such as a report.
pub(crate) async fn beside_a_snapshot(report: &mut Report, database: &Database, quick: bool) -> anyhow::Result<()> {
    let (rounds, seconds) = if quick { (1, 3) } else { (3, 15) };
    let length = Duration::from_secs(seconds);
    let line = Line::open(database, "snapshot", Size { counselors: 1_000, replicas: 1 }).await?;
    let run = || line.closed_loop(64, Until::Passed(length), of(COMMON, Story::Answered));
    let held = async || {
        let mut reader = line.owner().await?;
        sqlx::raw_sql("begin isolation level repeatable read; select count(*) from ticket")
            .execute(&mut reader)
            .await?;
        let run = run().await?;
        reader.close().await?;
        Ok(run)
    };
    let (run, floor) = pairs(rounds, held, async || Ok(run().await?.per_second)).await?;
    line.close(database).await?;
    let name = format!("answered and released/64 in flight/beside a snapshot of {seconds} s");
    report.add(Row::of(name, run.per_second, "1/s").against(floor, Some("G10"), Some(0.9), true))
}
