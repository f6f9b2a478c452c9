//! The roster: shifts on the wall clock, and the on-call ladder.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use harborline_identity::Role;
use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::roster_service_server::RosterService;
use harborline_proto::availability::v1::shift_service_server::ShiftService;
use harborline_proto::common::v1::Reason;
use harborline_status::violations_of;
use harborline_testkit::{assert_refused, counselor, owner, person, request, some_program, wait_until};
use harborline_types::wire::{instant, timestamp};
use tonic::Status;

use crate::credentials::showing;
use crate::fixture::{Given, Work, a_counselor, id, unhurried};
use crate::swaps::{day_of, offering};

pub(crate) fn wire(at: &str) -> Option<prost_types::Timestamp> {
    Some(timestamp(DateTime::parse_from_rfc3339(at).unwrap().to_utc()))
}

/// A local day so many days from now.
pub(crate) fn in_days(days: u64) -> NaiveDate {
    Utc::now().date_naive() + Days::new(days)
}

/// A line shift on one day.
pub(crate) fn a_shift(counselor: &str, day: NaiveDate, starts: &str, ends: &str) -> pb::Shift {
    pb::Shift {
        shift_id: id(),
        counselor_id: counselor.to_owned(),
        kind: pb::ShiftKind::Line.into(),
        first_day: day.to_string(),
        starts: starts.to_owned(),
        ends: ends.to_owned(),
        ..pb::Shift::default()
    }
}

impl Given {
    /// A program whose roster is kept in this zone, with these counselors.
    pub(crate) async fn with_roster(zone: &str, counselors: &[&str]) -> Self {
        let given = Given::new(unhurried()).await;
        given.keep_roster(zone, false).await;
        for name in counselors {
            given.hire(a_counselor(name)).await;
        }
        given
    }

    pub(crate) async fn keep_roster(&self, zone: &str, swaps_need_supervisor: bool) {
        let rules = Some(pb::RosterRules { time_zone: zone.to_owned(), swaps_need_supervisor, ..Default::default() });
        let message = pb::PutRosterRulesRequest { request_id: id(), rules };
        self.services.put_roster_rules(request(&self.administrator(), message)).await.unwrap();
    }

    pub(crate) async fn put_shift(&self, shift: pb::Shift) -> pb::Shift {
        let message = pb::PutShiftRequest { request_id: id(), shift: Some(shift) };
        let answer = self.services.put_shift(request(&self.administrator(), message)).await;
        answer.unwrap().into_inner().shift.unwrap()
    }

    pub(crate) async fn cancel(&self, shift: &pb::Shift, day: &str) -> Result<(), Status> {
        let message =
            pb::CancelShiftRequest { request_id: id(), shift_id: shift.shift_id.clone(), day: day.to_owned() };
        self.services.cancel_shift(request(&self.administrator(), message)).await.map(drop)
    }

    pub(crate) async fn roster(&self, from: &str, until: &str) -> Vec<pb::RosterEntry> {
        let message = pb::GetRosterRequest { from: wire(from), until: wire(until), counselor_id: String::new() };
        self.services.get_roster(request(&self.administrator(), message)).await.unwrap().into_inner().entries
    }

    /// The roster of the next ten days, as "day name".
    pub(crate) async fn coming(&self) -> Vec<String> {
        let from = Utc::now();
        let until = from + TimeDelta::days(10);
        let entries = self.roster(&from.to_rfc3339(), &until.to_rfc3339()).await;
        let written = |entry: pb::RosterEntry| format!("{} {}", entry.shift_day.unwrap().day, entry.counselor_id);
        entries.into_iter().map(written).collect()
    }
}

pub(crate) fn hours(entry: &pb::RosterEntry) -> i64 {
    let at = |at: &Option<prost_types::Timestamp>| instant(at.as_ref().unwrap()).unwrap();
    (at(&entry.ends_at) - at(&entry.starts_at)).num_hours()
}

