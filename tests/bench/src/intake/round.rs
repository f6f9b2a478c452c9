//! One round: every call and its floors, each beside the others of the same number in flight.

use std::time::Duration;

use super::floors;
use super::site::{Site, What};
use crate::bare::Bare;
use crate::closed_loop::closed_loop;
use crate::cpu;
use crate::database::Database;

/// Clients of the statement beside this many calls in flight; more clients would be slower.
const STATEMENT_CLIENTS: usize = 32;
pub(super) const MANY: usize = 64;

/// How long each figure is taken, at how many in flight.
#[derive(Clone, Copy)]
pub(super) struct Plan {
    pub(super) in_flight: &'static [usize],
    pub(super) length: Duration,
}

/// What calls show.
#[derive(Clone, Copy)]
pub(super) struct Figures {
    pub(super) what: What,
    pub(super) in_flight: usize,
    pub(super) per_second: f64,
    pub(super) p50: f64,
    pub(super) p99: f64,
    /// Processor time of a call, in microseconds: of intake, and of its Postgres.
    pub(super) cpu: f64,
    pub(super) cpu_postgres: f64,
}

/// What a round shows.
#[derive(Default)]
pub(super) struct Round {
    pub(super) calls: Vec<Figures>,
    /// By calls in flight: the rate, and the median in microseconds.
    pub(super) echoes: Vec<(usize, f64, f64)>,
    /// The median of the statement at one client, in microseconds.
    pub(super) statement_p50: f64,
    /// The rate of the statement at [`STATEMENT_CLIENTS`].
    pub(super) statements: f64,
}

impl Round {
    pub(super) async fn run(database: &Database, site: &Site, bare: &Bare, plan: Plan) -> anyhow::Result<Self> {
        let mut round = Self::default();
        for in_flight in plan.in_flight.iter().copied() {
            let echo = bare.echo(in_flight, plan.length / 2).await?;
            round.echoes.push((in_flight, echo.per_second, echo.micros(0.5)));
            match in_flight {
                1 => round.statement_p50 = floors::median(database, plan.length).await?,
                MANY => round.statements = floors::rate(database, STATEMENT_CLIENTS, plan.length).await?,
                _ => {}
            }
            for what in What::OPEN {
                if what == What::Participant {
                    site.begin_anew(database).await?;
                }
                round.calls.push(Figures::of(database, site, what, in_flight, plan.length).await?);
            }
            if [1, MANY].contains(&in_flight) {
                for what in What::READ {
                    round.calls.push(Figures::of(database, site, what, in_flight, plan.length / 2).await?);
                }
            }
        }
        Ok(round)
    }

    pub(super) fn calls(&self, what: What, in_flight: usize) -> Option<&Figures> {
        self.calls.iter().find(|one| one.what == what && one.in_flight == in_flight)
    }

    /// The median of the echo at one in flight.
    pub(super) fn echo_p50(&self) -> f64 {
        self.echoes.iter().find(|(in_flight, ..)| *in_flight == 1).map_or(f64::NAN, |(_, _, p50)| *p50)
    }
}

impl Figures {
    /// So many calls in flight for this long.
    pub(super) async fn of(
        database: &Database,
        site: &Site,
        what: What,
        in_flight: usize,
        length: Duration,
    ) -> anyhow::Result<Self> {
        let postgres = || cpu::used_by_one(database.server.pid());
        let (used, used_postgres) = (site.used(), postgres());
        let run = closed_loop(in_flight, length, async || site.call(what).await).await?;
        anyhow::ensure!(!run.took.is_empty(), "nothing was called");
        let each = |used: Duration| used.as_secs_f64() * 1e6 / run.took.len() as f64;
        let (cpu, cpu_postgres) = (each(site.used() - used), each(postgres().saturating_sub(used_postgres)));
        let (p50, p99) = (run.micros(0.5), run.micros(0.99));
        Ok(Self { what, in_flight, per_second: run.per_second, p50, p99, cpu, cpu_postgres })
    }
}
