//! G16: what one program asks of a replica, and what another one's contacts notice of it.
//!
//! The neighbor is a program of its own with a large roster, many requirements and a year of tickets. It asks again and
//! again for what costs most, and gives each call up after half a second, as an impatient client does.

use std::time::Duration;

use anyhow::Context;
use futures::future::BoxFuture;
use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::coverage_service_client::CoverageServiceClient;
use harborline_proto::availability::v1::measure_service_client::MeasureServiceClient;
use harborline_proto::availability::v1::shift_service_client::ShiftServiceClient;
use harborline_proto::common::v1::Acuity;
use prost_types::Timestamp;
use tonic::Request;
use tonic::transport::Channel;
use uuid::Uuid;

use super::callers::{Caller, Story};
use super::line::{Line, Size};
use super::on_duty::{by, id};
use super::replica::NEIGHBOR;
use crate::database::Database;
use crate::report::{Report, Row};

/// Contacts a second of the program that is looked at: far below what the line could answer.
const CONTACTS_PER_SECOND: f64 = 50.0;
/// Calls that the neighbor has under way at once.
const AT_ONCE: usize = 4;
/// After this time it gives a call up and makes the next one.
const PATIENCE: Duration = Duration::from_millis(500);
/// Monday, 7 June 2027, 00:00 UTC.
const MONDAY: i64 = 1_812_326_400;
const DAY: i64 = 86_400;

/// One call that costs much.
type Costly = fn(Channel) -> BoxFuture<'static, ()>;

/// What the neighbor asks for, by name.
const ATTACKS: [(&str, Costly); 7] = [
    ("rosters of rules that never give a day", |door| Box::pin(roster(door, 0))),
    ("rosters of 5,000 shifts", |door| Box::pin(roster(door, MONDAY))),
    ("ladders of 5,000 shifts", |door| Box::pin(ladder(door))),
    ("coverage of 100 requirements", |door| Box::pin(coverage(door))),
    ("forecasts of a week of 14,000 arrivals a half hour", |door| Box::pin(forecast(door))),
    ("measures of a year", |door| Box::pin(measures(door))),
    ("swaps among 5,000 shifts", |door| Box::pin(swap(door))),
];

/// The time to an offer by itself, and beside each attack.
pub(crate) async fn measure(report: &mut Report, database: &Database, quick: bool) -> anyhow::Result<()> {
    let length = Duration::from_secs(if quick { 3 } else { 20 });
    let line = Line::open(database, "neighbor", Size { counselors: 100, replicas: 1 }).await?;
    line.run(database, &neighbor()).await?;
    let caller = Caller { acuity: Acuity::High, language: "en", story: Story::Answered };
    let quiet = line.open_loop(CONTACTS_PER_SECOND, length, caller).await?.offered_micros(0.99);
    report.add(Row::of("time to offer/quiet/p99".to_owned(), quiet, "us"))?;
    for (what, attack) in ATTACKS {
        let door = line.door(0).another();
        let attacking: Vec<_> = (0..AT_ONCE).map(|_| tokio::spawn(again_and_again(door.clone(), attack))).collect();
        let run = line.open_loop(CONTACTS_PER_SECOND, length, caller).await;
        attacking.iter().for_each(tokio::task::JoinHandle::abort);
        let p99 = run.context(what)?.offered_micros(0.99);
        let row = Row::of(format!("time to offer/beside another program's {what}/p99"), p99, "us");
        report.add(row.against(quiet, Some("G16"), Some(2.0), false))?;
    }
    line.close(database).await
}

async fn again_and_again(door: Channel, attack: Costly) {
    loop {
        // Whether it was answered, refused or given up is all the same.
        let _ = tokio::time::timeout(PATIENCE, attack(door.clone())).await;
    }
}

fn at(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp { seconds, nanos: 0 })
}

fn as_neighbor<T>(message: T) -> Request<T> {
    by(NEIGHBOR, message)
}

async fn roster(door: Channel, from: i64) {
    let from = if from == 0 { MONDAY + 3650 * DAY } else { from };
    let message = pb::GetRosterRequest { from: at(from), until: at(from + 15 * DAY), counselor_id: String::new() };
    let _ = ShiftServiceClient::new(door).get_roster(as_neighbor(message)).await;
}

async fn ladder(door: Channel) {
    let message = pb::GetOnCallLadderRequest { at: at(MONDAY) };
    let _ = ShiftServiceClient::new(door).get_on_call_ladder(as_neighbor(message)).await;
}

