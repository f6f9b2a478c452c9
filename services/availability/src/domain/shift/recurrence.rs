//! The days of a recurring shift.
//!
//! A rule of RFC 5545 is asked for days only, on a calendar without time zones; what a time on such a day means is
//! [`instant`](super::instant)'s matter. What the rrule crate does about daylight saving is therefore never asked.

use std::fmt;

use chrono::{DateTime, Days, NaiveDate};
use rrule::{Frequency, RRule, RRuleSet, Tz, Unvalidated};

/// Days that one question may be answered with.
const MOST_DAYS: u16 = 400;

/// A rule that gives days. It is kept as it was written.
#[derive(Clone)]
pub struct Recurrence {
    text: String,
    rule: RRule<Unvalidated>,
}

impl Recurrence {
    /// The most characters of a written rule.
    pub const LONGEST: usize = 200;

    /// Reads a rule for a shift whose first day is this one.
    ///
    /// # Errors
    /// What a rule must be.
    pub fn parse(text: &str, first_day: NaiveDate) -> Result<Self, &'static str> {
        if text.len() > Self::LONGEST {
            return Err("must have at most 200 characters");
        }
        let rule: RRule<Unvalidated> = text.parse().map_err(|_| "must be a rule of RFC 5545")?;
        if rule.get_freq() > Frequency::Daily {
            return Err("must have the frequency DAILY, WEEKLY, MONTHLY or YEARLY");
        }
        let has_times =
            !(rule.get_by_hour().is_empty() && rule.get_by_minute().is_empty() && rule.get_by_second().is_empty());
        if has_times || rule.get_count().is_some() || rule.get_until().is_some() {
            return Err("must not have COUNT, UNTIL, BYHOUR, BYMINUTE or BYSECOND");
        }
        if rule.get_interval() == 0 {
            return Err("must have an INTERVAL of at least 1");
        }
        rule.clone().validate(midnight(first_day)).map_err(|_| "must be a rule of RFC 5545")?;
        Ok(Self { text: text.to_owned(), rule })
    }

    /// The days it gives, beginning at `first_day`, that lie between two days, these included; at most 400.
    pub fn days(&self, first_day: NaiveDate, from: NaiveDate, to: NaiveDate) -> Vec<NaiveDate> {
        let start = midnight(self.later_start(first_day, from));
        let Ok(rule) = self.rule.clone().validate(start) else { return Vec::new() };
        let set = RRuleSet::new(start).rrule(rule).after(midnight(from)).before(midnight(to));
        let days = set.all(MOST_DAYS).dates.into_iter().map(|at| at.date_naive());
        days.filter(|day| (from..=to).contains(day)).collect()
    }

    /// A start with the same days from `from` on: whole cycles later. A rule that began years ago would otherwise be
    /// walked through from its first day.
    fn later_start(&self, first_day: NaiveDate, from: NaiveDate) -> NaiveDate {
        let days_a_cycle = match self.rule.get_freq() {
            Frequency::Daily => 1,
            Frequency::Weekly => 7,
            _ => return first_day,
        };
        let cycle = days_a_cycle * u64::from(self.rule.get_interval());
        let gone = u64::try_from((from - first_day).num_days()).unwrap_or_default();
        first_day.checked_add_days(Days::new(gone / cycle * cycle)).unwrap_or(first_day)
    }
}

fn midnight(day: NaiveDate) -> DateTime<Tz> {
    day.and_time(chrono::NaiveTime::MIN).and_utc().with_timezone(&Tz::UTC)
}

impl fmt::Display for Recurrence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Recurrence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recurrence")
    }
}
