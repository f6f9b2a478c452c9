//! From the wall clock to instants.

use chrono::{LocalResult, NaiveDate, NaiveDateTime, TimeDelta, TimeZone};
pub use harborline_types::TimeOfDay;
use harborline_types::Timestamp;
pub use harborline_zones::Zone;

use crate::domain::Span;

const MINUTES_A_DAY: i16 = 24 * 60;

/// The instant at which a wall clock shows this time.
///
/// A time that exists twice means the first; one that does not exist means the instant at which the clocks go forward.
/// So a later time is never an earlier instant, and shifts that follow each other on the wall clock follow each other
/// in fact. RFC 5545 instead takes a time that does not exist by the offset before: two shifts that meet in the gap
/// would then overlap.
pub fn instant(zone: Zone, local: NaiveDateTime) -> Timestamp {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.to_utc(),
        // A local time that does not exist is skipped by a change of the clocks.
        LocalResult::None => zone.skipped_until(local).unwrap_or_else(|| local.and_utc()),
    }
}

/// From one time of day to another, on the next day if that is not later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours {
    /// The first minute.
    pub starts: TimeOfDay,
    /// The first minute after it.
    pub ends: TimeOfDay,
}

impl Hours {
    /// These hours of the local day; none when the clocks skip all of them.
    pub fn on(self, zone: Zone, day: NaiveDate) -> Option<Span> {
        let midnight = day.and_time(chrono::NaiveTime::MIN);
        let at = |minutes: i16| {
            midnight.checked_add_signed(TimeDelta::minutes(i64::from(minutes))).map(|local| instant(zone, local))
        };
        let later = if self.ends <= self.starts { MINUTES_A_DAY } else { 0 };
        Span::new(at(self.starts.minutes())?, at(self.ends.minutes() + later)?)
    }
}

/// The local days on which hours may begin that touch a time: from the day before its first to its last.
pub fn days_around(zone: Zone, span: Span) -> impl Iterator<Item = NaiveDate> {
    let local = |at: Timestamp| at.with_timezone(&zone).date_naive();
    let first = local(span.from).pred_opt().unwrap_or(NaiveDate::MIN);
    let last = local(span.until);
    first.iter_days().take_while(move |day| *day <= last)
}
