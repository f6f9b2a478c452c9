//! The days of a recurring shift.
//!
//! A rule of RFC 5545 is asked for days only, on a calendar without time zones; what a time on such a day means is
//! [`instant`](super::instant)'s matter. What the rrule crate does about daylight saving is therefore never asked.
//!
//! # Invariants
//! - The cost of an answer depends on the time that is asked about alone: not on how long ago the rule began, and not
//!   on whether it ever gives a day. The crate walks from match to match, and through 100,000 days where there is none;
//!   so it is asked about one month or year at a time, and its own walk ends there.

use std::fmt;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Weekday};
use rrule::{Frequency, NWeekday, RRule, RRuleSet, Tz, Unvalidated};

/// No month or year has more days.
const MOST_DAYS: u16 = 366;

/// Years from its first day on in which a rule must give a day.
const FIRST_WITHIN_YEARS: u32 = 10;

/// A rule that gives days. It is kept as it was written.
#[derive(Clone)]
pub struct Recurrence {
    text: String,
    first_day: NaiveDate,
    cycle: Cycle,
    /// Every so many cycles.
    interval: i64,
    /// The crate's rule for one page of the calendar: a year of a yearly rule, a month of any other.
    of_page: RRule,
    /// Which days of each cycle, counted from its begin or its end, where the page is not the cycle; empty: all.
    positions: Vec<i32>,
}

/// What the interval of a rule counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cycle {
    Day,
    /// It begins on this day.
    Week(Weekday),
    Month,
    Year,
}

impl Recurrence {
    /// The most characters of a written rule.
    pub const LONGEST: usize = 200;

    /// Reads a rule for a shift whose first day is this one.
    ///
    /// # Errors
    /// What a rule must be.
    pub fn parse(text: &str, first_day: NaiveDate) -> Result<Self, &'static str> {
        const NOT_A_RULE: &str = "must be a rule of RFC 5545";
        if text.len() > Self::LONGEST {
            return Err("must have at most 200 characters");
        }
        let rule: RRule<Unvalidated> = text.parse().map_err(|_| NOT_A_RULE)?;
        let cycle = match rule.get_freq() {
            Frequency::Daily => Cycle::Day,
            Frequency::Weekly => Cycle::Week(rule.get_week_start()),
            Frequency::Monthly => Cycle::Month,
            Frequency::Yearly => Cycle::Year,
            _ => return Err("must have the frequency DAILY, WEEKLY, MONTHLY or YEARLY"),
        };
        let has_times =
            !(rule.get_by_hour().is_empty() && rule.get_by_minute().is_empty() && rule.get_by_second().is_empty());
        if has_times || rule.get_count().is_some() || rule.get_until().is_some() {
            return Err("must not have COUNT, UNTIL, BYHOUR, BYMINUTE or BYSECOND");
        }
        if rule.get_interval() == 0 {
            return Err("must have an INTERVAL of at least 1");
        }
        rule.clone().validate(midnight(first_day)).map_err(|_| NOT_A_RULE)?;
        let interval = i64::from(rule.get_interval());
        let (of_page, positions) = of_page(rule, cycle, first_day);
        let of_page = of_page.validate(midnight(first_day)).map_err(|_| NOT_A_RULE)?;
        Ok(Self { text: text.to_owned(), first_day, cycle, interval, of_page, positions })
    }

    /// The days it gives, from its first day on, that lie between two days, these included.
    pub fn days(&self, from: NaiveDate, to: NaiveDate) -> Vec<NaiveDate> {
        let from = from.max(self.first_day);
        let (whole_from, whole_to) = self.cycle.whole(from, to);
        let pages = std::iter::successors(Some(self.page_of(whole_from)), |page| self.page_after(*page));
        let days = pages.take_while(|page| *page <= whole_to).flat_map(|page| self.days_of_page(page));
        let days: Vec<_> = days.filter(|day| (whole_from..=whole_to).contains(day) && self.is_in_cycle(*day)).collect();
        let cycles = days.chunk_by(|one, next| self.cycle.number(*one) == self.cycle.number(*next));
        let chosen = cycles.flat_map(|cycle| chosen(cycle, &self.positions));
        chosen.filter(|day| (from..=to).contains(day)).collect()
    }

    /// The first day it gives, not later than `last_day`. None when its first ten years have none: such a shift is
    /// refused.
    pub fn first(&self, last_day: Option<NaiveDate>) -> Option<NaiveDate> {
        let years = (0..FIRST_WITHIN_YEARS).filter_map(|year| {
            let begins = self.first_day.checked_add_months(Months::new(12 * year))?;
            Some((begins, begins.checked_add_months(Months::new(12))?))
        });
        let first = years.into_iter().find_map(|(from, to)| self.days(from, to).first().copied());
        first.filter(|first| last_day.is_none_or(|last| *first <= last))
    }

    fn is_in_cycle(&self, day: NaiveDate) -> bool {
        (self.cycle.number(day) - self.cycle.number(self.first_day)) % self.interval == 0
    }

    /// The days of one page, by the crate. Its next page lies thousands of years ahead, where it gives up.
    fn days_of_page(&self, page: NaiveDate) -> Vec<NaiveDate> {
        let Some(end) = self.page_after(page) else { return Vec::new() };
        let set = RRuleSet::new(midnight(page)).rrule(self.of_page.clone()).before(midnight(end));
        let days = set.all(MOST_DAYS).dates.into_iter().map(|at| at.date_naive());
        days.filter(|day| *day < end).collect()
    }

    fn months_a_page(&self) -> u32 {
        if self.cycle == Cycle::Year { 12 } else { 1 }
    }

    fn page_of(&self, day: NaiveDate) -> NaiveDate {
        let month = if self.cycle == Cycle::Year { 1 } else { day.month() };
        NaiveDate::from_ymd_opt(day.year(), month, 1).unwrap_or(day)
    }

    fn page_after(&self, page: NaiveDate) -> Option<NaiveDate> {
        page.checked_add_months(Months::new(self.months_a_page()))
    }
}

