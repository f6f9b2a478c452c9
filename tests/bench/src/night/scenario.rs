//! The nights that are played. Figures are from PERFORMANCE.md section 1 and from published figures of lines (988:
//! 13:47 minutes a talk in July 2025); what nobody publishes is a round guess and says so.

use std::time::Duration;

use harborline_types::{Acuity, Channel, CounselorKind};

use super::cast::{At, Caller, Cast, Counselor, Habits, NEVER, Rules};
use crate::chance::Chance;

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

const HOUR: Duration = seconds(3600);

/// Who takes an offer at once, always: a queue as the formulas know it.
fn at_once() -> Habits {
    Habits { answers_within: (Duration::ZERO, Duration::ZERO), declines: 0.0, misses: 0.0, rests: Duration::ZERO }
}

/// Arrivals per hour from each of these instants on; the last one ends them.
struct Arrivals(Vec<(At, f64)>);

impl Arrivals {
    /// Poisson within each span.
    fn draw(&self, seed: u64) -> Vec<At> {
        let mut chance = Chance::of(seed, "arrivals", 0);
        let spans = self.0.windows(2).filter(|span| span[0].1 > 0.0);
        let mut all = Vec::new();
        for span in spans {
            let gap = HOUR.div_f64(span[0].1);
            let mut at = span[0].0 + chance.exponential(gap);
            while at < span[1].0 {
                all.push(at);
                at += chance.exponential(gap);
            }
        }
        all
    }
}

/// A phone caller without wishes.
fn plain_caller(arrives: At, acuity: Acuity) -> Caller {
    Caller {
        arrives,
        acuity,
        channel: Channel::Phone,
        language: "en",
        jurisdiction: None,
        at_least: None,
        skills: vec![],
        knows: None,
        patience: NEVER,
        talk: Duration::ZERO,
        wrap_up: Duration::ZERO,
    }
}

/// A counselor who can do little.
fn plain_counselor(until: At) -> Counselor {
    Counselor {
        kind: CounselorKind::CrisisCounselor,
        languages: vec!["en"],
        licenses: vec![],
        skills: vec![],
        channels: vec![Channel::Phone],
        capacity: 1,
        from: At::ZERO,
        until,
    }
}

/// The night of PERFORMANCE.md section 1: 200 calls an hour, 6 % imminent and 24 % high, 12 % in a second language
/// that a fifth of 55 counselors speaks, 900 s a call, 180 s of patience; offers are taken at once, nothing is given
/// up while waiting.
pub(crate) fn seeded_night(seed: u64) -> Cast {
    let hours = 12;
    let arrivals = Arrivals(vec![(At::ZERO, 200.0), (HOUR * hours, 0.0)]).draw(seed);
    let callers = arrivals.into_iter().zip(0..).map(|(arrives, number)| {
        let mut chance = Chance::of(seed, "caller", number);
        let mix = [(Acuity::Emergency, 0.06), (Acuity::High, 0.24), (Acuity::Routine, 0.70)];
        let mut caller = plain_caller(arrives, chance.one_of(&mix).unwrap_or(Acuity::Routine));
        caller.language = if chance.happens(0.12) { "es" } else { "en" };
        caller.talk = chance.exponential(seconds(900));
        caller.patience = chance.exponential(seconds(180));
        caller
    });
    let counselors = (0..55).map(|number| {
        let mut counselor = plain_counselor(HOUR * (hours + 2));
        counselor.languages.extend((number % 5 == 0).then_some("es"));
        counselor
    });
    Cast {
        seed,
        callers: callers.collect(),
        counselors: counselors.collect(),
        rules: Rules::of_the_textbook(),
        habits: at_once(),
    }
}

/// A night with everything in it, from eight in the evening to eight in the morning: a peak before midnight, shifts,
/// three jurisdictions, three languages, skills, messages and video, people who know somebody, counselors who take a
/// few seconds, sometimes refuse, and sometimes do not hear; with the product's defaults. The mix is a guess.
pub(crate) fn whole_night(seed: u64) -> Cast {
    let by_hour = [150.0, 165.0, 180.0, 185.0, 175.0, 150.0, 120.0, 95.0, 80.0, 70.0, 75.0, 90.0, 0.0];
    let arrivals = Arrivals((0..).map(|hour| HOUR * hour).zip(by_hour).collect()).draw(seed);
    let counselors: Vec<Counselor> = (0..56).map(|number| any_counselor(seed, number)).collect();
    let callers = arrivals.into_iter().zip(0..).map(|(at, number)| any_caller(seed, number, at, counselors.len()));
    let habits = Habits {
        answers_within: (Duration::from_millis(1500), seconds(6)),
        declines: 0.02,
        misses: 0.02,
        rests: seconds(300),
    };
    Cast { seed, callers: callers.collect(), counselors, rules: Rules::of_the_house(), habits }
}

