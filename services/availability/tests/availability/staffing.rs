//! Staffing: counselors on duty by the record of presences, beside the plan.

use chrono::{DateTime, TimeDelta, Utc};
use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::coverage_service_server::CoverageService;
use harborline_proto::availability::v1::measure_service_server::MeasureService;
use harborline_testkit::{owner, request};
use harborline_types::RequirementId;
use harborline_types::wire::timestamp;

use crate::fixture::{Given, id, unhurried};
use crate::shifts::a_shift;

/// Noon of yesterday, and so many minutes.
fn noon(minutes: i64) -> DateTime<Utc> {
    let yesterday = Utc::now().date_naive() - TimeDelta::days(1);
    yesterday.and_hms_opt(12, 0, 0).unwrap().and_utc() + TimeDelta::minutes(minutes)
}

async fn measured(given: &Given, from: DateTime<Utc>, until: DateTime<Utc>) -> pb::GetMeasuresResponse {
    let message = pb::GetMeasuresRequest {
        from: Some(timestamp(from)),
        until: Some(timestamp(until)),
        interval: pb::MeasureInterval::QuarterHour.into(),
        ..pb::GetMeasuresRequest::default()
    };
    given.services.get_measures(request(&given.administrator(), message)).await.unwrap().into_inner()
}

async fn was(given: &Given, name: &str, history: &[(i64, &str)]) {
    for (minutes, state) in history {
        let row = "insert into presence_event (program_id, counselor_id, at, state) values ($1, $2, $3, $4)";
        let row = sqlx::query(row).bind(given.program).bind(name).bind(noon(*minutes)).bind(*state);
        row.execute(&owner(&given.store)).await.unwrap();
    }
}

/// One speaker of Spanish at any hour.
async fn require(given: &Given) {
    let requirement = Some(pb::CoverageRequirement {
        requirement_id: RequirementId::new().to_string(),
        at_least: 1,
        language: "es".to_owned(),
        starts: "00:00".to_owned(),
        ends: "00:00".to_owned(),
        ..pb::CoverageRequirement::default()
    });
    let put = pb::PutCoverageRequirementRequest { request_id: id(), requirement };
    given.services.put_coverage_requirement(request(&given.administrator(), put)).await.unwrap();
}

/// The minutes required, uncovered and on duty.
fn minutes(figures: Option<pb::StaffingFigures>) -> [i64; 3] {
    let figures = figures.unwrap();
    [figures.required, figures.uncovered, figures.on_duty].map(|time| {
        let time = time.unwrap();
        assert_eq!((time.seconds % 60, time.nanos), (0, 0));
        time.seconds / 60
    })
}

#[tokio::test]
async fn uncovered_time_is_what_the_record_of_presence_leaves_of_what_is_required_beside_what_was_planned() {
    let given = Given::with_roster("UTC", &["bo"]).await;
    let languages = vec!["en".to_owned(), "es".to_owned()];
    given.hire(pb::Counselor { languages, ..crate::fixture::a_counselor("ana") }).await;
    require(&given).await;
    given.put_shift(a_shift("ana", noon(0).date_naive(), "12:00", "12:30")).await;
    was(&given, "ana", &[(10, "here"), (20, "on_break"), (25, "off_duty")]).await;
    // A counselor who does not count for the requirement is on duty all the same, from before the span until after it.
    was(&given, "bo", &[(-90, "here")]).await;

    let measures = measured(&given, noon(0), noon(60)).await;
    let all = measures.all_staffing.unwrap();
    assert_eq!((minutes(all.actual), minutes(all.planned)), ([60, 45, 75], [60, 30, 30]));
    assert_eq!((all.from, all.until), (Some(timestamp(noon(0))), Some(timestamp(noon(60)))));
    let rows: Vec<_> = measures.staffing.iter().map(|row| (minutes(row.actual), minutes(row.planned))).collect();
    assert_eq!(
        rows,
        [
            ([15, 10, 20], [15, 0, 15]),
            ([15, 5, 25], [15, 0, 15]),
            ([15, 15, 15], [15, 15, 0]),
            ([15, 15, 15], [15, 15, 0]),
        ]
    );
}

#[tokio::test]
async fn time_that_has_not_passed_is_in_no_figure_and_without_a_roster_there_is_none() {
    let given = Given::new(unhurried()).await;
    let now = Utc::now();
    let (before, after) = (now - TimeDelta::hours(1), now + TimeDelta::hours(1));
    assert!(measured(&given, before, after).await.all_staffing.is_none());
    given.keep_roster("UTC", false).await;
    require(&given).await;
    assert!(measured(&given, after, after + TimeDelta::hours(1)).await.all_staffing.is_none());
    let required = measured(&given, before, after).await.all_staffing.unwrap().actual.unwrap().required.unwrap();
    assert!((3_599..3_900).contains(&required.seconds), "{}", required.seconds);
}
