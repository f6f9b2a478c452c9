//! What a decision costs in memory, by the number of counselors on duty: a ticket in, offered, accepted, released.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use harborline_availability::domain::matcher::{
    Answer, CallerGone, Command, OnDuty, Past, Pool, PoolState, Times, Wanted,
};
use harborline_availability::domain::{Ageing, Counselor, FatigueRules, ResponseTimes, Strain};
use harborline_types::{Acuity, Channel, Clock, ContactId, CounselorKind, Need, PersonId, Skill, TicketId, Timestamp};
use uuid::Uuid;

use crate::report::{Report, Row};

/// What is needed, by a language that many speak, one in a thousand, or nobody.
const NEEDS: [(&str, &str, f64); 3] = [("common", "en", 1.5), ("rare", "nv", 2.0), ("impossible", "la", 2.0)];

/// Measures each need at each size; the floor is the same need among 100.
pub(crate) fn measure(report: &mut Report, quick: bool) -> anyhow::Result<()> {
    let rounds = if quick { 2_000 } else { 50_000 };
    for (name, language, target) in NEEDS {
        let mut among_100 = None;
        for size in [100, 1_000, 10_000] {
            let micros = one(size, language, rounds)?;
            let floor = *among_100.get_or_insert(micros);
            let row = Row::of(format!("matching in memory/{name}/{size} counselors"), micros, "us");
            let goal = (size == 10_000).then_some("G8");
            report.add(row.against(floor, goal, goal.map(|_| target), false))?;
        }
    }
    Ok(())
}

/// Microseconds for one ticket, from its entry to its end.
fn one(size: usize, language: &str, rounds: u32) -> anyhow::Result<f64> {
    let start = Clock::System.now();
    let mut pool = pool(size, start);
    let past = Past::default();
    let begun = Instant::now();
    for number in 0..rounds {
        let now = start + Duration::from_micros(u64::from(number) * 10);
        let wanted = wanted(language);
        let contact = wanted.contact;
        let round = pool.round(&[Command::Request(wanted)], &past, now, now);
        let Some(made) = round.changes.first().and_then(|change| change.made.clone()) else {
            pool.round(&[Command::Withdraw(contact, CallerGone::Left)], &past, now, now);
            continue;
        };
        let accept = Command::Accept(made.id, made.counselor.clone());
        let release = [accept, Command::Release(contact), Command::FinishWrapUp(contact, made.counselor)];
        let round = pool.round(&release, &past, now, now);
        anyhow::ensure!(matches!(round.answers[0], Ok(Answer::Accepted(..))), "the offer is accepted");
    }
    Ok(begun.elapsed().as_secs_f64() * 1e6 / f64::from(rounds))
}

fn wanted(language: &str) -> Wanted {
    let need = Need {
        channel: Channel::Phone,
        at_least: None,
        language: language.to_owned(),
        jurisdiction: None,
        skills: Vec::new(),
    };
    let (ticket, contact) = (TicketId::new(), ContactId::new());
    Wanted {
        ticket,
        contact,
        acuity: Acuity::High,
        need,
        preferred: None,
        outbound: false,
        waited_before: Duration::ZERO,
    }
}

fn pool(size: usize, now: Timestamp) -> Pool {
    let seconds = Duration::from_secs;
    let response = ResponseTimes {
        urgent_offer_timeout: seconds(600),
        offer_timeout: seconds(600),
        widen_after: vec![seconds(600)],
        page_after: seconds(600),
        backup_after: seconds(600),
        presence_grace: seconds(600),
        ageing: Ageing::default(),
        emergency_offers: 1,
    };
    let counselors = (0..size).filter_map(|number| counselor(number, now)).collect();
    let replicas = HashMap::from([(Uuid::nil(), now)]);
    let fatigue = FatigueRules { urgent_in_a_row: 3, recovery: seconds(300), longest_stretch: seconds(7_200) };
    let times = Times { response, fatigue, preferred: seconds(5), silence: seconds(600) };
    Pool::load(PoolState { tickets: Vec::new(), counselors, replicas, times, today: now })
}

/// One in a thousand, and the last of fewer, speaks the rare language; one in eight has a skill or two.
fn counselor(number: usize, now: Timestamp) -> Option<OnDuty> {
    let mut languages = vec!["en".to_owned()];
    if number % 1_000 == 99 {
        languages.push("nv".to_owned());
    }
    Some(OnDuty {
        counselor: Counselor {
            id: PersonId::parse(&format!("counselor-{number}"))?,
            name: "A counselor".to_owned(),
            kind: CounselorKind::CrisisCounselor,
            credentials: Vec::new(),
            skills: (0..number % 8).map(|skill| Skill::basic(format!("skill-{skill}"))).collect(),
            languages,
            channels: vec![Channel::Phone, Channel::Message],
            message_capacity: 2,
            zone: None,
        },
        session: Uuid::nil(),
        streams: BTreeMap::from([(Uuid::nil(), Uuid::nil())]),
        disconnected_at: None,
        on_break: false,
        leaving: false,
        silent_count: 0,
        idle_since: now - Duration::from_micros(number as u64),
        strain: Strain::rested(now),
        epochs: Vec::new(),
    })
}
