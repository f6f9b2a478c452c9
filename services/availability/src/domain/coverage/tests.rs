//! Holes of the roster, to the instant.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta};
use harborline_types::{
    Channel, CounselorKind, PersonId, RequirementId, ShiftId, Skill, SkillLevel, Timestamp, Unlimited, Weekday,
};
use uuid::Uuid;

use super::*;
use crate::domain::Credential;
use crate::domain::shift::clocks::new_york;
use crate::domain::shift::{self, DayChanges, Hours, Shift};

fn at(text: &str) -> Timestamp {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

fn span(from: &str, until: &str) -> Span {
    Span::new(at(from), at(until)).unwrap()
}

fn hours(starts: &str, ends: &str) -> Hours {
    Hours { starts: starts.parse().unwrap(), ends: ends.parse().unwrap() }
}

fn counselor(name: &str) -> Counselor {
    Counselor {
        id: PersonId::parse(name).unwrap(),
        name: name.to_owned(),
        kind: CounselorKind::CrisisCounselor,
        credentials: Vec::new(),
        skills: vec![Skill::basic("veterans")],
        languages: vec!["en".to_owned(), "es-mx".to_owned()],
        channels: vec![Channel::Phone],
        message_capacity: 1,
        zone: None,
    }
}

fn licensed(name: &str, jurisdiction: &str, from: &str, until: &str) -> Counselor {
    let credential = Credential {
        kind: "LCSW".to_owned(),
        jurisdiction: jurisdiction.to_owned(),
        valid_from: at(from),
        valid_until: at(until),
        number: String::new(),
    };
    Counselor { credentials: vec![credential], ..counselor(name) }
}

fn requirement(at_least: i32) -> Requirement {
    Requirement {
        id: RequirementId(Uuid::from_u128(7)),
        at_least,
        counselor_kind: None,
        language: None,
        credential_type: None,
        jurisdiction: None,
        skills: Vec::new(),
        channel: None,
        days: BTreeSet::new(),
        hours: hours("00:00", "00:00"),
    }
}

/// A line shift on 10 June 2026.
fn shift(number: u128, name: &str, starts: &str, ends: &str) -> Shift {
    Shift {
        id: ShiftId(Uuid::from_u128(number)),
        counselor: PersonId::parse(name).unwrap(),
        kind: ShiftKind::Line,
        first_day: "2026-06-10".parse().unwrap(),
        last_day: None,
        hours: hours(starts, ends),
        recurrence: None,
        canceled_at: None,
    }
}

fn the_tenth() -> Span {
    span("2026-06-10T00:00:00-04:00", "2026-06-11T00:00:00-04:00")
}

/// The roster, without a budget.
fn roster(shifts: &[Shift], within: Span) -> Vec<RosterEntry> {
    shift::roster(shifts, &DayChanges::new(), new_york(), within, &Unlimited).unwrap()
}

/// The holes of 10 June, as "from-until planned" in local time.
fn holes(requirement: &Requirement, counselors: &[Counselor], shifts: &[Shift]) -> Vec<String> {
    let roster = roster(shifts, the_tenth());
    let requirements = [requirement.clone()];
    let covered = coverage(&requirements, counselors, &on_line(&roster), new_york(), the_tenth(), &Unlimited).unwrap();
    let local = |at: Timestamp| at.with_timezone(&new_york()).format("%H:%M").to_string();
    let written = |hole: Hole| format!("{}-{} {}", local(hole.span.from), local(hole.span.until), hole.planned);
    covered[0].holes().into_iter().map(written).collect()
}

#[test]
fn a_hole_is_where_fewer_are_there_than_required() {
    let two = requirement(2);
    let counselors = [counselor("ana"), counselor("ben")];
    let shifts = [shift(1, "ana", "00:00", "00:00"), shift(2, "ben", "06:00", "18:00")];
    assert_eq!(holes(&two, &counselors, &shifts), ["00:00-06:00 1", "18:00-00:00 1"]);
    assert_eq!(holes(&two, &counselors, &shifts[1..]), ["00:00-00:00 0"], "one hole, whoever is missing");
    assert_eq!(holes(&requirement(1), &counselors, &shifts), [""; 0]);
}

#[test]
fn a_counselor_on_two_shifts_at_once_counts_once() {
    let shifts = [shift(1, "ana", "00:00", "00:00"), shift(2, "ana", "06:00", "18:00")];
    assert_eq!(holes(&requirement(2), &[counselor("ana")], &shifts), ["00:00-00:00 1"]);
}

#[test]
fn a_supervisor_on_call_does_not_count_as_coverage() {
    let on_call = Shift { kind: ShiftKind::OnCall { rung: 1 }, ..shift(1, "ana", "00:00", "00:00") };
    assert_eq!(holes(&requirement(1), &[counselor("ana")], &[on_call]), ["00:00-00:00 0"]);
}

#[test]
fn a_credential_stops_counting_at_its_instant_inside_an_interval() {
    let ana = licensed("ana", "US-VA", "2020-01-01T00:00:00Z", "2026-06-10T12:10:00-04:00");
    let shifts = [shift(1, "ana", "00:00", "00:00")];
    let in_virginia = Requirement { jurisdiction: Some("US-VA".to_owned()), ..requirement(1) };
    assert_eq!(holes(&in_virginia, std::slice::from_ref(&ana), &shifts), ["12:10-00:00 0"]);
    assert_eq!(
        holes(&requirement(1), std::slice::from_ref(&ana), &shifts),
        [""; 0],
        "where no credential is asked for"
    );
    let elsewhere = Requirement { jurisdiction: Some("US-MD".to_owned()), ..requirement(1) };
    assert_eq!(holes(&elsewhere, std::slice::from_ref(&ana), &shifts), ["00:00-00:00 0"]);

    let roster = roster(&shifts, the_tenth());
    let requirements = [in_virginia];
    let covered = coverage(&requirements, &[ana], &on_line(&roster), new_york(), the_tenth(), &Unlimited).unwrap();
    let planned = |from: &str, until: &str| covered[0].planned_in(span(from, until));
    assert_eq!(planned("2026-06-10T11:30:00-04:00", "2026-06-10T12:00:00-04:00"), Some(1));
    assert_eq!(planned("2026-06-10T12:00:00-04:00", "2026-06-10T12:30:00-04:00"), Some(0));
}

#[test]
fn a_credential_counts_only_as_type_and_place_together() {
    let mut ana = licensed("ana", "US-VA", "2020-01-01T00:00:00Z", "2030-01-01T00:00:00Z");
    ana.credentials.push(Credential {
        kind: "LPC".to_owned(),
        jurisdiction: "US-MD".to_owned(),
        ..ana.credentials[0].clone()
    });
    let shifts = [shift(1, "ana", "00:00", "00:00")];
    let asks = |kind: &str, place: &str| Requirement {
        credential_type: Some(kind.to_owned()),
        jurisdiction: Some(place.to_owned()),
        ..requirement(1)
    };
    assert_eq!(holes(&asks("LPC", "US-MD"), std::slice::from_ref(&ana), &shifts), [""; 0]);
    assert_eq!(holes(&asks(" l\u{200D}pc", "US-MD"), std::slice::from_ref(&ana), &shifts), [""; 0]);
    assert_eq!(holes(&asks("LPC", "US-VA"), &[ana], &shifts), ["00:00-00:00 0"]);
}

#[test]
fn every_quality_asked_for_counts() {
    let shifts = [shift(1, "ana", "00:00", "00:00")];
    let of = |change: fn(&mut Requirement)| {
        let mut asked = requirement(1);
        change(&mut asked);
        holes(&asked, &[counselor("ana")], &shifts).is_empty()
    };
    assert!(of(|asked| asked.language = Some("es".to_owned())));
    assert!(!of(|asked| asked.language = Some("fr".to_owned())));
    assert!(of(|asked| asked.counselor_kind = Some(CounselorKind::PeerSpecialist)));
    assert!(!of(|asked| asked.counselor_kind = Some(CounselorKind::LicensedClinician)));
    assert!(of(|asked| asked.skills = vec![Skill::basic("veterans")]));
    assert!(!of(|asked| asked.skills = vec![Skill::basic("veterans"), Skill::basic("youth")]));
    fn level(level: SkillLevel) -> Vec<Skill> {
        vec![Skill { name: "veterans".to_owned(), level }]
    }
    assert!(of(|asked| asked.skills = level(SkillLevel::Basic)));
    assert!(!of(|asked| asked.skills = level(SkillLevel::Proficient)));
    assert!(of(|asked| asked.channel = Some(Channel::Phone)));
    assert!(!of(|asked| asked.channel = Some(Channel::Video)));
}

#[test]
fn a_window_over_midnight_belongs_to_the_day_on_which_it_begins() {
    // 10 June 2026 is a Wednesday.
    let nights = |day| Requirement { days: BTreeSet::from([day]), hours: hours("22:00", "06:00"), ..requirement(1) };
    assert_eq!(holes(&nights(Weekday::Wednesday), &[], &[]), ["22:00-00:00 0"]);
    assert_eq!(holes(&nights(Weekday::Tuesday), &[], &[]), ["00:00-06:00 0"]);
    assert_eq!(holes(&nights(Weekday::Sunday), &[], &[]), [""; 0]);
}

#[test]
fn intervals_cover_a_time_and_the_last_is_what_is_left() {
    let lengths: Vec<_> =
        intervals(the_tenth(), TimeDelta::hours(7)).map(|it| (it.until - it.from).num_hours()).collect();
    assert_eq!(lengths, [7, 7, 7, 3]);
}

fn hole(from: &str, until: &str) -> Hole {
    Hole { requirement: RequirementId(Uuid::from_u128(7)), span: span(from, until), planned: 0 }
}

const NINE: &str = "2026-06-10T09:00:00Z";
const TEN: &str = "2026-06-10T10:00:00Z";
const ELEVEN: &str = "2026-06-10T11:00:00Z";
const TWELVE: &str = "2026-06-10T12:00:00Z";

#[test]
fn a_hole_is_announced_once_however_it_changes() {
    let first = announcements(&[], &[hole(TEN, TWELVE)], at(NINE));
    assert_eq!(first[0].announced_at, at(NINE));
    let again = announcements(&first, &[hole(TEN, TWELVE)], at(TEN));
    assert_eq!(again, first);
    // Half of it is over, and it has grown.
    let begun = announcements(&first, &[hole(ELEVEN, "2026-06-10T14:00:00Z")], at(ELEVEN));
    assert_eq!((begun[0].span, begun[0].announced_at), (span(TEN, "2026-06-10T14:00:00Z"), at(NINE)));
    let split = announcements(&first, &[hole(TEN, "2026-06-10T10:30:00Z"), hole(ELEVEN, TWELVE)], at(NINE));
    assert_eq!(
        split.iter().map(|it| (it.span.from, it.announced_at)).collect::<Vec<_>>(),
        [(at(TEN), at(NINE)), (at(ELEVEN), at(NINE))]
    );
}

#[test]
fn a_hole_that_was_mended_and_comes_back_is_announced_again() {
    let first = announcements(&[], &[hole(TEN, ELEVEN)], at(NINE));
    let mended = announcements(&first, &[], at(TEN));
    assert_eq!(mended, []);
    assert_eq!(announcements(&mended, &[hole(TEN, ELEVEN)], at(TEN))[0].announced_at, at(TEN));
    let next = announcements(&first, &[hole(ELEVEN, TWELVE)], at(TEN));
    assert_eq!(next[0].announced_at, at(TEN), "a neighbor is another hole");
}

#[test]
fn uncovered_time_counts_once_however_many_are_missing_and_adds_up_over_intervals() {
    let spanish = Requirement { language: Some("es".to_owned()), hours: hours("08:00", "12:00"), ..requirement(2) };
    let night = Requirement { id: RequirementId(Uuid::from_u128(8)), hours: hours("10:00", "18:00"), ..requirement(1) };
    let ana = licensed("ana", "US-VA", "2020-01-01T00:00:00Z", "2026-06-10T09:30:00-04:00");
    let roster = roster(&[shift(1, "ana", "06:00", "11:00")], the_tenth());
    let duty = Duty { requirements: vec![spanish, night], counselors: vec![ana], times: on_line(&roster) };
    let covered = duty.coverage(new_york(), the_tenth(), &Unlimited).unwrap();
    let staffing = duty.staffing(&covered, the_tenth());
    let hours = |figures: StaffingFigures| {
        [figures.required, figures.uncovered, figures.on_duty, figures.credentialed].map(|time| time.num_minutes())
    };
    // In force from 8 to 18. The second Spanish speaker is missing from 8 to 12, and all counselors from 11 on.
    assert_eq!(hours(staffing.figures(the_tenth())), [600, 600, 300, 210]);
    let at_ten = span("2026-06-10T07:00:00-04:00", "2026-06-10T10:00:00-04:00");
    assert_eq!(hours(staffing.figures(at_ten)), [120, 120, 180, 150]);
    for length in [15, 45, 420].map(TimeDelta::minutes) {
        let parts = intervals(the_tenth(), length).map(|part| hours(staffing.figures(part)));
        let sum = parts.reduce(|one, other| std::array::from_fn(|at| one[at] + other[at]));
        assert_eq!(sum, Some([600, 600, 300, 210]), "in parts of {length}");
    }
}

#[test]
fn a_day_on_which_clocks_change_is_as_long_as_it_is() {
    for (day, minutes) in [("2026-03-08", 23 * 60), ("2026-11-01", 25 * 60)] {
        let first_day = day.parse().unwrap();
        let within = hours("00:00", "00:00").on(new_york(), first_day).unwrap();
        let ana = Shift { first_day, ..shift(1, "ana", "00:00", "00:00") };
        let (staffed, empty) = (roster(&[ana], within), Vec::new());
        for (roster, uncovered) in [(staffed, 0), (empty, minutes)] {
            let (requirements, times) = (vec![requirement(1)], on_line(&roster));
            let duty = Duty { requirements, counselors: vec![counselor("ana")], times };
            let figures = duty.staffing_over(new_york(), within, &Unlimited).unwrap().figures(within);
            assert_eq!((figures.required.num_minutes(), figures.uncovered.num_minutes()), (minutes, uncovered));
            assert_eq!(figures.on_duty.num_minutes(), minutes - uncovered);
        }
    }
}
