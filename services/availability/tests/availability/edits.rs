//! Two people who edit the same thing at once do not undo each other's work: the second edit of the same version is
//! refused.

use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::coverage_service_server::CoverageService;
use harborline_proto::availability::v1::roster_service_server::RosterService;
use harborline_proto::availability::v1::shift_service_server::ShiftService;
use harborline_proto::common::v1::Reason;
use harborline_testkit::{assert_refused, request};

use crate::fixture::{Given, a_counselor, id, unhurried};
use crate::shifts::{a_shift, in_days};

/// Writes an unchanged row under the version that was read, then two edits of that version. Asserts that the second is
/// refused, and accepted without a version.
macro_rules! assert_second_edit_is_refused {
    ($given:expr, $put:ident, $request:ident { $field:ident }, $read:expr, $edits:expr) => {{
        let put = async |message| {
            let message = pb::$request { request_id: id(), $field: Some(message) };
            let answer = $given.services.$put(request(&$given.administrator(), message)).await;
            answer.map(|answer| answer.into_inner().$field.unwrap())
        };
        let read = $read;
        assert!(!read.etag.is_empty());
        assert!(put(read.clone()).await.unwrap() == read, "nothing was edited");
        let [first, second] = $edits(read.clone());
        assert_ne!(put(first).await.unwrap().etag, read.etag);
        assert_refused(put(second.clone()).await.map(drop), Reason::EtagMismatch);
        let mut over_all = second;
        over_all.etag.clear();
        put(over_all).await.unwrap();
    }};
}

#[tokio::test]
async fn an_edit_of_a_version_that_was_changed_meanwhile_is_refused() {
    let given = Given::with_roster("America/New_York", &["ana", "ben"]).await;
    let call = given.administrator();
    let rules = given.services.get_roster_rules(request(&call, pb::GetRosterRulesRequest {})).await.unwrap();
    let rules = rules.into_inner().rules.unwrap();
    assert_second_edit_is_refused!(
        given,
        put_roster_rules,
        PutRosterRulesRequest { rules },
        rules,
        |read: pb::RosterRules| {
            ["America/Denver", "America/Chicago"]
                .map(|zone| pb::RosterRules { time_zone: zone.to_owned(), ..read.clone() })
        }
    );
    let asked = pb::GetCounselorRequest { counselor_id: "ana".to_owned() };
    let ana = given.services.get_counselor(request(&call, asked)).await.unwrap().into_inner().counselor.unwrap();
    assert_second_edit_is_refused!(
        given,
        put_counselor,
        PutCounselorRequest { counselor },
        ana,
        |read: pb::Counselor| {
            ["Ana B.", "Ana C."].map(|name| pb::Counselor { name: name.to_owned(), ..read.clone() })
        }
    );
    let shift = given.put_shift(a_shift("ana", in_days(2), "22:00", "06:00")).await;
    assert_second_edit_is_refused!(given, put_shift, PutShiftRequest { shift }, shift, |read: pb::Shift| {
        ["05:00", "07:00"].map(|ends| pb::Shift { ends: ends.to_owned(), ..read.clone() })
    });
    let requirement = pb::CoverageRequirement {
        requirement_id: id(),
        at_least: 1,
        starts: "00:00".to_owned(),
        ends: "00:00".to_owned(),
        ..Default::default()
    };
    let requirement = given.require(requirement).await;
    assert_second_edit_is_refused!(
        given,
        put_coverage_requirement,
        PutCoverageRequirementRequest { requirement },
        requirement,
        |read: pb::CoverageRequirement| [2, 3].map(|at_least| pb::CoverageRequirement { at_least, ..read.clone() })
    );
}

#[tokio::test]
async fn an_edit_of_what_is_not_there_is_refused() {
    let given = Given::with_roster("America/New_York", &["ana"]).await;
    let etag = || "of something that was there".to_owned();
    let ben = pb::Counselor { etag: etag(), ..a_counselor("ben") };
    let message = pb::PutCounselorRequest { request_id: id(), counselor: Some(ben) };
    let refused = given.services.put_counselor(request(&given.administrator(), message)).await;
    assert_refused(refused.map(drop), Reason::EtagMismatch);
    let message = pb::PutShiftRequest {
        request_id: id(),
        shift: Some(pb::Shift { etag: etag(), ..a_shift("ana", in_days(2), "22:00", "06:00") }),
    };
    let refused = given.services.put_shift(request(&given.administrator(), message)).await;
    assert_refused(refused.map(drop), Reason::EtagMismatch);
}

#[tokio::test]
async fn the_configuration_of_a_pool_is_read_and_edited_by_one_person_after_the_other() {
    let given = Given::with_roster("America/New_York", &["ana"]).await;
    let call = given.administrator();
    let read = async || given.services.get_pool(request(&call, pb::GetPoolRequest {})).await.unwrap().into_inner();
    let put = async |emergency_offers, etag: &str| {
        let response_times = Some(pb::ResponseTimes { emergency_offers, ..read().await.response_times.unwrap() });
        let message =
            pb::PutPoolRequest { request_id: id(), response_times, etag: etag.to_owned(), ..Default::default() };
        given.services.put_pool(request(&call, message)).await.map(tonic::Response::into_inner)
    };
    let held = read().await;
    let changed = put(3, &held.etag).await.unwrap();
    assert_ne!(changed.etag, held.etag);
    assert_refused(put(4, &held.etag).await.map(drop), Reason::EtagMismatch);
    let now = read().await;
    assert_eq!((now.response_times.unwrap().emergency_offers, &now.etag), (3, &changed.etag));
    put(5, "").await.unwrap();
    assert_eq!(read().await.response_times.unwrap().emergency_offers, 5);
}

#[tokio::test]
async fn of_many_edits_of_a_pool_at_once_one_wins() {
    let given = Given::new(unhurried()).await;
    let call = given.administrator();
    let read = given.services.get_pool(request(&call, pb::GetPoolRequest {})).await.unwrap().into_inner();
    let put = |urgent_in_a_row| {
        let fatigue_rules = Some(pb::FatigueRules { urgent_in_a_row, ..read.fatigue_rules.unwrap_or_default() });
        let (response_times, etag) = (read.response_times.clone(), read.etag.clone());
        let message = pb::PutPoolRequest { request_id: id(), response_times, fatigue_rules, etag };
        let (services, call) = (given.services.clone(), call.clone());
        tokio::spawn(async move { services.put_pool(request(&call, message)).await.is_ok() })
    };
    let mut won = 0;
    for put in (10..18).map(put).collect::<Vec<_>>() {
        won += usize::from(put.await.unwrap());
    }
    assert_eq!(won, 1);
}
