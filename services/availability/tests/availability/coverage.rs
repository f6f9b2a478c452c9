//! Coverage: whether the roster meets the requirements, and holes, each announced once before it happens.

use chrono::{DateTime, TimeDelta, Utc};
use harborline_identity::Role;
use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::coverage_service_server::CoverageService;
use harborline_proto::common::v1::{self as common, Reason};
use harborline_status::violations_of;
use harborline_testkit::{assert_refused, owner, person, request, some_program, wait_until};
use harborline_types::wire::instant;

use crate::fixture::{Given, a_counselor, id, unhurried};
use crate::log;
use crate::shifts::{a_shift, in_days, wire};

/// A requirement of one counselor at any time.
fn one() -> pb::CoverageRequirement {
    pb::CoverageRequirement {
        requirement_id: id(),
        at_least: 1,
        starts: "00:00".to_owned(),
        ends: "00:00".to_owned(),
        ..pb::CoverageRequirement::default()
    }
}

impl Given {
    pub(crate) async fn require(&self, requirement: pb::CoverageRequirement) -> pb::CoverageRequirement {
        let message = pb::PutCoverageRequirementRequest { request_id: id(), requirement: Some(requirement) };
        let answer = self.services.put_coverage_requirement(request(&self.administrator(), message)).await;
        answer.unwrap().into_inner().requirement.unwrap()
    }

    async fn coverage(&self, from: &str, until: &str) -> pb::GetCoverageResponse {
        let message = pb::GetCoverageRequest { from: wire(from), until: wire(until), interval: None };
        self.services.get_coverage(request(&self.administrator(), message)).await.unwrap().into_inner()
    }

    /// The holes of the next day.
    async fn holes(&self) -> Vec<pb::CoverageHole> {
        let now = Utc::now();
        self.coverage(&now.to_rfc3339(), &(now + TimeDelta::days(1)).to_rfc3339()).await.holes
    }

    /// Waits until the one hole of the next day is announced.
    async fn until_announced(&self) -> pb::CoverageHole {
        wait_until("the hole is announced", || async {
            let mut holes = self.holes().await;
            assert!(holes.len() <= 1);
            holes.pop().filter(|hole| hole.announced_at.is_some())
        })
        .await
    }
}

fn text(at: &Option<prost_types::Timestamp>) -> String {
    instant(at.as_ref().unwrap()).unwrap().to_rfc3339()
}

#[tokio::test]
async fn a_credential_that_ends_inside_an_interval_leaves_a_hole_from_that_instant() {
    let given = Given::with_roster("America/New_York", &[]).await;
    let license = |until: &str| pb::Credential {
        r#type: "LCSW".to_owned(),
        jurisdiction: "US-VA".to_owned(),
        valid_from: wire("2020-01-01T00:00:00Z"),
        valid_until: wire(until),
        number: "0904-1".to_owned(),
    };
    for (name, until) in [("ana", "2027-06-10T16:10:00Z"), ("ben", "2030-01-01T00:00:00Z")] {
        given.hire(pb::Counselor { credentials: vec![license(until)], ..a_counselor(name) }).await;
    }
    let day = "2027-06-10".parse().unwrap();
    given.put_shift(a_shift("ana", day, "08:00", "16:00")).await;
    given.put_shift(a_shift("ben", day, "14:00", "16:00")).await;
    let asked = pb::CoverageRequirement {
        credential_type: "LCSW".to_owned(),
        jurisdiction: "US-VA".to_owned(),
        days: vec![common::Weekday::Thursday.into()],
        starts: "09:00".to_owned(),
        ends: "15:00".to_owned(),
        ..one()
    };
    let asked = given.require(asked).await;
    let found = given.coverage("2027-06-10T04:00:00Z", "2027-06-11T04:00:00Z").await;
    let [hole] = &found.holes[..] else { panic!("{} holes", found.holes.len()) };
    assert_eq!(
        [text(&hole.starts_at), text(&hole.ends_at)],
        ["2027-06-10T16:10:00+00:00", "2027-06-10T18:00:00+00:00"]
    );
    assert!(hole.requirement == Some(asked.clone()) && hole.planned == 0 && hole.announced_at.is_none());

    assert_eq!(found.intervals.len(), 48);
    let at = |at: &str| found.intervals.iter().find(|it| text(&it.starts_at) == at).unwrap();
    let noon = at("2027-06-10T16:00:00+00:00");
    assert_eq!(noon.planned, 1, "ana is there, without a valid license");
    let counted =
        |interval: &pb::CoverageInterval| interval.requirements.first().map(|it| [it.required, it.planned, it.missing]);
    assert_eq!(counted(noon), Some([1, 0, 1]));
    assert_eq!(counted(at("2027-06-10T15:30:00+00:00")), Some([1, 1, 0]));
    assert_eq!(counted(at("2027-06-10T18:00:00+00:00")), Some([1, 1, 0]));
    assert_eq!(counted(at("2027-06-10T19:00:00+00:00")), None, "not in force at three");

    // Six hours are required, and from 12:10 to 14:00 no counselor counts. Ana and Ben are on duty for ten hours
    // together; after 12:10 Ana's three hours and fifty minutes are without a license.
    let minutes = |staffing: &Option<pb::StaffingFigures>| {
        let figures = staffing.as_ref().unwrap();
        let times = [&figures.required, &figures.uncovered, &figures.on_duty, &figures.credentialed];
        times.map(|time| time.as_ref().unwrap().seconds / 60)
    };
    assert_eq!(minutes(&found.staffing), [360, 110, 600, 370]);
    assert_eq!(minutes(&noon.staffing), [30, 20, 30, 10]);
}