/// The crate's rule for one page, and the positions that it does not apply itself.
///
/// Of days and weeks, a month has those that the parts of the rule allow: in a rule of months the same parts allow the
/// same days, once each part that would be filled in otherwise is there.
fn of_page(rule: RRule<Unvalidated>, cycle: Cycle, first_day: NaiveDate) -> (RRule<Unvalidated>, Vec<i32>) {
    let rule = rule.interval(u16::MAX);
    let every_day = || std::iter::successors(Some(Weekday::Mon), |day| Some(day.succ())).take(7);
    let names_days = !(rule.get_by_weekday().is_empty() && rule.get_by_month_day().is_empty());
    let days = match cycle {
        Cycle::Month | Cycle::Year => return (rule, Vec::new()),
        Cycle::Day => every_day().map(NWeekday::Every).collect(),
        Cycle::Week(_) => vec![NWeekday::Every(first_day.weekday())],
    };
    let positions = rule.get_by_set_pos().to_vec();
    let rule = rule.freq(Frequency::Monthly).by_set_pos(Vec::new());
    (if names_days { rule } else { rule.by_weekday(days) }, positions)
}

/// The days of a cycle at these positions: 1 is its first, -1 its last.
fn chosen(cycle: &[NaiveDate], positions: &[i32]) -> Vec<NaiveDate> {
    let is_chosen = |index: usize| {
        let (from_begin, from_end) = (index as i32 + 1, index as i32 - cycle.len() as i32);
        positions.is_empty() || positions.contains(&from_begin) || positions.contains(&from_end)
    };
    cycle.iter().enumerate().filter(|(index, _)| is_chosen(*index)).map(|(_, day)| *day).collect()
}

impl Cycle {
    /// The number of the cycle that a day lies in, counted from a fixed day.
    fn number(self, day: NaiveDate) -> i64 {
        // The first day of the common era is day 1, a Monday.
        let days = i64::from(day.num_days_from_ce());
        match self {
            Self::Day => days,
            Self::Week(begins) => (days - 1 - i64::from(begins.num_days_from_monday())).div_euclid(7),
            Self::Month => i64::from(day.year()) * 12 + i64::from(day.month0()),
            Self::Year => day.year().into(),
        }
    }

    /// The days from one to another, extended to whole cycles: a position chooses among all days of a cycle.
    fn whole(self, from: NaiveDate, to: NaiveDate) -> (NaiveDate, NaiveDate) {
        let Self::Week(begins) = self else { return (from, to) };
        let into_week = from.weekday().days_since(begins);
        let left = 6 - to.weekday().days_since(begins);
        let whole_from = from.checked_sub_days(Days::new(into_week.into())).unwrap_or(from);
        (whole_from, to.checked_add_days(Days::new(left.into())).unwrap_or(to))
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
