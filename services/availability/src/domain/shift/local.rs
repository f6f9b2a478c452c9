//! From the wall clock to instants.

use std::fmt;
use std::str::FromStr;

use chrono::{LocalResult, NaiveDate, NaiveDateTime, TimeDelta, TimeZone};
use harborline_types::{Timestamp, UnknownWord};
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

/// A time of day in whole minutes, "00:00" to "23:59".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay(i16);

impl TimeOfDay {
    /// So many minutes after midnight; none if that is no time of the day.
    pub fn from_minutes(minutes: i16) -> Option<Self> {
        (0..MINUTES_A_DAY).contains(&minutes).then_some(Self(minutes))
    }

    /// Minutes after midnight.
    pub fn minutes(self) -> i16 {
        self.0
    }
}

impl FromStr for TimeOfDay {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        let read = text.split_once(':').filter(|(hours, minutes)| digits(hours) && digits(minutes));
        let read = read.and_then(|(hours, minutes)| Some((hours.parse::<i16>().ok()?, minutes.parse::<i16>().ok()?)));
        let read = read.filter(|(hours, minutes)| *hours < 24 && *minutes < 60);
        read.map(|(hours, minutes)| Self(hours * 60 + minutes)).ok_or(UnknownWord("time of day"))
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
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
        Span::new(at(self.starts.0)?, at(self.ends.0 + later)?)
    }
}

/// The local days on which hours may begin that touch a time: from the day before its first to its last.
pub fn days_around(zone: Zone, span: Span) -> impl Iterator<Item = NaiveDate> {
    let local = |at: Timestamp| at.with_timezone(&zone).date_naive();
    let first = local(span.from).pred_opt().unwrap_or(NaiveDate::MIN);
    let last = local(span.until);
    first.iter_days().take_while(move |day| *day <= last)
}
