//! Wall clocks that change, days that come again, and days that change hands.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta, Weekday};
use harborline_types::{PersonId, ShiftId, SwapId, Timestamp, Unlimited};
use proptest::prelude::*;
use uuid::Uuid;

use super::clocks::{apia, berlin, lord_howe, new_york};
use super::*;
use crate::domain::Span;

fn at(text: &str) -> Timestamp {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

fn local(text: &str) -> NaiveDateTime {
    text.parse().unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn hours(starts: &str, ends: &str) -> Hours {
    Hours { starts: starts.parse().unwrap(), ends: ends.parse().unwrap() }
}

fn who(name: &str) -> PersonId {
    PersonId::parse(name).unwrap()
}

fn shift(number: u128, counselor: &str, first_day: &str, starts: &str, ends: &str, rule: &str) -> Shift {
    let first_day = day(first_day);
    Shift {
        id: ShiftId(Uuid::from_u128(number)),
        counselor: who(counselor),
        kind: ShiftKind::Line,
        first_day,
        last_day: None,
        hours: hours(starts, ends),
        recurrence: (!rule.is_empty()).then(|| Recurrence::parse(rule, first_day).unwrap()),
        canceled_at: None,
    }
}

/// The roster, without a budget.
fn roster(shifts: &[Shift], changes: &DayChanges, zone: Zone, window: Span) -> Vec<RosterEntry> {
    crate::domain::shift::roster(shifts, changes, zone, window, &Unlimited).unwrap()
}

/// How many minutes hours have on a day.
fn minutes(zone: Zone, on: &str, starts: &str, ends: &str) -> i64 {
    hours(starts, ends).on(zone, day(on)).map_or(0, |span| (span.until - span.from).num_minutes())
}

#[test]
fn a_night_shift_over_the_change_is_an_hour_shorter_in_spring_and_longer_in_autumn() {
    for (zone, spring, autumn) in [
        (new_york(), "2026-03-07", "2026-10-31"),
        (berlin(), "2026-03-28", "2026-10-24"),
        (lord_howe(), "2026-10-03", "2026-04-04"),
    ] {
        let change = if zone == lord_howe() { 30 } else { 60 };
        assert_eq!(minutes(zone, spring, "22:00", "06:00"), 480 - change, "{zone} {spring}");
        assert_eq!(minutes(zone, autumn, "22:00", "06:00"), 480 + change, "{zone} {autumn}");
        assert_eq!(minutes(zone, "2026-06-10", "22:00", "06:00"), 480, "{zone}");
    }
}

#[test]
fn a_time_that_does_not_exist_is_the_instant_at_which_clocks_go_forward() {
    for missing in ["2026-03-08T02:00:00", "2026-03-08T02:30:00", "2026-03-08T02:59:00", "2026-03-08T03:00:00"] {
        assert_eq!(instant(new_york(), local(missing)), at("2026-03-08T03:00:00-04:00"), "{missing}");
    }
    assert_eq!(instant(berlin(), local("2026-03-29T02:30:00")), at("2026-03-29T03:00:00+02:00"));
    // Samoa had no 30 December 2011 at all.
    assert_eq!(instant(apia(), local("2011-12-30T12:00:00")), at("2011-12-31T00:00:00+14:00"));
    assert_eq!(minutes(apia(), "2011-12-30", "08:00", "16:00"), 0);
    assert_eq!(minutes(new_york(), "2026-03-08", "02:00", "02:45"), 0);
}

#[test]
fn a_time_that_exists_twice_is_the_first() {
    assert_eq!(instant(new_york(), local("2026-11-01T01:30:00")), at("2026-11-01T01:30:00-04:00"));
    assert_eq!(instant(berlin(), local("2026-10-25T02:30:00")), at("2026-10-25T02:30:00+02:00"));
    // 01:30 exists twice. A shift ends at the first, and the next shift has the repeated hour.
    assert_eq!(minutes(new_york(), "2026-11-01", "00:00", "01:30"), 90);
    assert_eq!(minutes(new_york(), "2026-11-01", "01:30", "08:00"), 450);
}

#[test]
fn midnight_belongs_to_the_day_that_begins() {
    assert_eq!(minutes(new_york(), "2026-06-10", "16:00", "00:00"), 480);
    assert_eq!(minutes(new_york(), "2026-06-10", "00:00", "00:00"), 24 * 60);
    assert_eq!(minutes(new_york(), "2026-03-08", "00:00", "00:00"), 23 * 60);
    assert_eq!(minutes(new_york(), "2026-11-01", "00:00", "00:00"), 25 * 60);
    let evening = hours("16:00", "00:00").on(new_york(), day("2026-06-10")).unwrap();
    let night = hours("00:00", "08:00").on(new_york(), day("2026-06-11")).unwrap();
    assert_eq!(evening.until, night.from);
}

#[test]
fn a_time_of_day_is_two_digits_and_two_digits() {
    for wrong in ["", "8:00", "08:0", "24:00", "08:60", "+8:00", "08-00", "08:00:00", "aa:bb"] {
        assert!(wrong.parse::<TimeOfDay>().is_err(), "{wrong}");
    }
    assert_eq!("23:59".parse::<TimeOfDay>().unwrap().to_string(), "23:59");
}

proptest! {
    #[test]
    fn a_later_time_on_the_wall_is_never_an_earlier_instant(
        zone in prop::sample::select(vec![new_york(), berlin(), lord_howe(), apia()]), start in 0_i64..70_000_000, step in 0_i64..300,
    ) {
        // From 2000 on, in minutes.
        let local = local("2000-01-01T00:00:00") + TimeDelta::minutes(start);
        prop_assert!(instant(zone, local) <= instant(zone, local + TimeDelta::minutes(step)));
    }

    #[test]
    fn parsing_any_text_as_a_rule_does_not_panic(text in "([A-Z]{2,10}=[-+0-9A-Z,]{0,12};?){0,5}|.{0,40}") {
        if let Ok(rule) = Recurrence::parse(&text, day("2026-01-01")) {
            rule.days(day("2026-06-01"), day("2026-06-15"));
        }
    }

    #[test]
    fn days_far_from_the_first_are_those_that_walking_there_gives(
        rule in prop::sample::select(vec![
            "FREQ=DAILY", "FREQ=DAILY;INTERVAL=3", "FREQ=DAILY;BYDAY=MO,FR", "FREQ=DAILY;INTERVAL=2;BYMONTHDAY=1,2,15,-1",
            "FREQ=DAILY;BYMONTH=1,2,7;BYDAY=SU,TU;BYSETPOS=-1", "FREQ=WEEKLY", "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU",
            "FREQ=WEEKLY;INTERVAL=3;BYDAY=WE,SU", "FREQ=WEEKLY;BYMONTH=2,3,8;BYDAY=TU,TH", "FREQ=MONTHLY",
            "FREQ=MONTHLY;BYDAY=-1FR", "FREQ=MONTHLY;INTERVAL=5;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,-1",
            "FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR", "FREQ=YEARLY", "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=8",
            "FREQ=YEARLY;BYDAY=2MO,-1SU", "FREQ=YEARLY;BYMONTH=1,6;BYDAY=1TU", "FREQ=YEARLY;BYWEEKNO=1,20,53;BYDAY=MO,SU",
            "FREQ=YEARLY;BYYEARDAY=1,100,-1", "FREQ=YEARLY;INTERVAL=2;BYDAY=MO;BYSETPOS=1,10,-2",
        ]),
        first in 0_u64..400, from in 0_u64..800, length in 0_u64..420,
    ) {
        let first = day("2026-01-01") + chrono::Days::new(first);
        let from = first + chrono::Days::new(from);
        let to = from + chrono::Days::new(length);
        let days = Recurrence::parse(rule, first).unwrap().days(from, to);
        prop_assert_eq!(days, walked(rule, first, from, to));
    }

    #[test]
    fn a_position_in_a_week_chooses_among_all_its_days(first in 0_u64..7, from in 0_u64..40) {
        // The first week counts as a whole one, whatever day of it the shift begins on.
        let first = day("2026-06-01") + chrono::Days::new(first);
        let rule = Recurrence::parse("FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=2", first).unwrap();
        let from = day("2026-06-01") + chrono::Days::new(from);
        let days = from.iter_days().take(20).filter(|day| *day >= first);
        let wednesdays: Vec<_> = days.filter(|day| day.weekday() == Weekday::Wed).collect();
        prop_assert_eq!(rule.days(from, from + chrono::Days::new(19)), wednesdays);
    }
}

#[test]
fn a_rule_gives_days_only() {
    for (wrong, word) in [
        ("FREQ=HOURLY", "frequency"),
        ("FREQ=WEEKLY;COUNT=3", "COUNT"),
        ("FREQ=WEEKLY;UNTIL=20270101T000000Z", "UNTIL"),
        ("FREQ=DAILY;BYHOUR=3", "BYHOUR"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL"),
        ("every day", "5545"),
        ("", "5545"),
    ] {
        let fault = Recurrence::parse(wrong, day("2026-01-01")).unwrap_err();
        assert!(fault.contains(word), "{wrong}: {fault}");
    }
}

#[test]
fn a_rule_that_began_long_ago_gives_the_days_asked_for() {
    let rule = Recurrence::parse("FREQ=DAILY", day("2000-01-01")).unwrap();
    assert_eq!(rule.days(day("2199-01-01"), day("2199-01-03")).len(), 3);
    // More days than a year has.
    assert_eq!(rule.days(day("2026-01-01"), day("2027-02-06")).len(), 402);
}

#[test]
fn a_rule_that_never_gives_a_day_is_known_by_having_no_first() {
    for never in [
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYMONTH=4;BYMONTHDAY=31",
        "FREQ=DAILY;BYDAY=MO;BYSETPOS=2",
        "FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=3",
        "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6",
        // In eleven years.
        "FREQ=DAILY;INTERVAL=4018;BYMONTH=12;BYMONTHDAY=31",
    ] {
        let rule = Recurrence::parse(never, day("2026-01-01")).unwrap();
        assert_eq!(rule.first(None), None, "{never}");
        assert_eq!(rule.days(day("2026-01-01"), day("2026-12-31")), [], "{never}");
    }
    let leap_days = Recurrence::parse("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", day("2026-03-01")).unwrap();
    assert_eq!(leap_days.first(None), Some(day("2028-02-29")));
    assert_eq!(leap_days.first(Some(day("2028-02-29"))), Some(day("2028-02-29")));
    assert_eq!(leap_days.first(Some(day("2028-02-28"))), None, "the shift is over before");
}

/// The days that the crate gives if it walks from the first day on, without pages.
fn walked(rule: &str, first: NaiveDate, from: NaiveDate, to: NaiveDate) -> Vec<NaiveDate> {
    let midnight = |day: NaiveDate| day.and_time(chrono::NaiveTime::MIN).and_utc().with_timezone(&rrule::Tz::UTC);
    let rule: rrule::RRule<rrule::Unvalidated> = rule.parse().unwrap();
    let set = rule.build(midnight(first)).unwrap().after(midnight(from)).before(midnight(to));
    set.all(u16::MAX).dates.into_iter().map(|at| at.date_naive()).collect()
}

fn window(from: &str, until: &str) -> Span {
    Span::new(at(from), at(until)).unwrap()
}

#[test]
fn a_roster_shows_what_began_before_and_leaves_out_what_is_canceled() {
    let nights = shift(1, "ana", "2026-06-01", "22:00", "06:00", "FREQ=DAILY");
    let once = shift(2, "ben", "2026-06-10", "08:00", "16:00", "");
    let mut changes = DayChanges::new();
    changes.insert(ShiftDay { shift: nights.id, day: day("2026-06-11") }, None);
    changes.insert(ShiftDay { shift: nights.id, day: day("2026-06-12") }, Some(who("cem")));
    let window = window("2026-06-10T00:00:00-04:00", "2026-06-13T00:00:00-04:00");
    let shown = roster(&[nights.clone(), once], &changes, new_york(), window);
    let shown: Vec<_> = shown.iter().map(|entry| format!("{} {}", entry.counselor, entry.shift_day.day)).collect();
    assert_eq!(shown, ["ana 2026-06-09", "ben 2026-06-10", "ana 2026-06-10", "cem 2026-06-12"]);

    let ended = Shift { last_day: Some(day("2026-06-09")), ..nights.clone() };
    assert_eq!(roster(&[ended], &changes, new_york(), window).len(), 1);
    let canceled = Shift { canceled_at: Some(at("2026-06-10T23:00:00-04:00")), ..nights };
    let shown = roster(&[canceled], &changes, new_york(), window);
    assert_eq!(shown.last().unwrap().shift_day.day, day("2026-06-10"), "what has begun stays");
}

fn on_call(number: u128, name: &str, rung: i16, starts: &str, ends: &str) -> Shift {
    Shift { kind: ShiftKind::OnCall { rung }, ..shift(number, name, "2026-06-01", starts, ends, "FREQ=DAILY") }
}

#[test]
fn the_ladder_is_climbed_by_rung_and_changes_when_a_shift_does() {
    let shifts = [
        on_call(1, "second", 2, "00:00", "00:00"),
        on_call(2, "day", 1, "08:00", "20:00"),
        on_call(3, "night", 1, "20:00", "08:00"),
        shift(4, "counselor", "2026-06-01", "09:00", "10:00", "FREQ=DAILY"),
    ];
    let window = window("2026-06-09T00:00:00-04:00", "2026-06-12T00:00:00-04:00");
    let roster = roster(&shifts, &DayChanges::new(), new_york(), window);
    let names = |at: Timestamp| ladder(&roster, at).iter().map(|entry| entry.counselor.to_string()).collect::<Vec<_>>();
    assert_eq!(names(at("2026-06-10T08:00:00-04:00")), ["day", "second"]);
    assert_eq!(names(at("2026-06-10T07:59:59-04:00")), ["night", "second"]);
    assert_eq!(next_change(&roster, at("2026-06-10T08:00:00-04:00")), Some(at("2026-06-10T20:00:00-04:00")));
    assert_eq!(next_change(&roster, at("2026-06-10T09:30:00-04:00")), Some(at("2026-06-10T20:00:00-04:00")));
}

fn swap(offered_to: Option<&str>, in_return: Option<ShiftDay>) -> Swap {
    let given = ShiftDay { shift: ShiftId(Uuid::from_u128(1)), day: day("2026-06-10") };
    let (id, offered_by) = (SwapId(Uuid::from_u128(9)), who("ana"));
    Swap {
        id,
        state: SwapState::Offered,
        offered_by,
        given,
        offered_to: offered_to.map(who),
        in_return,
        accepted_by: None,
    }
}

#[test]
fn a_swap_is_accepted_once_and_by_the_counselor_it_was_offered_to() {
    let offered = || swap(Some("ben"), None);
    assert_eq!(offered().accept(&who("cem"), false).unwrap_err(), SwapRefused::NotTheirs);
    assert_eq!(offered().accept(&who("ana"), false).unwrap_err(), SwapRefused::NotTheirs);
    assert_eq!(swap(None, None).accept(&who("ana"), false).unwrap_err(), SwapRefused::NotTheirs);
    let done = offered().accept(&who("ben"), false).unwrap();
    assert_eq!(done.state, SwapState::Done);
    assert_eq!(done.clone().accept(&who("ben"), false).unwrap_err(), SwapRefused::Closed);
    assert_eq!(done.close(Some(&who("ana"))).unwrap_err(), SwapRefused::Closed);
}

#[test]
fn a_supervised_swap_waits_for_approval_and_may_be_closed_until_then() {
    assert_eq!(swap(None, None).approve().unwrap_err(), SwapRefused::Closed);
    let accepted = swap(None, None).accept(&who("ben"), true).unwrap();
    assert_eq!(accepted.state, SwapState::Accepted);
    assert_eq!(accepted.clone().approve().unwrap().state, SwapState::Done);
    assert_eq!(accepted.clone().close(Some(&who("cem"))).unwrap_err(), SwapRefused::NotTheirs);
    for who in [Some(who("ana")), Some(who("ben")), None] {
        let closed = accepted.clone().close(who.as_ref()).unwrap();
        assert_eq!(closed.approve().unwrap_err(), SwapRefused::Closed);
    }
}

#[test]
fn no_counselor_is_moved_onto_a_shift_while_on_another() {
    let given = shift(1, "ana", "2026-06-10", "08:00", "16:00", "");
    let other = shift(2, "ben", "2026-06-10", "15:00", "20:00", "");
    let on_call = Shift { kind: ShiftKind::OnCall { rung: 1 }, ..shift(3, "ben", "2026-06-10", "08:00", "20:00", "") };
    let returned = ShiftDay { shift: other.id, day: day("2026-06-10") };
    let window = window("2026-06-09T00:00:00-04:00", "2026-06-12T00:00:00-04:00");
    let roster = roster(&[given, other, on_call], &DayChanges::new(), new_york(), window);
    let before = at("2026-06-10T07:00:00-04:00");
    let taken = swap(None, None).accept(&who("ben"), false).unwrap();
    assert_eq!(fits(&taken.moves(), &roster, before), Err(SwapRefused::Overlaps));
    let exchanged = swap(Some("ben"), Some(returned)).accept(&who("ben"), false).unwrap();
    assert_eq!(fits(&exchanged.moves(), &roster, before).map(|_| ()), Ok(()));
    assert_eq!(fits(&exchanged.moves(), &roster, at("2026-06-10T08:00:00-04:00")), Err(SwapRefused::Closed), "begun");
    let elsewhere = swap(None, None).accept(&who("cem"), false).unwrap();
    assert_eq!(fits(&elsewhere.moves(), &roster, before).map(|_| ()), Ok(()));
    let mut taken_before = roster;
    taken_before[0].counselor = who("dora");
    assert_eq!(fits(&elsewhere.moves(), &taken_before, before), Err(SwapRefused::Closed));
}

/// Whether ben, who has a shift of his own, may take ana's, at an instant.
fn takes(given: [&str; 3], own: [&str; 3], now: &str) -> Result<(), SwapRefused> {
    let anas = shift(1, "ana", given[0], given[1], given[2], "");
    let bens = shift(2, "ben", own[0], own[1], own[2], "");
    let around = window(&format!("{}T00:00:00Z", given[0]), "2026-12-31T00:00:00Z");
    let roster = roster(&[anas.clone(), bens], &DayChanges::new(), new_york(), around);
    let given = ShiftDay { shift: anas.id, day: anas.first_day };
    let taken = Swap { given, ..swap(None, None) }.accept(&who("ben"), false).unwrap();
    fits(&taken.moves(), &roster, at(now)).map(|_| ())
}

#[test]
fn in_the_hour_that_does_not_exist_nobody_is_on_duty_twice() {
    let long_before = "2026-03-01T00:00:00Z";
    // Half past two is three: the night ends as ben's own shift begins.
    let spring = |ends| takes(["2026-03-07", "22:00", ends], ["2026-03-08", "02:30", "08:00"], long_before);
    assert_eq!(spring("03:00"), Ok(()));
    assert_eq!(spring("03:01"), Err(SwapRefused::Overlaps));
    let any_other = takes(["2026-06-07", "22:00", "03:00"], ["2026-06-08", "02:30", "08:00"], long_before);
    assert_eq!(any_other, Err(SwapRefused::Overlaps));
}

#[test]
fn in_the_hour_that_comes_twice_who_is_relieved_at_the_first_is_not_there_at_the_second() {
    let long_before = "2026-10-01T00:00:00Z";
    let autumn = |starts, now| takes(["2026-11-01", starts, "08:00"], ["2026-10-31", "20:00", "01:30"], now);
    assert_eq!(autumn("01:30", long_before).map(|_| ()), Ok(()));
    assert_eq!(autumn("01:29", long_before), Err(SwapRefused::Overlaps));
    // The wall clock shows 01:15 again: the shift of 01:30 began a while ago.
    assert_eq!(autumn("01:30", "2026-11-01T01:29:59-04:00").map(|_| ()), Ok(()));
    assert_eq!(autumn("01:30", "2026-11-01T01:15:00-05:00"), Err(SwapRefused::Closed));
}