#[tokio::test]
async fn night_shifts_are_an_hour_shorter_and_longer_when_clocks_change_in_two_zones() {
    for (zone, spring, autumn) in
        [("America/New_York", "2027-03-13", "2027-11-06"), ("Europe/Berlin", "2027-03-27", "2027-10-30")]
    {
        let given = Given::with_roster(zone, &["ana"]).await;
        let nights = pb::Shift {
            recurrence: "FREQ=DAILY".to_owned(),
            ..a_shift("ana", "2027-01-01".parse().unwrap(), "22:00", "06:00")
        };
        given.put_shift(nights).await;
        for (day, long) in [(spring, 7), (autumn, 9), ("2027-06-10", 8)] {
            let around = |days: u64| (day.parse::<NaiveDate>().unwrap() + Days::new(days)).format("%FT20:00:00Z");
            let roster = given.roster(&around(0).to_string(), &around(1).to_string()).await;
            let entry = roster.iter().find(|entry| entry.shift_day.as_ref().unwrap().day == day).unwrap();
            assert_eq!(hours(entry), long, "{zone} {day}");
        }
    }
}

#[tokio::test]
async fn western_canada_stays_on_summer_time_in_the_winter_of_2026() {
    for (zone, starts, ends) in [
        ("America/Vancouver", "2026-12-07T15:00:00Z", "2026-12-07T23:00:00Z"),
        ("America/Edmonton", "2026-12-07T14:00:00Z", "2026-12-07T22:00:00Z"),
    ] {
        let given = Given::with_roster(zone, &["ana"]).await;
        let days = pb::Shift {
            recurrence: "FREQ=WEEKLY;BYDAY=MO".to_owned(),
            ..a_shift("ana", "2026-06-01".parse().unwrap(), "08:00", "16:00")
        };
        given.put_shift(days).await;
        let roster = given.roster("2026-12-07T00:00:00Z", "2026-12-08T00:00:00Z").await;
        assert_eq!(roster.len(), 1);
        assert_eq!((roster[0].starts_at, roster[0].ends_at), (wire(starts), wire(ends)), "{zone}");
    }
}

#[tokio::test]
async fn a_canceled_day_is_off_the_roster_and_a_canceled_shift_ends() {
    let given = Given::with_roster("America/New_York", &["ana"]).await;
    let (first, second, third) = (in_days(2), in_days(3), in_days(4));
    let shift = pb::Shift {
        recurrence: "FREQ=DAILY".to_owned(),
        last_day: third.to_string(),
        ..a_shift("ana", first, "08:00", "16:00")
    };
    let shift = given.put_shift(shift).await;
    assert_eq!(given.coming().await, [first, second, third].map(|day| format!("{day} ana")));
    given.cancel(&shift, &second.to_string()).await.unwrap();
    assert_eq!(given.coming().await, [first, third].map(|day| format!("{day} ana")));
    assert_refused(given.cancel(&shift, &in_days(5).to_string()).await, Reason::ShiftNotFound);
    given.cancel(&shift, "").await.unwrap();
    assert_eq!(given.coming().await, [""; 0]);
    let begun = a_shift("ana", in_days(0).pred_opt().unwrap(), "00:00", "00:00");
    let begun = given.put_shift(begun).await;
    assert_refused(given.cancel(&begun, &begun.first_day).await, Reason::ShiftNotFound);
}

