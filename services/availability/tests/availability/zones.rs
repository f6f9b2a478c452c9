//! Counselors in other time zones: shifts are on the program's clock, and are also given on the counselor's own.

use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::roster_service_server::RosterService;
use harborline_proto::common::v1::Reason;
use harborline_status::violations_of;
use harborline_testkit::{assert_refused, request};

use crate::fixture::{Given, a_counselor, id};
use crate::shifts::a_shift;

fn at_home_in(zone: &str, name: &str) -> pb::Counselor {
    pb::Counselor { time_zone: zone.to_owned(), ..a_counselor(name) }
}

#[tokio::test]
async fn a_shift_is_on_the_programs_clock_and_also_given_on_its_counselors_when_both_change() {
    let given = Given::with_roster("America/New_York", &["ana"]).await;
    given.hire(at_home_in("America/Denver", "bo")).await;
    for name in ["ana", "bo"] {
        given.put_shift(a_shift(name, "2027-03-13".parse().unwrap(), "22:00", "06:00")).await;
    }
    let roster = given.roster("2027-03-14T00:00:00Z", "2027-03-15T00:00:00Z").await;
    let mut told: Vec<_> = roster
        .iter()
        .map(|entry| (entry.counselor_id.as_str(), entry.starts_at_local.as_str(), entry.ends_at_local.as_str()))
        .collect();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            ("ana", "2027-03-13T22:00:00-05:00", "2027-03-14T06:00:00-04:00"),
            ("bo", "2027-03-13T20:00:00-07:00", "2027-03-14T04:00:00-06:00"),
        ]
    );
    assert_eq!(roster[0].starts_at, roster[1].starts_at);
}

#[tokio::test]
async fn a_time_zone_is_shown_may_be_given_up_and_must_be_one() {
    let given = Given::with_roster("America/New_York", &[]).await;
    let (admin, services) = (given.administrator(), &given.services);
    let listed = async || {
        let list = pb::ListCounselorsRequest::default();
        let counselors = services.list_counselors(request(&admin, list)).await.unwrap().into_inner().counselors;
        counselors.into_iter().map(|counselor| counselor.time_zone).collect::<Vec<_>>()
    };
    given.hire(at_home_in("America/Denver", "bo")).await;
    assert_eq!(listed().await, ["America/Denver"]);
    given.hire(a_counselor("bo")).await;
    assert_eq!(listed().await, [""]);

    let put = pb::PutCounselorRequest { request_id: id(), counselor: Some(at_home_in("Mars/Olympus", "bo")) };
    let refused = services.put_counselor(request(&admin, put)).await;
    assert_eq!(violations_of(&assert_refused(refused, Reason::RequestInvalid)), ["counselor.time_zone"]);
}
