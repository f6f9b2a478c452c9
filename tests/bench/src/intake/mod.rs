//! Intake at work, beside the floors of the same run: a contact is opened, and read.
//!
//! Rounds repeat all of it; a figure is the median of its rounds, and a ratio is of the round in the middle.

mod floors;
mod proxy;
pub(crate) mod replica;
mod round;
mod site;
mod unasked;

use std::time::Duration;

use anyhow::Context;

use crate::bare::Bare;
use crate::database;
use crate::report::{Report, Row};
use proxy::Proxy;
use round::{Figures, MANY, Plan, Round};
use site::{Site, What};

/// What OpenContact may take with a slow network before its database, in microseconds.
const SLOW_NETWORK_LIMIT: f64 = 5_000.0;

/// Measures all of it.
pub(crate) async fn measure(report: &mut Report, quick: bool) -> anyhow::Result<()> {
    let in_flight: &[usize] = if quick { &[1, MANY] } else { &[1, 8, MANY, 256] };
    let (rounds, seconds, participants) = if quick { (1, 2, 1_000) } else { (3, 4, 8_000) };
    let plan = Plan { in_flight, length: Duration::from_secs(seconds) };
    let database = database::start().await?;
    let (site, bare) = (Site::open(&database, participants).await?, Bare::start().await?);
    warm_up(&database, &site, plan.length).await?;
    let mut measured = Vec::new();
    for _ in 0..rounds {
        measured.push(Round::run(&database, &site, &bare, plan).await?);
    }
    floors_and_calls(report, &measured)?;
    ratios(report, &measured)?;
    slow_network(report, &database, site, &measured, plan.length).await?;
    report.write()
}

/// The first calls find every statement unplanned and every cache empty.
async fn warm_up(database: &database::Database, site: &Site, length: Duration) -> anyhow::Result<()> {
    site.begin_anew(database).await?;
    for what in What::OPEN.into_iter().chain(What::READ) {
        Figures::of(database, site, what, 16, length / 2).await?;
    }
    site.begin_anew(database).await
}

/// Each figure by itself.
fn floors_and_calls(report: &mut Report, rounds: &[Round]) -> anyhow::Result<()> {
    let first = rounds.first().context("a round was measured")?;
    for (number, (in_flight, ..)) in first.echoes.iter().enumerate() {
        let name = format!("bare echo/{in_flight} in flight");
        report.add(Row::of(format!("{name}/rate"), middle(rounds, |round| round.echoes[number].1), "1/s"))?;
        report.add(Row::of(format!("{name}/p50"), middle(rounds, |round| round.echoes[number].2), "us"))?;
    }
    report.add(Row::of("statement/1 client/p50".to_owned(), middle(rounds, |round| round.statement_p50), "us"))?;
    report.add(Row::of("statement/32 clients/rate".to_owned(), middle(rounds, |round| round.statements), "1/s"))?;
    for (number, Figures { what, in_flight, .. }) in first.calls.iter().enumerate() {
        let name = format!("{}/{in_flight} in flight", what.name());
        let figure = |of: fn(&Figures) -> f64| middle(rounds, |round| of(&round.calls[number]));
        report.add(Row::of(format!("{name}/rate"), figure(|calls| calls.per_second), "1/s"))?;
        report.add(Row::of(format!("{name}/p50"), figure(|calls| calls.p50), "us"))?;
        report.add(Row::of(format!("{name}/p99"), figure(|calls| calls.p99), "us"))?;
        report.add(Row::of(format!("{name}/cpu of intake"), figure(|calls| calls.cpu), "us"))?;
        report.add(Row::of(format!("{name}/cpu of Postgres"), figure(|calls| calls.cpu_postgres), "us"))?;
    }
    Ok(())
}

fn ratios(report: &mut Report, rounds: &[Round]) -> anyhow::Result<()> {
    for what in What::OPEN {
        let (rate, statements) = pair(rounds, |round| Some((round.calls(what, MANY)?.per_second, round.statements)))?;
        let row = Row::of(format!("{}/{MANY} in flight, to the statement at 32 clients", what.name()), rate, "1/s");
        report.add(row.against(statements, Some("G1"), Some(0.2), true))?;
        let (p50, floor) =
            pair(rounds, |round| Some((round.calls(what, 1)?.p50, round.echo_p50() + round.statement_p50)))?;
        let row = Row::of(format!("{}/1 in flight, p50 to echo and statement", what.name()), p50, "us");
        report.add(row.against(floor, Some("G1"), Some(4.0), false))?;
    }
    for what in What::READ {
        let (p50, echo) = pair(rounds, |round| Some((round.calls(what, 1)?.p50, round.echo_p50())))?;
        let row = Row::of(format!("{}/1 in flight, p50 to the echo", what.name()), p50, "us");
        report.add(row.against(echo, None, None, false))?;
    }
    Ok(())
}

/// OpenContact when each round trip to Postgres takes half a millisecond longer.
async fn slow_network(
    report: &mut Report,
    database: &database::Database,
    site: Site,
    rounds: &[Round],
    length: Duration,
) -> anyhow::Result<()> {
    let server = database.server.port();
    let proxy = Proxy::start(server)?;
    let added = proxy.settle(&site.dsn, server).await?.as_secs_f64() * 1e6;
    report.add(Row::of("slow network/added to a round trip".to_owned(), added, "us"))?;
    let through = proxy.through(&site.dsn, server);
    let site = site.reaching(database, &through).await?;
    for what in What::OPEN {
        site.begin_anew(database).await?;
        Figures::of(database, &site, what, 1, length / 2).await?;
        let slow = Figures::of(database, &site, what, 1, length).await?;
        let name = format!("slow network/{}/1 in flight", what.name());
        let row = Row::of(format!("{name}/p50"), slow.p50, "us");
        report.add(row.against(SLOW_NETWORK_LIMIT, Some("G15"), Some(1.0), false))?;
        let fast = middle(rounds, |round| round.calls(what, 1).map_or(f64::NAN, |calls| calls.p50));
        report.add(Row::of(format!("{name}/round trips by its p50"), (slow.p50 - fast) / added, "1"))?;
    }
    Ok(())
}

/// The median of a figure over the rounds.
fn middle(rounds: &[Round], figure: impl Fn(&Round) -> f64) -> f64 {
    let mut all: Vec<f64> = rounds.iter().map(figure).collect();
    all.sort_unstable_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A figure and its floor, of the round whose ratio is in the middle.
fn pair(rounds: &[Round], of: impl Fn(&Round) -> Option<(f64, f64)>) -> anyhow::Result<(f64, f64)> {
    let mut pairs: Vec<(f64, f64)> = rounds.iter().filter_map(of).collect();
    pairs
        .sort_unstable_by(|(one, one_floor), (other, other_floor)| (one / one_floor).total_cmp(&(other / other_floor)));
    pairs.get(pairs.len() / 2).copied().context("a round was measured")
}
