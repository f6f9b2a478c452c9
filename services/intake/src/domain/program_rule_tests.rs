//! The specification of when program rules fire, and what they cannot do.

use chrono::{DateTime, TimeDelta, Utc};
use harborline_disclosure::Relationship;
use harborline_types::{PersonId, SupportPersonId};

use super::*;
use crate::domain::care::CareBrief;
use crate::domain::participant::{Details, LocalEmergencyNumber, Profile};
use crate::domain::support_person;

fn at(text: &str) -> Timestamp {
    text.parse::<DateTime<Utc>>().unwrap()
}

fn now() -> Timestamp {
    at("2026-12-01T17:00:00Z")
}

fn participant(profile: Profile) -> Participant {
    let clinician = Person { id: PersonId::parse("clinician").unwrap(), name: "Clinician".to_owned() };
    Participant {
        id: ParticipantId::new(),
        status: ParticipantStatus::Active,
        status_since: now(),
        details: Details {
            name: Phi::new("Test Person".to_owned()),
            dedicated_number: Phi::new("+12025550101".to_owned()),
            language: "en".to_owned(),
            jurisdiction: None,
            responsible_clinician: clinician,
            profile: Phi::new(profile),
        },
        care_brief: Phi::new(CareBrief::default()),
        revision: 1,
        enrolled_at: now(),
        updated_at: now(),
    }
}

fn situation(participant: Option<&Participant>) -> Situation<'_> {
    Situation {
        participant,
        support_persons: &[],
        last_self_harm: None,
        caller: CallerKind::Participant,
        acuity: Acuity::Routine,
        now: now(),
    }
}

fn line(act: RuleAct, text: &str) -> Line {
    Line { act, text: text.to_owned() }
}

fn rule(when: When) -> KeptRule {
    let rule = Rule {
        title: "A rule".to_owned(),
        source: String::new(),
        when,
        dos: vec![line(RuleAct::Other, "Do."), line(RuleAct::SendHelp, "First: {preferred_hospital}.")],
        donts: Vec::new(),
        closing_duties: Vec::new(),
        asks_second_counselor: false,
    };
    let (key, rule) = ("a-rule".to_owned(), Phi::new(rule));
    KeptRule { key, participant: None, rule, version: 1, put: None, is_in_force: true }
}

fn fires(when: When, situation: &Situation<'_>) -> bool {
    !fired(vec![rule(when)], situation).is_empty()
}

#[test]
fn without_a_condition_a_rule_fires_always_and_an_ended_one_never() {
    let always = fired(vec![rule(When::default())], &situation(None));
    assert_eq!(always[0].reasons, ["always"]);
    assert_eq!(always[0].dos, [line(RuleAct::Other, "Do.")], "the record names no hospital");
    let ended = KeptRule { is_in_force: false, ..rule(When::default()) };
    assert!(fired(vec![ended], &situation(None)).is_empty());
}

#[test]
fn self_harm_counts_until_the_hours_are_over() {
    let when = || When { self_harm_within_hours: Some(24), ..When::default() };
    let after = |hours| Situation { last_self_harm: Some(now() - TimeDelta::hours(hours)), ..situation(None) };
    assert!(!fires(when(), &situation(None)));
    assert!(fires(when(), &after(23)) && !fires(when(), &after(24)));
    let fired = fired(vec![rule(when())], &after(5));
    assert_eq!(fired[0].reasons, ["self-harm 5 hours ago, less than 24"]);
}

#[test]
fn a_minor_is_one_by_legal_status_or_until_the_birthday() {
    let when = || When { is_minor: true, ..When::default() };
    let born = |day: &str, legal_status| {
        participant(Profile { birth_date: day.parse().ok(), legal_status, ..Profile::default() })
    };
    for (day, legal_status, is_minor) in [
        ("2008-12-02", None, true),
        ("2008-12-01", None, false),
        ("2008-12-02", Some(LegalStatus::Adult), false),
        ("1990-01-01", Some(LegalStatus::MinorConsented), true),
        ("", None, false),
    ] {
        let participant = born(day, legal_status);
        assert_eq!(fires(when(), &situation(Some(&participant))), is_minor, "{day} {legal_status:?}");
    }
}