#[tokio::test]
async fn the_first_of_the_ladder_becomes_supervisor_on_call_until_another_is_named() {
    let given = Given::with_roster("UTC", &["first", "second", "third"]).await;
    let on_call = |name: &str, rung| pb::Shift {
        kind: pb::ShiftKind::OnCall.into(),
        rung,
        recurrence: "FREQ=DAILY".to_owned(),
        ..a_shift(name, in_days(0).pred_opt().unwrap(), "00:00", "00:00")
    };
    given.put_shift(on_call("second", 2)).await;
    given.intake.until_told("on call second 1").await;
    let first = given.put_shift(on_call("first", 1)).await;
    given.intake.until_told("on call first 2").await;
    let message = pb::GetOnCallLadderRequest::default();
    let ladder = given.services.get_on_call_ladder(request(&given.administrator(), message)).await.unwrap();
    let names: Vec<_> = ladder.into_inner().entries.into_iter().map(|entry| entry.counselor_id).collect();
    assert_eq!(names, ["first", "second"]);

    let by_hand = pb::PutSupervisorOnCallRequest {
        request_id: id(),
        supervisor_id: "third".to_owned(),
        name: "Third".to_owned(),
    };
    given.services.put_supervisor_on_call(request(&given.administrator(), by_hand)).await.unwrap();
    given.intake.until_told("on call third 3").await;
    // A change of the roster that does not change the ladder leaves the supervisor who was named.
    given.put_shift(a_shift("third", in_days(2), "08:00", "16:00")).await;
    given.put_shift(on_call("third", 3)).await;
    given.cancel(&first, "").await.unwrap();
    // The first on the ladder until tonight: a shift day that has begun stays.
    let message = pb::PutShiftRequest {
        request_id: id(),
        shift: Some(pb::Shift { shift_id: first.shift_id, ..on_call("second", 1) }),
    };
    given.services.put_shift(request(&given.administrator(), message)).await.unwrap();
    given.intake.until_told("on call second 4").await;
}

#[tokio::test]
async fn a_supervisor_named_by_hand_holds_until_the_ladder_changes_and_that_it_becomes_empty_is_a_change() {
    // Ana is on the ladder, then nobody, then Ana again. The result is the same with and without a check in between.
    for checked_at_noon in [true, false] {
        let clock = showing("2027-06-10T07:00:00Z");
        let mut given = Given::with_work(unhurried(), Work { notify: None, lease_seconds: 5, clock }).await;
        given.keep_roster("UTC", false).await;
        given.hire(a_counselor("ana")).await;
        for (starts, ends) in [("00:00", "08:00"), ("16:00", "23:00")] {
            let shift = a_shift("ana", "2027-06-10".parse().unwrap(), starts, ends);
            given.put_shift(pb::Shift { kind: pb::ShiftKind::OnCall.into(), rung: 1, ..shift }).await;
        }
        given.intake.until_told("on call ana 1").await;
        assert_eq!(given.put_on_call("ben", "Ben").await, 2);
        given.intake.until_told("on call ben 2").await;
        let on_call = "select supervisor_id from supervisor_on_call";
        if checked_at_noon {
            given.sleep_until(showing("2027-06-10T12:00:00Z")).await;
            let empty = || async {
                let empty = "select ladder_named is null from roster_rules";
                sqlx::query_scalar::<_, bool>(empty).fetch_one(&owner(&given.store)).await.unwrap().then_some(())
            };
            wait_until("the ladder is seen to be empty", empty).await;
            let stays: String = sqlx::query_scalar(on_call).fetch_one(&owner(&given.store)).await.unwrap();
            assert_eq!(stays, "ben", "a waiting contact always has an owner");
        }
        given.sleep_until(showing("2027-06-10T17:00:00Z")).await;
        given.intake.until_told("on call ana 3").await;
    }
}

#[tokio::test]
async fn without_roster_rules_local_times_mean_nothing() {
    let given = Given::new(unhurried()).await;
    given.hire(a_counselor("ana")).await;
    let admin = given.administrator();
    let shift = Some(a_shift("ana", in_days(2), "08:00", "16:00"));
    let put = pb::PutShiftRequest { request_id: id(), shift };
    assert_refused(given.services.put_shift(request(&admin, put)).await, Reason::RosterNotReady);
    let get = pb::GetRosterRulesRequest {};
    assert_refused(given.services.get_roster_rules(request(&admin, get)).await, Reason::RosterNotReady);
    let at = pb::GetOnCallLadderRequest::default();
    assert_refused(given.services.get_on_call_ladder(request(&admin, at)).await, Reason::RosterNotReady);
}