async fn coverage(door: Channel) {
    let interval = Some(prost_types::Duration { seconds: 9_000, nanos: 0 });
    let message = pb::GetCoverageRequest { from: at(MONDAY), until: at(MONDAY + 35 * DAY), interval };
    let _ = CoverageServiceClient::new(door).get_coverage(as_neighbor(message)).await;
}

async fn forecast(door: Channel) {
    let arrivals = (0..384).map(|number| pb::Arrivals { urgent: 4_000.0, other: 10_000.0 + f64::from(number) });
    let seconds = |seconds| Some(prost_types::Duration { seconds, nanos: 0 });
    let message = pb::ForecastCoverageRequest {
        from: at(MONDAY),
        until: at(MONDAY + 8 * DAY),
        arrivals: arrivals.collect(),
        handling: seconds(60),
        patience: seconds(86_400),
        target_wait: seconds(60),
        ..pb::ForecastCoverageRequest::default()
    };
    let _ = CoverageServiceClient::new(door).forecast_coverage(as_neighbor(message)).await;
}

async fn measures(door: Channel) {
    let now = chrono::Utc::now().timestamp();
    let message = pb::GetMeasuresRequest { from: at(now - 399 * DAY), until: at(now), ..Default::default() };
    let _ = MeasureServiceClient::new(door).get_measures(as_neighbor(message)).await;
}

async fn swap(door: Channel) {
    let day = |day: &str| pb::ShiftDay { shift_id: Uuid::from_u128(1).to_string(), day: day.to_owned() };
    let message = pb::OfferShiftSwapRequest {
        request_id: id(),
        given: Some(day("2027-06-08")),
        offered_to: "neighbor-1".to_owned(),
        in_return: Some(day("2027-06-09")),
    };
    let _ = ShiftServiceClient::new(door).offer_shift_swap(as_neighbor(message)).await;
}

/// A large program: 500 counselors on 5,000 shifts a day, one in ten of them on call, until 2036; 20 rules that never give
/// a day, from 2037 on alone; 100 requirements; 100,000 tickets in a year.
fn neighbor() -> String {
    let program = super::replica::neighbor_program();
    format!(
        "insert into roster_rules (program_id, time_zone, swaps_need_supervisor)
         values ('{program}', 'America/New_York', false);
         insert into counselor (program_id, counselor_id, name, kind, skills, languages, channels, message_capacity,
                                credentials)
         select '{program}', 'neighbor-' || n, 'A counselor', 'crisis_counselor', '{{}}', '{{en}}', '{{phone}}', 1, '[]'
         from generate_series(0, 499) as n;
         insert into shift (program_id, shift_id, counselor_id, rung, first_day, last_day, ends_with, starts, ends,
                            recurrence)
         select '{program}', gen_random_uuid(), 'neighbor-' || n % 500, case when n % 10 = 0 then 1 + n % 9 end,
                '2000-01-01', '2036-12-31', '2036-12-31', n % 1440, (n + 480) % 1440, 'FREQ=DAILY'
         from generate_series(1, 5000) as n;
         insert into shift (program_id, shift_id, counselor_id, first_day, starts, ends, recurrence)
         select '{program}', gen_random_uuid(), 'neighbor-1', '2000-01-01', 0, 480,
                'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30'
         from generate_series(1, 20);
         insert into coverage_requirement (program_id, requirement_id, at_least, skills, skill_levels, days, starts, ends)
         select '{program}', gen_random_uuid(), 2, '{{}}', '{{}}', '{{}}', n, (n + 600) % 1440
         from generate_series(1, 100) as n;
         insert into ticket (program_id, ticket_id, contact_id, state, acuity, channel, language, skills, queued_at)
         select '{program}', made, made, 'withdrawn', 3, 'phone', 'en', '{{}}', at
         from (select gen_random_uuid() as made, now() - n * interval '5 minutes' as at
               from generate_series(1, 100000) as n) as past;
         insert into ticket_event (program_id, ticket_id, sequence, kind, at)
         select program_id, ticket_id, 1, 'queued', queued_at from ticket where program_id = '{program}';
         insert into ticket_event (program_id, ticket_id, sequence, kind, at)
         select program_id, ticket_id, 2, 'withdrawn', queued_at + interval '1 minute' from ticket
         where program_id = '{program}';
         analyze"
    )
}
