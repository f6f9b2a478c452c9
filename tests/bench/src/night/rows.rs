//! The rows of the simulated nights.

use harborline_types::Acuity;

use super::books::Night;
use super::cast::{At, Cast, NEVER};
use super::engine::play;
use super::naive::{Naive, Order};
use super::ours::Ours;
use super::waits::{Waits, micros};
use super::{formulas, scenario};
use crate::report::{Report, Row};

const RISKIEST: &[Acuity] = &[Acuity::Emergency];
const STANDARD: &[Acuity] = &[Acuity::Moderate, Acuity::Routine];

/// A figure of one class's waits, in seconds, by its name.
type Measure = (&'static str, fn(&Waits) -> f64);

/// What waits are compared by. The speed of answer leaves out who gave up; the others count them with the time they
/// waited, which is the harder measure.
const MEASURES: [Measure; 3] = [
    ("speed of answer", Waits::speed_of_answer),
    ("mean wait of everybody", Waits::mean),
    ("p99 wait of everybody", |waits| waits.quantile(0.99)),
];

const ALWAYS: (At, At) = (At::ZERO, NEVER);

/// Measures everything that is measured in virtual time.
pub(crate) fn measure(report: &mut Report, quick: bool) -> anyhow::Result<()> {
    let nights = if quick { 6 } else { 40 };
    policies(report, "seeded night", nights, scenario::seeded_night, Some(1.7))?;
    // Most of a wait in it is the counselor's hand on the way to the receiver, which no policy shortens.
    policies(report, "whole night", nights, scenario::whole_night, None)?;
    textbook(report, if quick { 60_000 } else { 1_000_000 })?;
    surge(report, if quick { 1_000 } else { 10_000 })
}

/// One class under three policies.
#[derive(Default)]
struct Class {
    ours: Waits,
    reference: Waits,
    first_come: Waits,
}

impl Class {
    fn add(&mut self, cast: &Cast, nights: &[Night; 3], acuities: &[Acuity]) {
        let waits = [&mut self.ours, &mut self.reference, &mut self.first_come];
        for (waits, night) in waits.into_iter().zip(nights) {
            waits.add(cast, night, acuities, ALWAYS);
        }
    }

    fn each(&self) -> [(&'static str, &Waits); 3] {
        [("ours", &self.ours), ("reference", &self.reference), ("first come", &self.first_come)]
    }
}

/// G5: the same nights under the product, the reference, and first come first served, from which the riskiest shall
/// be this far `apart`.
fn policies(
    report: &mut Report,
    name: &str,
    nights: u64,
    cast: fn(u64) -> Cast,
    apart: Option<f64>,
) -> anyhow::Result<()> {
    let (mut riskiest, mut standard) = (Class::default(), Class::default());
    for seed in 0..nights {
        let cast = cast(seed);
        let played = [
            play(&cast, &mut Ours::open(&cast)?, false)?,
            play(&cast, &mut Naive::open(&cast, Order::RiskiestFirst), false)?,
            play(&cast, &mut Naive::open(&cast, Order::FirstCome), false)?,
        ];
        riskiest.add(&cast, &played, RISKIEST);
        standard.add(&cast, &played, STANDARD);
    }
    for (class, waits) in [("riskiest", &riskiest), ("standard", &standard)] {
        for (policy, waits) in waits.each() {
            let of = |what: &str| format!("{name}/{class}/{policy}/{what}");
            report.add(Row::of(of("speed of answer"), waits.speed_of_answer(), "s"))?;
            report.add(Row::of(of("mean wait of everybody"), waits.mean(), "s"))?;
            report.add(Row::of(of("p99 wait of everybody"), waits.quantile(0.99), "s"))?;
            report.add(Row::of(of("abandoned"), waits.left() * 100.0, "%"))?;
            report.add(Row::of(of("to the backup line"), waits.handed_off() * 100.0, "%"))?;
        }
    }
    for (what, of) in MEASURES {
        let (goal, is_mean) = (Some("G5"), !what.starts_with("p99"));
        let row = |text: &str, value| Row::of(format!("{name}/{text}").replace("{}", what), value, "s");
        let [ours, reference, first_come] = riskiest.each().map(|(_, waits)| of(waits));
        report.add(row("riskiest: {}, to the reference", ours).against(reference, goal, Some(1.05), false))?;
        if is_mean {
            let row_apart = row("riskiest: {} of first come, to ours", first_come);
            report.add(row_apart.against(ours, apart.and(goal), apart, true))?;
            let [ours, _, first_come] = standard.each().map(|(_, waits)| of(waits));
            report.add(row("standard: {}, to first come", ours).against(first_come, goal, Some(1.0), false))?;
        }
    }
    Ok(())
}

/// G6: a line as the formulas know it.
fn textbook(report: &mut Report, calls: u32) -> anyhow::Result<()> {
    // Few servers at half their load: busy periods are short against the night, and the means are sharp.
    let loads = [(Acuity::Emergency, 0.3), (Acuity::High, 0.6), (Acuity::Routine, 1.1)];
    let (servers, all) = (4, 2.0);
    let cast = scenario::textbook(1, servers, &loads, calls);
    let night = play(&cast, &mut Ours::open(&cast)?, false)?;
    // An empty house at the beginning is not the formulas'.
    let steady = (cast.callers[cast.callers.len() / 50].arrives, NEVER);
    let waits = |acuities: &[Acuity]| {
        let mut waits = Waits::default();
        waits.add(&cast, &night, acuities, steady);
        waits.mean()
    };
    let compare = |report: &mut Report, name: String, value: f64, formula: f64, within: f64| {
        let row = Row::of(format!("textbook/{name}"), value, "s");
        report.add(row.near(formula, Some("G6"), within))
    };
    let formula = formulas::mean_wait(servers, all, 900.0);
    compare(report, "mean wait, within 5 % of Erlang C".to_owned(), waits(&Acuity::ALL), formula, 0.05)?;
    let by_class = formulas::mean_waits_by_class(servers, &loads.map(|(_, load)| load), 900.0);
    for ((acuity, _), formula) in loads.into_iter().zip(by_class) {
        let name = format!("mean wait of acuity {}, within 8 % of the priority formula", acuity.level());
        compare(report, name, waits(&[acuity]), formula, 0.08)?;
    }
    Ok(())
}

/// G14: a burst in a line of the size of a country.
fn surge(report: &mut Report, counselors: usize) -> anyhow::Result<()> {
    let cast = scenario::surge(1, counselors);
    let mut ours = Ours::open(&cast)?;
    let night = play(&cast, &mut ours, false)?;
    let (from, until) = scenario::BURST;
    let among = |span: (At, At)| {
        let mut waits = Waits::default();
        waits.add(&cast, &night, RISKIEST, span);
        waits
    };
    let (calm, burst, throughout) = (among((from / 3, from)), among((from, until)), among((from, scenario::AFTER)));
    let of = |what: &str| format!("surge among {counselors}/{what}");
    let row = Row::of(of("riskiest p99 in the burst, to before"), burst.quantile(0.99), "s");
    report.add(row.against(calm.quantile(0.99), Some("G14"), Some(2.0), false))?;
    let row = Row::of(of("riskiest p99 until recovered, to before"), throughout.quantile(0.99), "s");
    report.add(row.against(calm.quantile(0.99), Some("G14"), Some(2.0), false))?;
    report.add(Row::of(of("riskiest p99 to the first offer in the burst"), burst.offered_quantile(0.99), "s"))?;
    report.add(Row::of(of("riskiest abandoned in the burst"), burst.left() * 100.0, "%"))?;
    let arrived = cast.callers.iter().filter(|caller| from <= caller.arrives && caller.arrives < until).count();
    let row = Row::of(of("longest queue, to the burst's arrivals"), night.longest_queue as f64, "callers");
    report.add(row.against(arrived as f64, Some("G14"), Some(1.0), false))?;
    for (name, share) in [("p50", 0.5), ("p99", 0.99), ("slowest", 1.0)] {
        report.add(Row::of(of(&format!("one decision {name}")), micros(&ours.took, share), "us"))?;
    }
    Ok(())
}
