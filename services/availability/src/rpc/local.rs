//! What calls about the roster share: local days and times, stretches of time, and the rules without which these mean
//! nothing.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate, SecondsFormat, TimeDelta};
use harborline_identity::ProgramScope;
use harborline_proto::availability::v1 as pb;
use harborline_status::Fields;
use harborline_store::Tx;
use harborline_types::PersonId;
use harborline_types::wire::timestamp;
use prost_types::Timestamp;

use crate::domain::Span;
use crate::domain::shift::{Hours, RosterEntry, RosterRules, ShiftDay, ShiftKind, Zone};
use crate::error::AvailabilityError;
use crate::store;

/// Years that a roster may be about.
pub(super) const YEARS: std::ops::RangeInclusive<i32> = 2000..=2199;

/// The program's roster rules.
///
/// # Errors
/// `ROSTER_NOT_READY` when there are none.
pub(super) async fn rules(tx: &mut Tx, scope: &ProgramScope) -> Result<RosterRules, AvailabilityError> {
    store::roster_rules(tx, scope).await?.ok_or(AvailabilityError::RosterNotReady)
}

/// Reads the name of a time zone, or nothing when it is empty. The outer `None` means a fault.
pub(super) fn optional_zone(fields: &mut Fields, field: &str, name: &str) -> Option<Option<Zone>> {
    if name.is_empty() { Some(None) } else { zone(fields, field, name).map(Some) }
}

/// Reads the name of a time zone.
pub(super) fn zone(fields: &mut Fields, field: &str, name: &str) -> Option<Zone> {
    let zone = name.parse().ok();
    if zone.is_none() {
        fields.fault(field, "must be a name of the IANA database such as \"America/New_York\"");
    }
    zone
}

/// Reads a local day.
pub(super) fn day(fields: &mut Fields, field: &str, text: &str) -> Option<NaiveDate> {
    let is_written_so = text.len() == 10;
    let day = text.parse::<NaiveDate>().ok().filter(|day| is_written_so && YEARS.contains(&day.year()));
    if day.is_none() {
        fields.fault(field, "must be a day of the years 2000 to 2199, such as \"2026-11-01\"");
    }
    day
}

/// Reads a local day, or nothing when it is empty. The outer `None` means a fault.
pub(super) fn optional_day(fields: &mut Fields, field: &str, text: &str) -> Option<Option<NaiveDate>> {
    if text.is_empty() { Some(None) } else { day(fields, field, text).map(Some) }
}

/// Reads two times of day.
pub(super) fn hours(fields: &mut Fields, message: &str, starts: &str, ends: &str) -> Option<Hours> {
    let mut time = |name: &str, text: &str| {
        let time = text.parse().ok();
        if time.is_none() {
            fields.fault(format!("{message}.{name}"), "must be a time of day such as \"22:00\"");
        }
        time
    };
    let (starts, ends) = (time("starts", starts), time("ends", ends));
    Some(Hours { starts: starts?, ends: ends? })
}

/// Reads a shift on one of its days.
pub(super) fn shift_day(fields: &mut Fields, field: &str, wire: Option<&pb::ShiftDay>) -> Option<ShiftDay> {
    let wire = fields.message(field, wire);
    let shift = fields.id(&format!("{field}.shift_id"), &wire.shift_id);
    let day = day(fields, &format!("{field}.day"), &wire.day);
    Some(ShiftDay { shift: shift?, day: day? })
}

/// Reads `from` and `until`, which may be so far apart.
pub(super) fn span(
    fields: &mut Fields,
    from: Option<&Timestamp>,
    until: Option<&Timestamp>,
    most: TimeDelta,
) -> Option<Span> {
    let (from, until) = (fields.instant("from", from), fields.instant("until", until));
    let (from, until) = (from?, until?);
    let span = Span::new(from, until).filter(|_| YEARS.contains(&from.year()) && until - from <= most);
    if span.is_none() {
        let hours = most.num_hours();
        fields.fault("until", format!("must be after `from`, by at most {hours} hours, and both in 2000 to 2199"));
    }
    span
}

/// A shift on one of its days, for the wire.
pub(super) fn wire_shift_day(shift_day: ShiftDay) -> pb::ShiftDay {
    pb::ShiftDay { shift_id: shift_day.shift.to_string(), day: shift_day.day.to_string() }
}

/// What a shift is there for, for the wire: the kind and the rung.
pub(super) fn wire_kind(kind: ShiftKind) -> (i32, i32) {
    match kind {
        ShiftKind::Line => (pb::ShiftKind::Line.into(), 0),
        ShiftKind::OnCall { rung } => (pb::ShiftKind::OnCall.into(), rung.into()),
    }
}

/// Entries of a roster, for the wire: each also on the clock of who is on duty.
pub(super) async fn wire_entries<'a>(
    tx: &mut Tx,
    scope: &ProgramScope,
    rules: RosterRules,
    entries: impl IntoIterator<Item = &'a RosterEntry>,
) -> Result<Vec<pb::RosterEntry>, AvailabilityError> {
    let entries: Vec<&RosterEntry> = entries.into_iter().collect();
    let people: BTreeSet<&PersonId> = entries.iter().map(|entry| &entry.counselor).collect();
    let own = store::zones_of(tx, scope, people).await?;
    let zone = |entry: &RosterEntry| own.get(&entry.counselor).copied().unwrap_or(rules.zone);
    Ok(entries.into_iter().map(|entry| wire_entry(entry, zone(entry))).collect())
}

fn wire_entry(entry: &RosterEntry, zone: Zone) -> pb::RosterEntry {
    let (kind, rung) = wire_kind(entry.kind);
    let local = |at: harborline_types::Timestamp| at.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::Secs, false);
    pb::RosterEntry {
        shift_day: Some(wire_shift_day(entry.shift_day)),
        counselor_id: entry.counselor.to_string(),
        kind,
        rung,
        starts_at: Some(timestamp(entry.span.from)),
        ends_at: Some(timestamp(entry.span.until)),
        starts_at_local: local(entry.span.from),
        ends_at_local: local(entry.span.until),
    }
}
