//! How a span is or was staffed, compared with the requirements: facts that measures are made from.
//!
//! The same for a roster and for what became of it. Counted are the times of counselors on duty: planned ones by
//! [`on_line`](super::on_line), or real ones from the record of presences.

use std::collections::HashMap;

use chrono::TimeDelta;
use harborline_types::{Budget, BudgetSpent, PersonId};

use super::{Coverage, Requirement, coverage};
use crate::domain::shift::Zone;
use crate::domain::{Counselor, Span, Spans};

/// Counselors with their times on duty, and the requirements to compare them with.
#[derive(Clone, Debug)]
pub struct Duty {
    /// The requirements of the program.
    pub requirements: Vec<Requirement>,
    /// The counselors who are on duty at some instant.
    pub counselors: Vec<Counselor>,
    /// The times on duty of each counselor.
    pub times: HashMap<PersonId, Spans>,
}

impl Duty {
    /// Compares the times with each requirement, over a span.
    ///
    /// # Errors
    /// When the budget is spent.
    pub fn coverage(&self, zone: Zone, within: Span, budget: &dyn Budget) -> Result<Vec<Coverage<'_>>, BudgetSpent> {
        coverage(&self.requirements, &self.counselors, &self.times, zone, within, budget)
    }

    /// How a span is staffed, compared with each requirement.
    ///
    /// # Errors
    /// When the budget is spent.
    pub fn staffing_over(&self, zone: Zone, within: Span, budget: &dyn Budget) -> Result<Staffing, BudgetSpent> {
        Ok(self.staffing(&self.coverage(zone, within, budget)?, within))
    }

    /// How a span is staffed; `covered` is its coverage.
    pub fn staffing(&self, covered: &[Coverage<'_>], within: Span) -> Staffing {
        let credentialed = |counselor: &Counselor| {
            let valid = counselor.credentials.iter().filter_map(|it| Span::new(it.valid_from, it.valid_until));
            Some(self.times.get(&counselor.id)?.and(&valid.collect()).and(&[within].into_iter().collect()))
        };
        Staffing {
            required: covered.iter().flat_map(|it| it.in_force.iter()).collect(),
            uncovered: covered.iter().flat_map(Coverage::holes).map(|hole| hole.span).collect(),
            on_duty: self.times.values().map(|times| times.and(&[within].into_iter().collect())).collect(),
            credentialed: self.counselors.iter().filter_map(credentialed).collect(),
        }
    }
}

/// How a span is staffed.
#[derive(Clone, Debug)]
pub struct Staffing {
    required: Spans,
    uncovered: Spans,
    on_duty: Vec<Spans>,
    credentialed: Vec<Spans>,
}

/// The figures of one interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StaffingFigures {
    /// How long some requirement is in force.
    pub required: TimeDelta,
    /// How long some requirement that is in force is not met. Two that are not met at once count once.
    pub uncovered: TimeDelta,
    /// The time on duty of all counselors, added up.
    pub on_duty: TimeDelta,
    /// The part of it with a valid credential, of any type and jurisdiction.
    pub credentialed: TimeDelta,
}

impl Staffing {
    /// The figures of an interval. Those of intervals that make up a span add up to the figures of the span.
    pub fn figures(&self, interval: Span) -> StaffingFigures {
        let length = |times: &Spans| times.within(interval).map(|span| span.until - span.from).sum::<TimeDelta>();
        let all = |times: &[Spans]| times.iter().map(length).sum();
        StaffingFigures {
            required: length(&self.required),
            uncovered: length(&self.uncovered),
            on_duty: all(&self.on_duty),
            credentialed: all(&self.credentialed),
        }
    }
}
