//! Shifts, and who is to be on duty when.

use std::collections::HashMap;

use chrono::NaiveDate;
use harborline_types::{Budget, BudgetSpent, PersonId, ShiftId, Timestamp};

use super::local::{Hours, Zone, days_around};
use super::recurrence::Recurrence;
use crate::domain::Span;

/// How a program keeps its roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RosterRules {
    /// Where its wall clock hangs.
    pub zone: Zone,
    /// Whether a supervisor must approve an accepted swap.
    pub swaps_need_supervisor: bool,
}

/// What somebody on a shift is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShiftKind {
    /// Answers contacts.
    Line,
    /// A supervisor on call; the lowest rung is called first.
    OnCall {
        /// 1 to 9.
        rung: i16,
    },
}

/// A shift with all its days.
#[derive(Clone, Debug)]
pub struct Shift {
    /// Its id.
    pub id: ShiftId,
    /// Who is on it where a day does not say otherwise.
    pub counselor: PersonId,
    /// What for.
    pub kind: ShiftKind,
    /// The first local day on which it may begin.
    pub first_day: NaiveDate,
    /// The last one, if there is one.
    pub last_day: Option<NaiveDate>,
    /// When on the wall clock.
    pub hours: Hours,
    /// Its days; without a rule only the first.
    pub recurrence: Option<Recurrence>,
    /// Days that had not begun then are canceled.
    pub canceled_at: Option<Timestamp>,
}

/// A shift on one of its days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShiftDay {
    /// The shift.
    pub shift: ShiftId,
    /// The local day on which it begins.
    pub day: NaiveDate,
}

/// What was changed of one day: who is on it, or that nobody is.
pub type DayChanges = HashMap<ShiftDay, Option<PersonId>>;

/// Somebody on duty for one shift day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterEntry {
    /// When on the wall clock.
    pub shift_day: ShiftDay,
    /// Who.
    pub counselor: PersonId,
    /// What for.
    pub kind: ShiftKind,
    /// When in fact.
    pub span: Span,
}

impl Shift {
    /// The last day on which it can begin, if there is one.
    pub fn ends_with(&self) -> Option<NaiveDate> {
        if self.recurrence.is_none() { Some(self.first_day) } else { self.last_day }
    }

    /// When it is on that local day; none when it is not.
    pub fn on(&self, zone: Zone, day: NaiveDate) -> Option<Span> {
        let is_its_day = match &self.recurrence {
            None => day == self.first_day,
            Some(rule) => self.may_begin_on(day) && rule.days(day, day).contains(&day),
        };
        self.hours.on(zone, day).filter(|span| is_its_day && self.is_on_at(*span))
    }

    fn may_begin_on(&self, day: NaiveDate) -> bool {
        self.first_day <= day && self.last_day.is_none_or(|last| day <= last)
    }

    fn is_on_at(&self, span: Span) -> bool {
        self.canceled_at.is_none_or(|canceled| span.from < canceled)
    }

    /// Its days that touch a time.
    fn days_in(&self, zone: Zone, window: Span) -> Vec<NaiveDate> {
        let mut around = days_around(zone, window);
        let Some(first) = around.next() else { return Vec::new() };
        let last = around.last().unwrap_or(first);
        let days = match &self.recurrence {
            None => vec![self.first_day],
            Some(rule) => rule.days(first, last),
        };
        days.into_iter().filter(|day| (first..=last).contains(day) && self.may_begin_on(*day)).collect()
    }
}

/// What a roster is computed from.
#[derive(Clone, Debug)]
pub struct RosterFacts {
    /// The shifts that may touch the time.
    pub shifts: Vec<Shift>,
    /// What was changed of their days.
    pub changes: DayChanges,
    /// Where the program's wall clock hangs.
    pub zone: Zone,
    /// The time.
    pub window: Span,
}

impl RosterFacts {
    /// The entries of the roster.
    ///
    /// # Errors
    /// When the budget is spent.
    pub fn entries(&self, budget: &dyn Budget) -> Result<Vec<RosterEntry>, BudgetSpent> {
        roster(&self.shifts, &self.changes, self.zone, self.window, budget)
    }
}

/// Who is on duty at some instant of a time, by start.
///
/// # Errors
/// When the budget is spent.
pub fn roster(
    shifts: &[Shift],
    changes: &DayChanges,
    zone: Zone,
    window: Span,
    budget: &dyn Budget,
) -> Result<Vec<RosterEntry>, BudgetSpent> {
    let mut entries = Vec::new();
    for shift in shifts {
        budget.check()?;
        for day in shift.days_in(zone, window) {
            let shift_day = ShiftDay { shift: shift.id, day };
            let counselor = match changes.get(&shift_day) {
                None => Some(shift.counselor.clone()),
                Some(changed) => changed.clone(),
            };
            let span = shift.hours.on(zone, day).filter(|span| span.overlaps(window) && shift.is_on_at(*span));
            if let (Some(counselor), Some(span)) = (counselor, span) {
                entries.push(RosterEntry { shift_day, counselor, kind: shift.kind, span });
            }
        }
    }
    entries.sort_by_key(|entry| (entry.span, entry.shift_day));
    Ok(entries)
}
