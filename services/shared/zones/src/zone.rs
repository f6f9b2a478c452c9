//! One zone, as chrono asks for it.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use chrono::{
    DateTime, Datelike, FixedOffset, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone, Timelike,
    Utc,
};
use jiff::civil;
use jiff::tz::{self, AmbiguousOffset};

use crate::zones;

/// A time zone of the IANA database. Two of the same name are equal.
#[derive(Clone, Copy)]
pub struct Zone(&'static Rules);

struct Rules {
    name: &'static str,
    rules: tz::TimeZone,
}

static UTC: Rules = Rules { name: "UTC", rules: tz::TimeZone::UTC };

/// No zone has this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no time zone has this name")]
pub struct UnknownZone;

impl Zone {
    /// Universal time.
    pub const UTC: Self = Self(&UTC);

    /// Reads a compiled file; none if it is not one. It is never given back: a process reads each zone once.
    pub(crate) fn read(name: &str, compiled: &[u8]) -> Option<Self> {
        let rules = tz::TimeZone::tzif(name, compiled).inspect_err(|error| {
            tracing::warn!(%error, "a file of time zones cannot be read");
        });
        let name: &'static str = Box::leak(name.into());
        Some(Self(Box::leak(Box::new(Rules { name, rules: rules.ok()? }))))
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// The instant at which the clocks go forward over a local time that they never show; none if they show it.
    pub fn skipped_until(self, local: NaiveDateTime) -> Option<DateTime<Utc>> {
        let AmbiguousOffset::Gap { before, .. } = self.ambiguous(local) else { return None };
        let as_before = (local.and_utc().timestamp() - i64::from(before.seconds())).saturating_add(1);
        let change = self.0.rules.preceding(instant(as_before)).next()?;
        DateTime::from_timestamp(change.timestamp().as_second(), 0)
    }

    fn ambiguous(self, local: NaiveDateTime) -> AmbiguousOffset {
        self.0.rules.to_ambiguous_timestamp(civil_time(local)).offset()
    }

    fn offset(self, offset: tz::Offset) -> ZoneOffset {
        let east = FixedOffset::east_opt(offset.seconds()).unwrap_or(Utc.fix());
        ZoneOffset { zone: self, east }
    }
}

/// Beyond the years -9999 to 9999 the nearest that the library knows.
fn instant(seconds: i64) -> jiff::Timestamp {
    let nearest = if seconds < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
    jiff::Timestamp::from_second(seconds).unwrap_or(nearest)
}

fn civil_time(local: NaiveDateTime) -> civil::DateTime {
    let two_digits = |number: u32| i8::try_from(number).unwrap_or_default();
    let nearest = if local.year() < 0 { civil::DateTime::MIN } else { civil::DateTime::MAX };
    let year = i16::try_from(local.year()).unwrap_or(i16::MAX);
    civil::DateTime::new(
        year,
        two_digits(local.month()),
        two_digits(local.day()),
        two_digits(local.hour()),
        two_digits(local.minute()),
        two_digits(local.second()),
        0,
    )
    .unwrap_or(nearest)
}

impl FromStr for Zone {
    type Err = UnknownZone;

    /// Reads the name of a zone, by the zones of this process.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        zones().get(name).ok_or(UnknownZone)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Zone {}

impl Hash for Zone {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl TimeZone for Zone {
    type Offset = ZoneOffset;

    fn from_offset(offset: &ZoneOffset) -> Self {
        offset.zone
    }

    fn offset_from_local_date(&self, local: &NaiveDate) -> MappedLocalTime<ZoneOffset> {
        self.offset_from_local_datetime(&local.and_time(NaiveTime::MIN))
    }

    fn offset_from_local_datetime(&self, local: &NaiveDateTime) -> MappedLocalTime<ZoneOffset> {
        match self.ambiguous(*local) {
            AmbiguousOffset::Unambiguous { offset } => MappedLocalTime::Single(self.offset(offset)),
            AmbiguousOffset::Fold { before, after } => {
                MappedLocalTime::Ambiguous(self.offset(before), self.offset(after))
            }
            AmbiguousOffset::Gap { .. } => MappedLocalTime::None,
        }
    }

    fn offset_from_utc_date(&self, utc: &NaiveDate) -> ZoneOffset {
        self.offset_from_utc_datetime(&utc.and_time(NaiveTime::MIN))
    }

    fn offset_from_utc_datetime(&self, utc: &NaiveDateTime) -> ZoneOffset {
        self.offset(self.0.rules.to_offset(instant(utc.and_utc().timestamp())))
    }
}

/// How far a zone is from universal time at one instant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ZoneOffset {
    zone: Zone,
    east: FixedOffset,
}

impl Offset for ZoneOffset {
    fn fix(&self) -> FixedOffset {
        self.east
    }
}

impl fmt::Display for ZoneOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.east, f)
    }
}

impl fmt::Debug for ZoneOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
