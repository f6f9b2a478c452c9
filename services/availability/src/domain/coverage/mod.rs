//! The roster of a program compared with its requirements.

mod announcement;
mod levels;
mod requirement;
mod staffing;
mod swap;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use chrono::TimeDelta;
use harborline_types::{Budget, BudgetSpent, PersonId, RequirementId};

use crate::domain::shift::{RosterEntry, ShiftKind, Zone};
use crate::domain::{Counselor, Span, Spans};

pub use announcement::{Announcement, announcements};
pub use levels::Levels;
pub use requirement::Requirement;
pub use staffing::{Duty, Staffing, StaffingFigures};
pub use swap::{SwapWarning, Swapped, swap_warnings};

/// A time in which a requirement is not met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hole {
    /// The requirement.
    pub requirement: RequirementId,
    /// The time of the hole.
    pub span: Span,
    /// The fewest counselors who count for it at any instant.
    pub planned: i32,
}

/// One requirement over a span: when it is in force, and how many counselors count for it.
#[derive(Debug)]
pub struct Coverage<'a> {
    /// The requirement.
    pub requirement: &'a Requirement,
    in_force: Spans,
    levels: Levels,
}

impl Coverage<'_> {
    /// The times in which it is not met. Adjoining times are one hole, also if different counselors are missing in
    /// them.
    pub fn holes(&self) -> Vec<Hole> {
        let mut holes: Vec<Hole> = Vec::new();
        for span in self.in_force.iter() {
            for (span, planned) in self.levels.steps(span).filter(|(_, there)| *there < self.requirement.at_least) {
                match holes.last_mut() {
                    Some(last) if last.span.until == span.from => {
                        last.span.until = span.until;
                        last.planned = last.planned.min(planned);
                    }
                    _ => holes.push(Hole { requirement: self.requirement.id, span, planned }),
                }
            }
        }
        holes
    }

    /// The fewest counselors who count for it in an interval while it is in force; none when it is not in force there.
    pub fn planned_in(&self, interval: Span) -> Option<i32> {
        self.in_force.within(interval).map(|span| self.levels.least(span)).min()
    }
}

/// The times of counselors on line shifts. A counselor on two at once counts once.
pub fn on_line(roster: &[RosterEntry]) -> HashMap<PersonId, Spans> {
    let mut spans: HashMap<PersonId, Vec<Span>> = HashMap::new();
    for entry in roster.iter().filter(|entry| entry.kind == ShiftKind::Line) {
        spans.entry(entry.counselor.clone()).or_default().push(entry.span);
    }
    spans.into_iter().map(|(counselor, spans)| (counselor, spans.into_iter().collect())).collect()
}

/// Compares the roster with each requirement, over a span. Times of a person who is not among the counselors do not
/// count.
///
/// # Errors
/// When the budget is spent: the cost is that of each requirement for each counselor.
pub fn coverage<'a>(
    requirements: &'a [Requirement],
    counselors: &[Counselor],
    on_line: &HashMap<PersonId, Spans>,
    zone: Zone,
    within: Span,
    budget: &dyn Budget,
) -> Result<Vec<Coverage<'a>>, BudgetSpent> {
    let covered = |requirement: &'a Requirement| {
        let mut times = Vec::new();
        for counselor in counselors {
            budget.check()?;
            if let Some(on_line) = on_line.get(&counselor.id) {
                times.push(on_line.and(&requirement.counts(counselor, within)));
            }
        }
        Ok(Coverage { requirement, in_force: requirement.in_force(zone, within), levels: Levels::of(&times) })
    };
    requirements.iter().map(covered).collect()
}

/// A span in intervals of this length; the last one may be shorter.
pub fn intervals(within: Span, length: TimeDelta) -> impl Iterator<Item = Span> {
    let starts = std::iter::successors(Some(within.from), move |at| at.checked_add_signed(length));
    let starts = starts.take_while(move |at| *at < within.until);
    starts.filter_map(move |from| Span::new(from, from.checked_add_signed(length)?.min(within.until)))
}