#[tokio::test]
async fn a_wrong_request_about_shifts_is_told_all_its_faults() {
    let given = Given::with_roster("America/New_York", &["ana"]).await;
    let (admin, services) = (given.administrator(), &given.services);
    let refused = services.put_shift(request(&admin, pb::PutShiftRequest::default())).await;
    let named = violations_of(&assert_refused(refused, Reason::RequestInvalid));
    let fields = ["shift_id", "counselor_id", "kind", "first_day", "starts", "ends"].map(|it| format!("shift.{it}"));
    assert_eq!(named, [vec!["request_id".to_owned(), "shift".to_owned()], fields.to_vec()].concat());

    let wrong = pb::Shift {
        rung: 3,
        recurrence: "FREQ=HOURLY".to_owned(),
        first_day: "2026-13-01".to_owned(),
        last_day: "2026-02-30".to_owned(),
        starts: "25:00".to_owned(),
        ..a_shift("ana", in_days(2), "08:00", "16:00")
    };
    let refused =
        services.put_shift(request(&admin, pb::PutShiftRequest { request_id: id(), shift: Some(wrong) })).await;
    let named = violations_of(&assert_refused(refused, Reason::RequestInvalid));
    assert_eq!(named, ["shift.rung", "shift.first_day", "shift.last_day", "shift.starts", "shift.recurrence"]);

    let early = pb::Shift { last_day: in_days(1).to_string(), ..a_shift("ana", in_days(2), "08:00", "16:00") };
    let refused =
        services.put_shift(request(&admin, pb::PutShiftRequest { request_id: id(), shift: Some(early) })).await;
    assert_eq!(violations_of(&assert_refused(refused, Reason::RequestInvalid)), ["shift.last_day"]);
    let nobody = Some(a_shift("nobody", in_days(2), "08:00", "16:00"));
    let refused = services.put_shift(request(&admin, pb::PutShiftRequest { request_id: id(), shift: nobody })).await;
    assert_refused(refused, Reason::CounselorNotFound);

    let rules = Some(pb::RosterRules {
        time_zone: "Mars/Olympus".to_owned(),
        swaps_need_supervisor: false,
        ..Default::default()
    });
    let put = pb::PutRosterRulesRequest { request_id: String::new(), rules };
    let named =
        violations_of(&assert_refused(services.put_roster_rules(request(&admin, put)).await, Reason::RequestInvalid));
    assert_eq!(named, ["rules.time_zone", "request_id"].map(str::to_owned).into_iter().rev().collect::<Vec<_>>());
    let long = pb::GetRosterRequest {
        from: wire("2027-01-01T00:00:00Z"),
        until: wire("2027-01-17T00:00:00Z"),
        ..Default::default()
    };
    let named =
        violations_of(&assert_refused(services.get_roster(request(&admin, long)).await, Reason::RequestInvalid));
    assert_eq!(named, ["until"]);
}

#[tokio::test]
async fn calls_about_shifts_may_be_repeated() {
    let given = Given::with_roster("America/New_York", &["ana", "ben"]).await;
    let (admin, services) = (given.administrator(), &given.services);
    let [ana, ben] = ["ana", "ben"].map(|name| counselor(given.program, name));
    let put = pb::PutShiftRequest { request_id: id(), shift: Some(a_shift("ana", in_days(2), "08:00", "16:00")) };
    let first = services.put_shift(request(&admin, put.clone())).await.unwrap().into_inner();
    let shift = first.shift.clone().unwrap();
    let offer = offering(&shift, "", None);
    let offered = services.offer_shift_swap(request(&ana, offer.clone())).await.unwrap().into_inner();
    let swap_id = offered.swap.clone().unwrap().swap_id;
    let accept = pb::AcceptShiftSwapRequest { request_id: id(), swap_id };
    let accepted = services.accept_shift_swap(request(&ben, accept.clone())).await.unwrap().into_inner();

    assert!(services.put_shift(request(&admin, put)).await.unwrap().into_inner() == first);
    assert!(services.offer_shift_swap(request(&ana, offer)).await.unwrap().into_inner() == offered);
    assert!(services.accept_shift_swap(request(&ben, accept)).await.unwrap().into_inner() == accepted);
    assert_eq!(given.open_swaps(&admin).await, 0, "one offer, which is done");
    assert_eq!(given.coming().await, [format!("{} ben", in_days(2))]);
    let cancel = pb::CancelShiftRequest { request_id: id(), shift_id: shift.shift_id, day: shift.first_day };
    for _ in 0..2 {
        services.cancel_shift(request(&admin, cancel.clone())).await.unwrap();
        assert_eq!(given.coming().await, [""; 0]);
    }
}