fn any_caller(seed: u64, number: u64, arrives: At, counselors: usize) -> Caller {
    let mut chance = Chance::of(seed, "caller", number);
    let mix = [0.06, 0.09, 0.15, 0.35, 0.35];
    let mix: Vec<_> = Acuity::ALL.into_iter().zip(mix).collect();
    let acuity = chance.one_of(&mix).unwrap_or(Acuity::Routine);
    let channels = [(Channel::Phone, 0.62), (Channel::Message, 0.30), (Channel::Video, 0.08)];
    let channel = chance.one_of(&channels).unwrap_or(Channel::Phone);
    let language = chance.one_of(&[("en", 0.86), ("es", 0.12), ("vi", 0.02)]).unwrap_or("en");
    let places = [(Some("US-VA"), 0.6), (Some("US-MD"), 0.2), (Some("US-DC"), 0.1), (None, 0.1)];
    let jurisdiction = chance.one_of(&places).unwrap_or_default();
    let wishes = [("youth", 0.08), ("veterans", 0.05), ("substance_use", 0.12)];
    let skills = wishes.into_iter().filter(|(_, share)| chance.happens(*share)).map(|(skill, _)| skill).collect();
    let talk = if channel == Channel::Message { seconds(1500) } else { seconds(827) };
    Caller {
        arrives,
        acuity,
        channel,
        language,
        jurisdiction,
        at_least: acuity.is_urgent().then_some(CounselorKind::CrisisCounselor),
        skills,
        knows: chance.happens(0.15).then(|| (chance.unit() * counselors as f64) as usize),
        patience: chance.exponential(seconds(180)),
        talk: chance.skewed(talk),
        wrap_up: chance.exponential(seconds(90)),
    }
}

/// Three shifts that overlap around the peak.
fn any_counselor(seed: u64, number: u64) -> Counselor {
    let mut chance = Chance::of(seed, "counselor", number);
    let (from, until) = match number % 8 {
        0..=2 => (At::ZERO, HOUR * 6),
        3..=5 => (HOUR * 2, HOUR * 10),
        _ => (HOUR * 6, HOUR * 13),
    };
    let kinds = [
        (CounselorKind::LicensedClinician, 0.3),
        (CounselorKind::CrisisCounselor, 0.5),
        (CounselorKind::PeerSpecialist, 0.2),
    ];
    let mut some = |all: &[(&'static str, f64)]| -> Vec<&'static str> {
        all.iter().filter(|(_, share)| chance.happens(*share)).map(|(one, _)| *one).collect()
    };
    let languages = some(&[("en", 1.0), ("es", 0.2), ("vi", 0.06)]);
    let licenses = some(&[("US-VA", 0.7), ("US-MD", 0.35), ("US-DC", 0.2)]);
    let skills = some(&[("youth", 0.35), ("veterans", 0.3), ("substance_use", 0.4)]);
    let mut channels = vec![Channel::Phone];
    channels.extend(chance.happens(0.8).then_some(Channel::Message));
    channels.extend(chance.happens(0.5).then_some(Channel::Video));
    let kind = chance.one_of(&kinds).unwrap_or(CounselorKind::CrisisCounselor);
    let capacity = if chance.happens(0.5) { 3 } else { 2 };
    Counselor { kind, languages, licenses, skills, channels, capacity, from, until }
}

/// A line as the formulas know it: `servers` alike, nobody leaves, classes by their load in erlangs, 900 s a call.
pub(crate) fn textbook(seed: u64, servers: u32, loads: &[(Acuity, f64)], calls: u32) -> Cast {
    let load: f64 = loads.iter().map(|(_, load)| load).sum();
    let per_hour = load * 4.0;
    let length = HOUR.mul_f64(f64::from(calls) / per_hour);
    let arrivals = Arrivals(vec![(At::ZERO, per_hour), (length, 0.0)]).draw(seed);
    let callers = arrivals.into_iter().zip(0..).map(|(arrives, number)| {
        let mut chance = Chance::of(seed, "caller", number);
        let acuity = chance.one_of(loads).unwrap_or(Acuity::Routine);
        Caller { talk: chance.exponential(seconds(900)), ..plain_caller(arrives, acuity) }
    });
    let counselors = vec![plain_counselor(NEVER); servers as usize];
    Cast { seed, callers: callers.collect(), counselors, rules: Rules::of_the_textbook(), habits: at_once() }
}

/// When the burst of [`surge`] begins and ends, and when the night after it is looked at no more.
pub(crate) const BURST: (At, At) = (seconds(2700), seconds(2760));
pub(crate) const AFTER: At = seconds(4500);

/// A line of the size of a country at nine tenths of its load, and ten times the arrivals for a minute. Counselors
/// answer within one to five seconds and always, so that what an emergency waits longer is the queue's doing.
pub(crate) fn surge(seed: u64, counselors: usize) -> Cast {
    let per_hour = counselors as f64 * 0.9 * 4.0;
    let rates = vec![(At::ZERO, per_hour), (BURST.0, per_hour * 10.0), (BURST.1, per_hour), (AFTER, 0.0)];
    let arrivals = Arrivals(rates).draw(seed);
    let callers = arrivals.into_iter().zip(0..).map(|(at, number)| {
        let caller = any_caller(seed, number, at, counselors);
        let mut chance = Chance::of(seed, "talk", number);
        // One call after the other, so that the load is what it says.
        let channel = Channel::Phone;
        Caller { channel, talk: chance.exponential(seconds(890)), wrap_up: seconds(7), ..caller }
    });
    let counselors = (0..counselors as u64).map(|number| Counselor {
        from: At::ZERO,
        until: AFTER * 4,
        ..any_counselor(seed, number)
    });
    let habits = Habits { answers_within: (seconds(1), seconds(5)), ..at_once() };
    Cast { seed, callers: callers.collect(), counselors: counselors.collect(), rules: Rules::of_the_house(), habits }
}
