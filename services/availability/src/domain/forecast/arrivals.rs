//! The contacts that are expected to arrive, by half hour.

use std::collections::HashMap;

use chrono::{DateTime, Datelike, TimeDelta, Timelike, Weekday};
use harborline_types::Timestamp;

use crate::domain::shift::Zone;

/// The interval of a forecast.
pub const HALF_HOUR: TimeDelta = TimeDelta::minutes(30);

/// The shortest history that has every weekday.
const SHORTEST_HISTORY: TimeDelta = TimeDelta::days(7);

/// Contacts in a half hour.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Arrivals {
    /// Acuity 1 and 2.
    pub urgent: f64,
    /// Acuity 3 to 5.
    pub other: f64,
}

impl Arrivals {
    /// The contacts of both classes.
    pub fn total(&self) -> f64 {
        self.urgent + self.other
    }
}

/// The half hours that begin from one instant until another, in order.
pub fn half_hours(from: Timestamp, until: Timestamp) -> impl Iterator<Item = Timestamp> {
    std::iter::successors(Some(from), |at| at.checked_add_signed(HALF_HOUR)).take_while(move |at| *at < until)
}

/// The half hour of the week that an instant lies in, on the program's wall clock.
fn half_hour_of_week(zone: Zone, at: Timestamp) -> (Weekday, u32) {
    let local = at.with_timezone(&zone);
    (local.weekday(), local.hour() * 2 + local.minute() / 30)
}

/// The means of past arrivals, by local weekday and half hour.
#[derive(Debug)]
pub struct History {
    zone: Zone,
    means: HashMap<(Weekday, u32), Arrivals>,
}

impl History {
    /// Of what arrived in each half hour from `since` until `until`; half hours in which nothing arrived may be left
    /// out. None when that is less than a week.
    ///
    /// A half hour of the week counts as often as it was there: those that the clocks skip or repeat, less or more
    /// often.
    pub fn of(zone: Zone, since: Timestamp, until: Timestamp, counts: &[(Timestamp, Arrivals)]) -> Option<Self> {
        if until - since < SHORTEST_HISTORY {
            return None;
        }
        let mut seen: HashMap<_, (f64, Arrivals)> = HashMap::new();
        for at in half_hours(since, until) {
            seen.entry(half_hour_of_week(zone, at)).or_default().0 += 1.0;
        }
        for (at, count) in counts.iter().filter(|(at, _)| (since..until).contains(at)) {
            let sum = &mut seen.entry(half_hour_of_week(zone, *at)).or_default().1;
            sum.urgent += count.urgent;
            sum.other += count.other;
        }
        let mean = |(times, sum): (f64, Arrivals)| Arrivals { urgent: sum.urgent / times, other: sum.other / times };
        let means = seen.into_iter().map(|(when, seen)| (when, mean(seen))).collect();
        Some(Self { zone, means })
    }

    /// The arrivals expected in the half hour that begins then. None for a half hour of the week that history does not
    /// have: there is one only if the clocks were changed by another time than an hour.
    pub fn expected(&self, at: Timestamp) -> Arrivals {
        self.means.get(&half_hour_of_week(self.zone, at)).copied().unwrap_or_default()
    }
}

/// The start of the half hour that an instant lies in.
pub fn half_hour_start(at: Timestamp) -> Timestamp {
    let seconds = HALF_HOUR.num_seconds();
    DateTime::from_timestamp(at.timestamp().div_euclid(seconds) * seconds, 0).unwrap_or(at)
}
