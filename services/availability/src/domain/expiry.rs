//! Credentials that are about to end. Each is announced once for each end of its validity.
//!
//! What counts is the end of all that is on record for one type and jurisdiction: a renewal that begins where the old
//! one ends, or before, leaves nothing to announce. A credential that has ended is no matter of this module: it stopped
//! counting by itself, for the matcher and for the coverage.

use std::collections::{BTreeMap, HashMap};

use chrono::{NaiveTime, TimeDelta};
use harborline_types::{PersonId, Timestamp};

use super::shift::{RosterEntry, ShiftDay, ShiftKind, Zone, instant};
use super::{Counselor, Span, Spans};

/// How long before its end a credential is announced, at the latest.
pub const AHEAD: TimeDelta = TimeDelta::days(30);
/// Shifts that begin in this time are checked for credentials that do not last for them.
pub const SHIFTS_AHEAD: TimeDelta = TimeDelta::days(7);

/// A credential that is about to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expiring {
    /// The counselor.
    pub counselor: PersonId,
    /// For example "LCSW".
    pub credential_type: String,
    /// ISO 3166-2 code.
    pub jurisdiction: String,
    /// The first instant at which it is not valid any more.
    pub ends_at: Timestamp,
    /// The first line shift that it does not last for, and the begin of that shift; none in an announcement without
    /// one.
    pub shift: Option<(ShiftDay, Timestamp)>,
}

/// The credentials whose validity ends in a span, after its first instant and no later than its last.
pub fn expiring(counselors: &[Counselor], within: Span) -> Vec<Expiring> {
    let of = |counselor: &Counselor| {
        let mut valid: BTreeMap<(&str, &str), Vec<Span>> = BTreeMap::new();
        for credential in &counselor.credentials {
            let span = Span::new(credential.valid_from, credential.valid_until);
            valid.entry((&credential.kind, &credential.jurisdiction)).or_default().extend(span);
        }
        let ends = valid.into_iter().flat_map(|((kind, jurisdiction), spans)| {
            let spans: Spans = spans.into_iter().collect();
            let ends: Vec<_> = spans.iter().map(|span| span.until).collect();
            ends.into_iter().map(move |ends_at| (kind.to_owned(), jurisdiction.to_owned(), ends_at))
        });
        let meant = ends.filter(|(.., ends_at)| within.from < *ends_at && *ends_at <= within.until);
        let counselor = counselor.id.clone();
        let expiring = meant.map(move |(credential_type, jurisdiction, ends_at)| Expiring {
            counselor: counselor.clone(),
            credential_type,
            jurisdiction,
            ends_at,
            shift: None,
        });
        expiring.collect::<Vec<_>>()
    };
    counselors.iter().flat_map(of).collect()
}

/// The credentials that end before a planned line shift of their counselor does, each with the first such shift.
pub fn ending_on_shift(expiring: &[Expiring], roster: &[RosterEntry]) -> Vec<Expiring> {
    let mut on_line: HashMap<&PersonId, Vec<&RosterEntry>> = HashMap::new();
    for entry in roster.iter().filter(|entry| entry.kind == ShiftKind::Line) {
        on_line.entry(&entry.counselor).or_default().push(entry);
    }
    let with_shift = |one: &Expiring| {
        let shifts = on_line.get(&one.counselor).into_iter().flatten();
        let first = shifts.filter(|entry| one.ends_at < entry.span.until).min_by_key(|entry| entry.span.from)?;
        Some(Expiring { shift: Some((first.shift_day, first.span.from)), ..one.clone() })
    };
    expiring.iter().filter_map(with_shift).collect()
}