#[tokio::test]
async fn a_requirement_over_the_night_when_clocks_change_is_met_by_a_shift_over_it() {
    for (day, minutes) in [("2027-03-13", 420), ("2027-11-06", 540)] {
        let given = Given::with_roster("America/New_York", &["ana"]).await;
        let night = pb::CoverageRequirement {
            days: vec![common::Weekday::Saturday.into()],
            starts: "22:00".to_owned(),
            ends: "06:00".to_owned(),
            ..one()
        };
        given.require(night).await;
        let (from, until) = (format!("{day}T12:00:00Z"), format!("{day}T12:00:00Z"));
        let until = (DateTime::parse_from_rfc3339(&until).unwrap() + TimeDelta::days(2)).to_rfc3339();
        let [hole] = &given.coverage(&from, &until).await.holes[..] else { panic!("not one hole") };
        let at = |at: &Option<prost_types::Timestamp>| instant(at.as_ref().unwrap()).unwrap();
        assert_eq!((at(&hole.ends_at) - at(&hole.starts_at)).num_minutes(), minutes);
        given.put_shift(a_shift("ana", day.parse().unwrap(), "22:00", "06:00")).await;
        assert!(given.coverage(&from, &until).await.holes.is_empty());
    }
}

#[tokio::test]
async fn a_hole_in_the_next_day_is_announced_once_and_again_when_it_comes_back() {
    log::begin();
    let given = Given::with_roster("UTC", &["ana", "ben"]).await;
    let always = |name: &str| pb::Shift {
        recurrence: "FREQ=DAILY".to_owned(),
        ..a_shift(name, in_days(0).pred_opt().unwrap(), "00:00", "00:00")
    };
    given.put_shift(always("ana")).await;
    let two = given.require(pb::CoverageRequirement { at_least: 2, language: "en-zz".to_owned(), ..one() }).await;
    let first = given.until_announced().await;
    assert_eq!(first.planned, 1);
    let told = logged_holes(&two);
    assert!(told.len() == 1 && told[0].contains("planned=1"), "{told:?}");
    assert!(!["en-zz", "ana", "ben"].iter().any(|chosen| told[0].contains(chosen)), "{told:?}");

    // The roster changes, but the hole stays as it was: the next check does not announce it again.
    let checked = next_check_due(&given).await;
    given.put_shift(a_shift("ben", in_days(30), "08:00", "16:00")).await;
    wait_until("it is looked at again", || async { (next_check_due(&given).await > checked).then_some(()) }).await;
    let again = given.until_announced().await;
    assert!(again.announced_at == first.announced_at, "the same hole");
    assert_eq!((announcements(&given).await, logged_holes(&two).len()), (1, 1));

    let bens = given.put_shift(always("ben")).await;
    wait_until("the hole is mended", || async { (announcements(&given).await == 0).then_some(()) }).await;
    assert!(given.holes().await.is_empty());
    // The whole shift, with the days that have begun.
    given.put_shift(pb::Shift { counselor_id: "ana".to_owned(), ..bens }).await;
    let back = given.until_announced().await;
    assert!(back.announced_at != first.announced_at, "announced anew");
    assert_eq!(logged_holes(&two).len(), 2);

    let remove = pb::RemoveCoverageRequirementRequest { request_id: id(), requirement_id: two.requirement_id };
    for _ in 0..2 {
        given.services.remove_coverage_requirement(request(&given.administrator(), remove.clone())).await.unwrap();
    }
    assert_eq!(announcements(&given).await, 0);
    let remove = pb::RemoveCoverageRequirementRequest { request_id: id(), ..remove };
    let refused = given.services.remove_coverage_requirement(request(&given.administrator(), remove)).await;
    assert_refused(refused, Reason::CoverageRequirementNotFound);
}

/// The lines of the log about holes of a requirement.
fn logged_holes(asked: &pb::CoverageRequirement) -> Vec<String> {
    let lines = log::lines("have a hole in the roster");
    lines.into_iter().filter(|given| given.contains(&asked.requirement_id)).collect()
}

async fn announcements(given: &Given) -> i64 {
    sqlx::query_scalar("select count(*) from coverage_announcement").fetch_one(&owner(&given.store)).await.unwrap()
}

