//! Forecasts: how many counselors are needed, and how far the roster is from it.

use chrono::{DateTime, TimeDelta, Utc};
use harborline_identity::Role;
use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::coverage_service_server::CoverageService;
use harborline_proto::common::v1::{Channel, Reason};
use harborline_status::violations_of;
use harborline_testkit::{assert_refused, owner, person, request, some_program};
use harborline_types::wire::timestamp;
use tonic::Status;
use uuid::Uuid;

use crate::fixture::Given;
use crate::shifts::{a_shift, wire};

impl Given {
    pub(crate) async fn forecast(
        &self,
        question: pb::ForecastCoverageRequest,
    ) -> Result<Vec<pb::ForecastInterval>, Status> {
        let answer = self.services.forecast_coverage(request(&self.administrator(), question)).await?;
        Ok(answer.into_inner().intervals)
    }
}

/// Four half hours of a day in June.
fn two_hours() -> pb::ForecastCoverageRequest {
    pb::ForecastCoverageRequest {
        from: wire("2027-06-10T12:00:00Z"),
        until: wire("2027-06-10T14:00:00Z"),
        ..pb::ForecastCoverageRequest::default()
    }
}

#[tokio::test]
async fn a_forecast_says_how_many_are_needed_and_how_far_the_roster_is_from_it() {
    let given = Given::with_roster("UTC", &["ana", "ben"]).await;
    let day = "2027-06-10".parse().unwrap();
    given.put_shift(a_shift("ana", day, "12:00", "16:00")).await;
    given.put_shift(a_shift("ben", day, "12:30", "16:00")).await;
    let arrivals = |urgent, other| pb::Arrivals { urgent, other };
    let expected = vec![arrivals(0.0, 0.0), arrivals(0.1, 0.9), arrivals(2.0, 18.0), arrivals(2.0, 18.0)];
    let told = given.forecast(pb::ForecastCoverageRequest { arrivals: expected, ..two_hours() }).await.unwrap();
    assert_eq!(told.iter().map(|it| it.planned).collect::<Vec<_>>(), [1, 2, 2, 2]);
    assert_eq!((told[0].needed, told[0].service.is_none()), (0, true));
    assert!(told[1].needed >= 2 && told[1].needed < told[2].needed);
    // An offered load of ten needs between eleven and twenty counselors by any formula.
    assert!((11..20).contains(&told[2].needed) && told[2].missing == told[2].needed - 2, "{}", told[2].needed);
    assert_eq!(told[2].needed, told[3].needed);
    let service = told[2].service.unwrap();
    assert!(service.answered_in_time < 0.95 && service.urgent_answered_in_time > service.other_answered_in_time);
    assert!(service.abandoned > 0.5 && service.occupancy > 0.9);

    let video = pb::ForecastCoverageRequest {
        channel: Channel::Video.into(),
        arrivals: vec![arrivals(0.0, 1.0); 4],
        ..two_hours()
    };
    assert!(given.forecast(video).await.unwrap().iter().all(|it| it.planned == 0), "no counselor answers video");
    let flood = pb::ForecastCoverageRequest { arrivals: vec![arrivals(0.0, 2001.0); 4], ..two_hours() };
    assert_eq!(violations_of(&assert_refused(given.forecast(flood).await, Reason::RequestInvalid)), ["arrivals"]);
}

/// A ticket of the past.
async fn past_ticket(given: &Given, at: DateTime<Utc>, acuity: i16) {
    // The time is in the first 48 bits of the id, as in every id that the service makes.
    let random = Uuid::new_v4().as_u128() & ((1 << 80) - 1);
    let ticket = Uuid::from_u128(u128::from(at.timestamp_millis().unsigned_abs()) << 80 | random);
    sqlx::query(
        "insert into ticket (program_id, ticket_id, contact_id, state, acuity, channel, language, skills, queued_at)
         values ($1, $2, $2, 'withdrawn', $3, 'phone', 'en', '{}', $4)",
    )
    .bind(given.program)
    .bind(ticket)
    .bind(acuity)
    .bind(at)
    .execute(&owner(&given.store))
    .await
    .unwrap();
}

#[tokio::test]
async fn without_given_arrivals_the_lines_own_history_tells_them() {
    let given = Given::with_roster("UTC", &["ana"]).await;
    assert_refused(given.forecast(two_hours()).await, Reason::ArrivalsUnknown);
    // Two weeks of history, at a time of day that is still to come today: every day one urgent contact, and on this
    // weekday three others half an hour later.
    let now = Utc::now().timestamp();
    let slot = DateTime::from_timestamp(now - now.rem_euclid(1800), 0).unwrap() + TimeDelta::hours(2);
    for days in 1..=15 {
        let past = slot - TimeDelta::days(days);
        past_ticket(&given, past + TimeDelta::minutes(10), 2).await;
        if days % 7 == 0 {
            for acuity in [3, 4, 5] {
                past_ticket(&given, past + TimeDelta::minutes(59), acuity).await;
            }
        }
    }
    let fortnight = slot + TimeDelta::days(14);
    let question = pb::ForecastCoverageRequest {
        from: Some(timestamp(fortnight)),
        until: Some(timestamp(fortnight + TimeDelta::hours(2))),
        ..pb::ForecastCoverageRequest::default()
    };
    let told = given.forecast(question.clone()).await.unwrap();
    let arrivals: Vec<_> = told.iter().map(|it| it.arrivals.unwrap()).map(|it| [it.urgent, it.other]).collect();
    assert_eq!(arrivals, [[1.0, 0.0], [0.0, 3.0], [0.0, 0.0], [0.0, 0.0]]);
    let video = pb::ForecastCoverageRequest { channel: Channel::Video.into(), ..question };
    let told = given.forecast(video).await.unwrap();
    assert!(told.iter().all(|it| it.needed == 0), "nothing came by video");
    let elsewhere = person(some_program(), "admin", &[Role::Administrator]);
    let refused = given.services.forecast_coverage(request(&elsewhere, two_hours())).await;
    assert_refused(refused, Reason::RosterNotReady);
}

#[tokio::test]
async fn a_week_of_a_large_line_is_forecast_within_a_call() {
    let given = Given::with_roster("UTC", &[]).await;
    let from = DateTime::parse_from_rfc3339("2027-06-07T00:00:00Z").unwrap().to_utc();
    let until = from + TimeDelta::days(7);
    let arrivals = (0..336).map(|it| pb::Arrivals { urgent: 20.0, other: 100.0 + f64::from(it) }).collect();
    let question = pb::ForecastCoverageRequest {
        from: Some(timestamp(from)),
        until: Some(timestamp(until)),
        arrivals,
        ..pb::ForecastCoverageRequest::default()
    };
    let told = given.forecast(question).await.unwrap();
    assert_eq!(told.len(), 336);
    assert!(told.iter().map(|it| it.needed).is_sorted(), "more contacts never need fewer");
}
