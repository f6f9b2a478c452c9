//! Shifts, and the roster of counselors on duty that follows from them.

use std::collections::HashMap;

use chrono::NaiveDate;
use harborline_types::{Budget, BudgetSpent, PersonId, ShiftId, Timestamp};

use super::local::{Hours, Zone, days_around};
use super::recurrence::Recurrence;
use crate::domain::Span;

/// The roster rules of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RosterRules {
    /// The time zone of its wall clock.
    pub zone: Zone,
    /// Whether a supervisor must approve an accepted swap.
    pub swaps_need_supervisor: bool,
}

/// The kind of a shift.
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
    /// The counselor on it, except on changed days.
    pub counselor: PersonId,
    /// The kind.
    pub kind: ShiftKind,
    /// The first local day on which it may begin.
    pub first_day: NaiveDate,
    /// The last one, if there is one.
    pub last_day: Option<NaiveDate>,
    /// The hours on the wall clock.
    pub hours: Hours,
    /// Its days; without a rule only the first.
    pub recurrence: Option<Recurrence>,
    /// The days that had not begun at this instant are canceled.
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

/// Changed days: the counselor on each, or none for a canceled one.
pub type DayChanges = HashMap<ShiftDay, Option<PersonId>>;

/// A counselor on duty for one shift day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterEntry {
    /// The shift and its local day.
    pub shift_day: ShiftDay,
    /// The counselor.
    pub counselor: PersonId,
    /// The kind of shift.
    pub kind: ShiftKind,
    /// The real time.
    pub span: Span,
}

impl Shift {
    /// The last day on which it can begin, if there is one.
    pub fn ends_with(&self) -> Option<NaiveDate> {
        if self.recurrence.is_none() { Some(self.first_day) } else { self.last_day }
    }

    /// The real time of the shift on a local day; none when it is not on that day.
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

    /// Its days that touch a span.
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

/// The facts that a roster is computed from.
#[derive(Clone, Debug)]
pub struct RosterFacts {
    /// The shifts that may touch the span.
    pub shifts: Vec<Shift>,
    /// Their changed days.
    pub changes: DayChanges,
    /// The time zone of the program's wall clock.
    pub zone: Zone,
    /// The span.
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

/// The roster entries that touch a span, by start.
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