/// When the next check is due, in microseconds: an hour after the last one. None while one is owed at once.
async fn next_check_due(given: &Given) -> Option<i64> {
    let due = "select (extract(epoch from due_at) * 1000000)::bigint from duty
               where kind = 'coverage' and isfinite(due_at) and lease_until is null";
    sqlx::query_scalar(due).fetch_optional(&owner(&given.store)).await.unwrap()
}

#[tokio::test]
async fn wrong_requests_about_coverage_are_told_all_their_faults() {
    let given = Given::with_roster("America/New_York", &[]).await;
    let (admin, services) = (given.administrator(), &given.services);
    let wrong = pb::CoverageRequirement {
        at_least: 0,
        language: "?".to_owned(),
        jurisdiction: "virginia".to_owned(),
        skills: vec![String::new()],
        channel: 99,
        counselor_kind: 99,
        days: vec![8],
        ..pb::CoverageRequirement::default()
    };
    let put = pb::PutCoverageRequirementRequest { request_id: String::new(), requirement: Some(wrong) };
    let refused = services.put_coverage_requirement(request(&admin, put)).await;
    let named = violations_of(&assert_refused(refused, Reason::RequestInvalid));
    let fields = [
        "requirement_id",
        "at_least",
        "counselor_kind",
        "language",
        "jurisdiction",
        "skills[0]",
        "channel",
        "days[0]",
        "starts",
        "ends",
    ];
    let fields = fields.map(|field| format!("requirement.{field}"));
    assert_eq!(named, [vec!["request_id".to_owned()], fields.to_vec()].concat());

    let refused = services.get_coverage(request(&admin, pb::GetCoverageRequest::default())).await;
    assert_eq!(violations_of(&assert_refused(refused, Reason::RequestInvalid)), ["from", "until"]);
    let minute = Some(prost_types::Duration { seconds: 60, nanos: 0 });
    let get = pb::GetCoverageRequest {
        from: wire("2027-01-02T00:00:00Z"),
        until: wire("2027-01-01T00:00:00Z"),
        interval: minute,
    };
    let refused = services.get_coverage(request(&admin, get)).await;
    assert_eq!(violations_of(&assert_refused(refused, Reason::RequestInvalid)), ["until", "interval"]);
    let get = pb::GetCoverageRequest {
        from: wire("2027-01-01T00:00:00Z"),
        until: wire("2027-02-01T00:00:00Z"),
        interval: None,
    };
    let refused = services.get_coverage(request(&admin, get)).await;
    assert_eq!(violations_of(&assert_refused(refused, Reason::RequestInvalid)), ["interval"]);

    let forecast = pb::ForecastCoverageRequest {
        from: wire("2027-01-01T00:10:00Z"),
        until: wire("2027-01-01T01:00:00Z"),
        arrivals: vec![pb::Arrivals { urgent: -1.0, other: f64::NAN }; 3],
        channel: 99,
        handling: minute.map(|_| prost_types::Duration { seconds: 5, nanos: 0 }),
        patience: minute.map(|_| prost_types::Duration { seconds: 5, nanos: 0 }),
        target_share: 1.0,
        target_wait: minute.map(|_| prost_types::Duration { seconds: 61, nanos: 0 }),
    };
    let named = violations_of(&assert_refused(given.forecast(forecast).await, Reason::RequestInvalid));
    let counts = (0..3).flat_map(|index| ["urgent", "other"].map(|it| format!("arrivals[{index}].{it}")));
    let others = ["channel", "handling", "patience", "target_wait", "target_share"].map(str::to_owned);
    let fields = ["from", "arrivals"].map(str::to_owned).into_iter().chain(counts).chain(others);
    assert_eq!(named, fields.collect::<Vec<_>>());
}

#[tokio::test]
async fn a_program_has_a_hundred_requirements_at_most_and_none_before_its_rules() {
    let given = Given::new(unhurried()).await;
    let put = pb::PutCoverageRequirementRequest { request_id: id(), requirement: Some(one()) };
    let refused = given.services.put_coverage_requirement(request(&given.administrator(), put.clone())).await;
    assert_refused(refused, Reason::RosterNotReady);
    given.keep_roster("UTC", false).await;
    let last = given.require(one()).await;
    for _ in 0..99 {
        given.require(one()).await;
    }
    let refused = given.services.put_coverage_requirement(request(&given.administrator(), put)).await;
    assert_refused(refused, Reason::RequestInvalid);
    given.require(pb::CoverageRequirement { at_least: 3, ..last }).await;
    let list = pb::ListCoverageRequirementsRequest {};
    let listed = given.services.list_coverage_requirements(request(&given.administrator(), list)).await.unwrap();
    assert_eq!(listed.into_inner().requirements.len(), 100);

    let elsewhere = person(some_program(), "admin", &[Role::Administrator]);
    let list = pb::ListCoverageRequirementsRequest {};
    let listed = given.services.list_coverage_requirements(request(&elsewhere, list)).await.unwrap();
    assert!(listed.into_inner().requirements.is_empty());
}