/// The time of the next check: nine in the morning by the program's clock, when a supervisor is there to act on it.
pub fn next_check(zone: Zone, now: Timestamp) -> Timestamp {
    let nine = NaiveTime::MIN + TimeDelta::hours(9);
    let days = now.with_timezone(&zone).date_naive().iter_days().take(3);
    let checks = days.map(|day| instant(zone, day.and_time(nine)));
    checks.filter(|check| *check > now).min().unwrap_or(now + TimeDelta::days(1))
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, NaiveDate};
    use harborline_types::{Channel, CounselorKind, ShiftId};
    use uuid::Uuid;

    use super::*;
    use crate::domain::Credential;
    use crate::domain::shift::clocks::new_york;

    fn at(text: &str) -> Timestamp {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    fn span(from: &str, until: &str) -> Span {
        Span::new(at(from), at(until)).unwrap()
    }

    fn credential(jurisdiction: &str, from: &str, until: &str) -> Credential {
        Credential {
            kind: "LCSW".to_owned(),
            jurisdiction: jurisdiction.to_owned(),
            valid_from: at(from),
            valid_until: at(until),
            number: String::new(),
        }
    }

    fn ana(credentials: Vec<Credential>) -> Counselor {
        Counselor {
            id: PersonId::parse("ana").unwrap(),
            name: "Ana".to_owned(),
            kind: CounselorKind::LicensedClinician,
            credentials,
            skills: Vec::new(),
            languages: vec!["en".to_owned()],
            channels: vec![Channel::Phone],
            message_capacity: 1,
            zone: None,
        }
    }

    fn june() -> Span {
        span("2026-06-01T13:00:00Z", "2026-07-01T13:00:00Z")
    }

    const NOTHING: [Timestamp; 0] = [];

    fn ends(credentials: Vec<Credential>) -> Vec<Timestamp> {
        expiring(&[ana(credentials)], june()).into_iter().map(|one| one.ends_at).collect()
    }

    fn entry(kind: ShiftKind, from: &str, until: &str) -> RosterEntry {
        let shift_day = ShiftDay { shift: ShiftId(Uuid::from_u128(1)), day: NaiveDate::MIN };
        RosterEntry { shift_day, counselor: PersonId::parse("ana").unwrap(), kind, span: span(from, until) }
    }

    #[test]
    fn a_credential_that_ends_within_the_time_is_announced_and_none_that_has_ended_or_lasts() {
        let until = |until| credential("US-VA", "2020-01-01T00:00:00Z", until);
        assert_eq!(ends(vec![until("2026-06-01T13:00:00Z")]), NOTHING, "it has ended");
        assert_eq!(ends(vec![until("2026-06-01T13:00:01Z")]), [at("2026-06-01T13:00:01Z")]);
        assert_eq!(ends(vec![until("2026-07-01T13:00:00Z")]), [at("2026-07-01T13:00:00Z")]);
        assert_eq!(ends(vec![until("2026-07-01T13:00:01Z")]), NOTHING);
    }

    #[test]
    fn after_a_renewal_nothing_is_announced_and_one_for_another_jurisdiction_is_none() {
        let old = || credential("US-VA", "2020-01-01T00:00:00Z", "2026-06-10T00:00:00Z");
        let renewed = |jurisdiction, from| credential(jurisdiction, from, "2028-06-10T00:00:00Z");
        let end = at("2026-06-10T00:00:00Z");
        assert_eq!(ends(vec![old(), renewed("US-VA", "2026-06-10T00:00:00Z")]), NOTHING);
        assert_eq!(ends(vec![old(), renewed("US-VA", "2026-06-12T00:00:00Z")]), [end], "two days without");
        assert_eq!(ends(vec![old(), renewed("US-MD", "2026-06-01T00:00:00Z")]), [end]);
    }

    #[test]
    fn the_first_shift_that_it_does_not_last_for_is_named() {
        let found = expiring(&[ana(vec![credential("US-VA", "2020-01-01T00:00:00Z", "2026-06-10T16:00:00Z")])], june());
        let line = |from, until| entry(ShiftKind::Line, from, until);
        let first = |roster: &[RosterEntry]| {
            let ending = ending_on_shift(&found, roster);
            ending.first().and_then(|one| one.shift).map(|(_, starts_at)| starts_at)
        };
        let before = line("2026-06-10T08:00:00Z", "2026-06-10T16:00:00Z");
        let during = line("2026-06-10T12:00:00Z", "2026-06-10T20:00:00Z");
        let after = line("2026-06-11T08:00:00Z", "2026-06-11T16:00:00Z");
        let on_call = entry(ShiftKind::OnCall { rung: 1 }, "2026-06-10T00:00:00Z", "2026-06-11T00:00:00Z");
        assert_eq!(first(&[before.clone(), on_call]), None, "it lasts to its end; on call no license is asked for");
        assert_eq!(first(&[before, during.clone(), after.clone()]), Some(during.span.from));
        assert_eq!(first(std::slice::from_ref(&after)), Some(after.span.from));
        let ben = RosterEntry { counselor: PersonId::parse("ben").unwrap(), ..after };
        assert_eq!(first(&[ben]), None);
    }

    #[test]
    fn credentials_are_checked_at_nine_by_the_wall_clock_also_when_the_clocks_change() {
        for (now, next) in [
            ("2026-06-10T08:59:59-04:00", "2026-06-10T09:00:00-04:00"),
            ("2026-06-10T09:00:00-04:00", "2026-06-11T09:00:00-04:00"),
            ("2026-03-07T12:00:00-05:00", "2026-03-08T09:00:00-04:00"),
            ("2026-10-31T12:00:00-04:00", "2026-11-01T09:00:00-05:00"),
        ] {
            assert_eq!(next_check(new_york(), at(now)), at(next));
        }
    }
}
