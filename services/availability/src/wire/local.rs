//! Local days and times, spans, and entries of a roster.

use chrono::{Datelike, NaiveDate, SecondsFormat, TimeDelta};
use harborline_proto::availability::v1 as pb;
use harborline_status::Fields;
use harborline_types::wire::timestamp;
use prost_types::Timestamp;

use crate::domain::Span;
use crate::domain::shift::{Hours, RosterEntry, ShiftDay, ShiftKind, Zone};

/// The years in which a roster may have days.
pub(crate) const YEARS: std::ops::RangeInclusive<i32> = 2000..=2199;

/// Reads the name of a time zone, or nothing when it is empty. The outer `None` means a fault.
pub(crate) fn optional_zone(fields: &mut Fields, field: &str, name: &str) -> Option<Option<Zone>> {
    if name.is_empty() { Some(None) } else { zone(fields, field, name).map(Some) }
}

/// Reads the name of a time zone.
pub(crate) fn zone(fields: &mut Fields, field: &str, name: &str) -> Option<Zone> {
    fields.parsed(field, name, "must be a name of the IANA database such as \"America/New_York\"")
}

/// Reads a local day.
pub(crate) fn day(fields: &mut Fields, field: &str, text: &str) -> Option<NaiveDate> {
    fields.day(field, text, YEARS)
}

/// Reads a local day, or nothing when it is empty. The outer `None` means a fault.
pub(crate) fn optional_day(fields: &mut Fields, field: &str, text: &str) -> Option<Option<NaiveDate>> {
    if text.is_empty() { Some(None) } else { day(fields, field, text).map(Some) }
}

/// Reads two times of day.
pub(crate) fn hours(fields: &mut Fields, message: &str, starts: &str, ends: &str) -> Option<Hours> {
    let mut time = |name: &str, text: &str| fields.time_of_day(&format!("{message}.{name}"), text);
    let (starts, ends) = (time("starts", starts), time("ends", ends));
    Some(Hours { starts: starts?, ends: ends? })
}

/// Reads a shift on one of its days.
pub(crate) fn shift_day(fields: &mut Fields, field: &str, wire: Option<&pb::ShiftDay>) -> Option<ShiftDay> {
    let wire = fields.message(field, wire);
    let shift = fields.id(&format!("{field}.shift_id"), &wire.shift_id);
    let day = day(fields, &format!("{field}.day"), &wire.day);
    Some(ShiftDay { shift: shift?, day: day? })
}

/// Reads `from` and `until`, which may be at most this far apart.
pub(crate) fn span(
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
pub(crate) fn wire_shift_day(shift_day: ShiftDay) -> pb::ShiftDay {
    pb::ShiftDay { shift_id: shift_day.shift.to_string(), day: shift_day.day.to_string() }
}

/// The kind of a shift and its rung on the on-call ladder, for the wire.
pub(crate) fn wire_kind(kind: ShiftKind) -> (i32, i32) {
    match kind {
        ShiftKind::Line => (pb::ShiftKind::Line.into(), 0),
        ShiftKind::OnCall { rung } => (pb::ShiftKind::OnCall.into(), rung.into()),
    }
}

/// An entry of a roster, also on the clock of its counselor.
pub(crate) fn wire_entry(entry: &RosterEntry, zone: Zone) -> pb::RosterEntry {
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
