//! G7 and G11: many callers for few counselors, with the leading replica killed in the middle.

use std::time::Duration;

use anyhow::Context;
use chrono::{DateTime, Utc};
use harborline_proto::common::v1::Acuity;
use sqlx::{Connection, PgConnection};

use super::callers::{Caller, Story, Until};
use super::line::{Line, Size};
use super::replica::LEASE;
use super::truth;
use crate::chance::Chance;
use crate::database::Database;
use crate::report::{Report, Row};

const COUNSELORS: usize = 40;
const CALLERS: usize = 64;
const KILLS: u32 = 3;

/// Contends with one, two and four replicas.
pub(crate) async fn measure(report: &mut Report, database: &Database, quick: bool) -> anyhow::Result<()> {
    let contacts = if quick { 2_000 } else { 36_000 };
    let (mut assignments, mut faults, mut longest) = (0, truth::Faults::default(), Duration::ZERO);
    for replicas in [1, 2, 4] {
        let line = Line::open(database, "contended", Size { counselors: COUNSELORS, replicas }).await?;
        let killed = contend(&line, contacts).await?;
        let mut owner = line.owner().await?;
        let truth = truth::look(&mut owner).await?;
        let outage = outage(&mut owner, &killed).await?;
        owner.close().await?;
        line.close(database).await?;
        let name = format!("contended/{replicas} replicas, {KILLS} kills of the leader");
        report.add(Row::of(format!("{name}/assignments"), truth.assignments as f64, "1"))?;
        let row = Row::of(format!("{name}/longest time without an assignment"), outage.as_secs_f64(), "s");
        let limit = LEASE + Duration::from_secs(1);
        report.add(row.against(limit.as_secs_f64(), Some("G11"), Some(1.0), false))?;
        assignments += truth.assignments;
        faults.inversions += truth.faults.inversions;
        faults.doubles += truth.faults.doubles;
        faults.lost += truth.faults.lost;
        faults.slots_held += truth.faults.slots_held;
        longest = longest.max(outage);
    }
    report.add(Row::of("contended/all/assignments".to_owned(), assignments as f64, "1"))?;
    report.add(Row::none("contended/all/priority inversions".to_owned(), faults.inversions, Some("G7")))?;
    report.add(Row::none("contended/all/double assignments".to_owned(), faults.doubles, Some("G7")))?;
    report.add(Row::none("contended/all/lost contacts".to_owned(), faults.lost, Some("G7")))?;
    report.add(Row::none("contended/all/slots not given back".to_owned(), faults.slots_held, Some("G7")))
}

/// Runs the callers and kills whoever leads in between; answers when.
async fn contend(line: &Line, contacts: u64) -> anyhow::Result<Vec<DateTime<Utc>>> {
    let callers = line.closed_loop(CALLERS, Until::Contacts(contacts), mixed);
    let kills = async {
        let mut killed = Vec::new();
        let mut owner = line.owner().await?;
        for kill in 1..=KILLS {
            let share = contacts * u64::from(kill) / u64::from(KILLS + 1);
            until_assigned(&mut owner, share).await?;
            killed.push(sqlx::query_scalar("select clock_timestamp()").fetch_one(&mut owner).await?);
            let number = line.kill_leader().await?;
            line.start_again(number).await?;
        }
        owner.close().await?;
        Ok::<_, anyhow::Error>(killed)
    };
    let (run, killed) = tokio::join!(callers, kills);
    run?;
    killed
}

/// Waits until so many contacts have been assigned.
async fn until_assigned(owner: &mut PgConnection, share: u64) -> anyhow::Result<()> {
    loop {
        let assigned: i64 = sqlx::query_scalar("select count(*) from ticket_event where kind = 'accepted'")
            .fetch_one(&mut *owner)
            .await?;
        if assigned.unsigned_abs() >= share {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Any acuity; one in eight needs Spanish.
fn mixed(number: u64) -> Caller {
    let mut chance = Chance::of(11, "caller", number);
    let levels = [Acuity::Emergency, Acuity::VeryHigh, Acuity::High, Acuity::Moderate, Acuity::Routine];
    let acuity = chance.one_of(&levels.map(|level| (level, 1.0))).unwrap_or(Acuity::Routine);
    let language = if chance.happens(0.12) { "es" } else { "en" };
    Caller { acuity, language, story: Story::Answered }
}

/// The longest time after any of the kills without an offer.
async fn outage(owner: &mut PgConnection, killed: &[DateTime<Utc>]) -> anyhow::Result<Duration> {
    let mut longest = Duration::ZERO;
    for killed_at in killed {
        let gap: Option<f64> = sqlx::query_scalar(
            "select extract(epoch from max(gap))::float8 from (
                 select lead(at) over (order by at) - at as gap from ticket_event
                 where kind = 'offered' and at > $1 - interval '1 second' and at < $1 + interval '15 seconds'
             ) as gaps",
        )
        .bind(killed_at)
        .fetch_one(&mut *owner)
        .await?;
        longest = longest.max(Duration::from_secs_f64(gap.context("there were offers after a kill")?));
    }
    Ok(longest)
}