#[tokio::test]
async fn another_programs_shifts_and_swaps_are_not_there() {
    let given = Given::with_roster("America/New_York", &["ana", "ben"]).await;
    let shift = given.put_shift(a_shift("ana", in_days(2), "08:00", "16:00")).await;
    let swap = given.offer(offering(&shift, "", None), "ana").await.unwrap();
    let elsewhere = some_program();
    let admin = person(elsewhere, "admin", &[Role::Administrator, Role::Supervisor]);
    let services = &given.services;
    let rules = Some(pb::RosterRules {
        time_zone: "America/New_York".to_owned(),
        swaps_need_supervisor: true,
        ..Default::default()
    });
    let put = pb::PutRosterRulesRequest { request_id: id(), rules };
    services.put_roster_rules(request(&admin, put)).await.unwrap();
    let hire = pb::PutCounselorRequest { request_id: id(), counselor: Some(a_counselor("ben")) };
    services.put_counselor(request(&admin, hire)).await.unwrap();

    let cancel = pb::CancelShiftRequest { request_id: id(), shift_id: shift.shift_id.clone(), day: String::new() };
    assert_refused(services.cancel_shift(request(&admin, cancel)).await, Reason::ShiftNotFound);
    let accept = pb::AcceptShiftSwapRequest { request_id: id(), swap_id: swap.swap_id.clone() };
    let ben = counselor(elsewhere, "ben");
    assert_refused(services.accept_shift_swap(request(&ben, accept)).await, Reason::ShiftSwapNotFound);
    let approve = pb::ApproveShiftSwapRequest { request_id: id(), swap_id: swap.swap_id.clone() };
    assert_refused(services.approve_shift_swap(request(&admin, approve)).await, Reason::ShiftSwapNotFound);
    assert_refused(given.close(&swap, &admin).await, Reason::ShiftSwapNotFound);
    let list = services.list_shifts(request(&admin, pb::ListShiftsRequest::default())).await.unwrap().into_inner();
    assert!(list.shifts.is_empty());
    assert_eq!(given.open_swaps(&admin).await, 0);
    let offer = pb::OfferShiftSwapRequest { request_id: id(), given: day_of(&shift), ..Default::default() };
    assert_refused(
        services.offer_shift_swap(request(&counselor(elsewhere, "ana"), offer)).await,
        Reason::ShiftNotFound,
    );
}

#[tokio::test]
async fn shifts_come_in_pages_without_gap_or_repetition() {
    let given = Given::with_roster("America/New_York", &["ana"]).await;
    let mut put = Vec::new();
    for days in 2..5 {
        put.push(given.put_shift(a_shift("ana", in_days(days), "08:00", "16:00")).await.shift_id);
    }
    put.sort();
    let (mut listed, mut page_token) = (Vec::new(), String::new());
    loop {
        let message = pb::ListShiftsRequest { page_size: 2, page_token };
        let page = given.services.list_shifts(request(&given.administrator(), message)).await.unwrap().into_inner();
        listed.extend(page.shifts.into_iter().map(|shift| shift.shift_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(listed, put);
}
