//! How a time is or was staffed, against what the program asks: facts that measures are made from.
//!
//! The same for a roster and for what became of it: what is counted are people's times on duty, planned ones as
//! [`on_line`](super::on_line) has them or real ones from a record of presence.

use std::collections::HashMap;

use chrono::TimeDelta;
use harborline_types::{Budget, BudgetSpent, PersonId};

use super::{Coverage, Requirement, coverage};
use crate::domain::shift::Zone;
use crate::domain::{Counselor, Span, Spans};

/// Who is on duty when, with all that tells whether that is enough.
#[derive(Clone, Debug)]
pub struct Duty {
    /// What the program asks.
    pub requirements: Vec<Requirement>,
    /// Those who are on duty at some instant, with what they can do.
    pub counselors: Vec<Counselor>,
    /// Everybody's times on duty.
    pub times: HashMap<PersonId, Spans>,
}

impl Duty {
    /// Holds it against each requirement, over a time.
    ///
    /// # Errors
    /// When the budget is spent.
    pub fn coverage(&self, zone: Zone, within: Span, budget: &dyn Budget) -> Result<Vec<Coverage<'_>>, BudgetSpent> {
        coverage(&self.requirements, &self.counselors, &self.times, zone, within, budget)
    }

    /// How a time is staffed, held against each requirement.
    ///
    /// # Errors
    /// When the budget is spent.
    pub fn staffing_over(&self, zone: Zone, within: Span, budget: &dyn Budget) -> Result<Staffing, BudgetSpent> {
        Ok(self.staffing(&self.coverage(zone, within, budget)?, within))
    }

    /// How a time is staffed; `covered` is its coverage.
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

/// How a time is staffed.
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
    /// Everybody's time on duty, added up.
    pub on_duty: TimeDelta,
    /// How much of that is of people with a credential that is valid then, of whatever type and place.
    pub credentialed: TimeDelta,
}

impl Staffing {
    /// The figures of an interval. Those of intervals that make up a time add up to that time's.
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