#[test]
fn all_conditions_must_hold() {
    let when = When {
        callers: vec![CallerKind::FamilyMember],
        not_more_urgent_than: Some(Acuity::Moderate.level()),
        ..When::default()
    };
    let family = |acuity| Situation { caller: CallerKind::FamilyMember, acuity, ..situation(None) };
    assert!(fires(when.clone(), &family(Acuity::Moderate)) && fires(when.clone(), &family(Acuity::Routine)));
    assert!(!fires(when.clone(), &family(Acuity::High)) && !fires(when, &situation(None)));
}

#[test]
fn hours_are_those_of_the_programs_clock_and_may_end_on_the_next_day() {
    let time = |days: &[Weekday], starts: &str, ends: &str| SafeTime {
        days: days.to_vec(),
        starts: starts.parse().unwrap(),
        ends: ends.parse().unwrap(),
    };
    // A Tuesday, 12:00 in New York.
    for (time, is_outside) in [
        (time(&[], "08:00", "20:00"), false),
        (time(&[], "12:01", "20:00"), true),
        (time(&[Weekday::Wednesday], "08:00", "20:00"), true),
        (time(&[Weekday::Monday], "20:00", "13:00"), false),
        (time(&[Weekday::Tuesday], "20:00", "13:00"), true),
    ] {
        let times = Times { time_zone: "America/New_York".to_owned(), times: vec![time] };
        assert_eq!(fires(When { outside: Some(times), ..When::default() }, &situation(None)), is_outside);
    }
}

#[test]
fn what_the_record_has_is_put_into_the_words() {
    let hospital = "General Hospital".to_owned();
    let local_emergency_number =
        Some(LocalEmergencyNumber { number: "+12025550111".to_owned(), verified_on: now().date_naive() });
    let known = participant(Profile { preferred_hospital: hospital, local_emergency_number, ..Profile::default() });
    let when = When { has_preferred_hospital: true, ..When::default() };
    let fired = fired(vec![rule(when)], &situation(Some(&known)));
    assert_eq!(fired[0].dos[1], line(RuleAct::SendHelp, "First: General Hospital."));
    assert!(!fires(When { has_no_contact_person: true, ..When::default() }, &situation(Some(&known))));
    let details = support_person::Details {
        name: "Test Uncle".to_owned(),
        relationship: Relationship::Relative,
        numbers: Vec::new(),
        language: "en".to_owned(),
        rule: Some(ContactRule::Never),
        note: String::new(),
        representative: None,
        token_subject: String::new(),
    };
    let uncle = |ended_at| SupportPerson {
        id: SupportPersonId::new(),
        participant: known.id,
        details: Phi::new(details.clone()),
        phrase: None,
        revision: 1,
        added_at: now(),
        updated_at: now(),
        ended_at,
    };
    for (ended_at, is_there) in [(None, true), (Some(now()), false)] {
        let uncle = [uncle(ended_at)];
        let situation = Situation { support_persons: &uncle, ..situation(Some(&known)) };
        let fired = super::fired(crate::domain::shipped_rules::shipped().collect(), &situation);
        let donts = fired.iter().flat_map(|fired| &fired.donts).any(|line| line.text.contains("Test Uncle"));
        assert_eq!(donts, is_there);
    }
}

#[test]
fn the_participants_own_rules_come_first_and_are_nobody_elses() {
    let (one, other) = (participant(Profile::default()), participant(Profile::default()));
    let of = |participant: &Participant, key: &str| KeptRule {
        key: key.to_owned(),
        participant: Some(participant.id),
        ..rule(When::default())
    };
    let all = || vec![rule(When::default()), of(&one, "own"), of(&other, "not-theirs")];
    let keys = |situation: &Situation<'_>| -> Vec<String> {
        fired(all(), situation).into_iter().map(|fired| fired.kept.key).collect()
    };
    assert_eq!(keys(&situation(Some(&one))), ["own", "a-rule"]);
    assert_eq!(keys(&situation(None)), ["a-rule"]);
}

#[test]
fn what_keeps_somebody_safe_is_not_forbidden() {
    let mut rule = rule(When::default()).rule.into_exposed();
    rule.donts = RuleAct::ALL.iter().map(|act| line(*act, "Not.")).collect();
    let forbidden: Vec<_> = rule.forbids_safety().into_iter().map(|at| rule.donts[at].act).collect();
    use RuleAct::*;
    assert_eq!(forbidden, [Answer, Screen, KeepSafe, SendHelp, Consult, Report]);
}
