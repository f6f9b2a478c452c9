//! Cutting a span into intervals of the wall clock, counted from local midnight.

use chrono::{Days, NaiveDate, NaiveTime, TimeDelta};
use harborline_types::Timestamp;

use crate::domain::shift::{Zone, instant};

/// How time is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interval {
    /// Not at all.
    Whole,
    /// At each quarter of an hour.
    QuarterHour,
    /// At each half hour.
    HalfHour,
    /// At local midnight: days of 23 to 25 hours.
    Day,
}

impl Interval {
    /// The longest time that is cut so, in days: a thousand intervals or less.
    pub fn most_days(self) -> i64 {
        match self {
            Self::QuarterHour => 8,
            Self::HalfHour => 16,
            Self::Whole | Self::Day => 400,
        }
    }

    fn step(self) -> Option<TimeDelta> {
        match self {
            Self::QuarterHour => Some(TimeDelta::minutes(15)),
            Self::HalfHour => Some(TimeDelta::minutes(30)),
            Self::Whole | Self::Day => None,
        }
    }
}

/// A span in intervals that follow one another without a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cuts {
    /// Where each interval begins, and where the last one ends.
    at: Vec<Timestamp>,
}

impl Cuts {
    /// Cuts the time from an instant until before a later one. The first and the last interval may be shorter.
    pub fn new(from: Timestamp, until: Timestamp, interval: Interval, zone: Zone) -> Self {
        let mut at = vec![from];
        if interval != Interval::Whole {
            let mut day = local_date(from, zone);
            while day_begins(day, zone) < until {
                let next = day.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
                let (begins, ends) = (day_begins(day, zone), day_begins(next, zone));
                // By elapsed time since midnight and not by the wall clock, so that no interval is missing or there
                // twice when the clocks change.
                let step = interval.step().unwrap_or(ends - begins);
                let steps = std::iter::successors(Some(begins), |cut| Some(*cut + step));
                at.extend(steps.take_while(|cut| *cut < ends).filter(|cut| *cut > from && *cut < until));
                if next <= day {
                    break;
                }
                day = next;
            }
        }
        at.push(until);
        Self { at }
    }

    /// The whole time.
    pub fn span(&self) -> (Timestamp, Timestamp) {
        (self.at[0], self.at[self.at.len() - 1])
    }

    /// How many intervals there are: at least one.
    pub fn len(&self) -> usize {
        self.at.len() - 1
    }

    /// Whether there is no interval, which there always is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// An interval's first instant, and the first one after it.
    pub fn interval(&self, index: usize) -> (Timestamp, Timestamp) {
        (self.at[index], self.at[index + 1])
    }

    /// The interval of an instant; none outside the whole time.
    pub fn of(&self, instant: Timestamp) -> Option<usize> {
        let index = self.at.partition_point(|cut| *cut <= instant).checked_sub(1)?;
        (index < self.len()).then_some(index)
    }
}

/// The first instant of a local day. Where the clocks skip midnight, the day begins when they go on.
pub fn day_begins(day: NaiveDate, zone: Zone) -> Timestamp {
    instant(zone, day.and_time(NaiveTime::MIN))
}

/// The local day of an instant.
pub fn local_date(at: Timestamp, zone: Zone) -> NaiveDate {
    at.with_timezone(&zone).date_naive()
}
