//! `[computations]`: calls whose cost their caller chooses.

use std::time::Duration;

use serde::Deserialize;

use super::DatabaseSettings;
use crate::problems::{Problems, Validate};

/// How much this replica computes at once of what callers choose the cost of.
#[derive(Debug, Clone, Deserialize)]
pub struct ComputationSettings {
    /// Computations at once.
    pub at_once: usize,
    /// Computations of one program at once.
    pub at_once_of_one_program: usize,
    /// Calls of one program that may wait for their turn.
    pub waiting_of_one_program: usize,
    /// The longest time that one computation may take, in milliseconds.
    pub longest_ms: u64,
}

impl ComputationSettings {
    /// The longest time that one computation may take.
    pub fn longest(&self) -> Duration {
        Duration::from_millis(self.longest_ms)
    }
}

impl ComputationSettings {
    /// Each holds a connection while it reads, one of a call as one of a duty: some must be left to what answers contacts.
    /// A computation is given up after twice its longest time, and no statement of it may go on then.
    pub(crate) fn validate_for(&self, database: &DatabaseSettings, problems: &mut Problems) {
        let leaves_some = 2 * self.at_once < database.max_connections as usize;
        problems.check("computations.at_once", leaves_some, "below half of database.max_connections");
        let outlasts = 2 * self.longest_ms > database.statement_timeout_ms;
        problems.check("computations.longest_ms", outlasts, "more than half of database.statement_timeout_ms");
    }
}

impl Validate for ComputationSettings {
    fn validate(&self, problems: &mut Problems) {
        let (all, of_one) = (self.at_once, self.at_once_of_one_program);
        problems.check("computations.at_once", (1..=64).contains(&all), "between 1 and 64 computations");
        let fits = (1..=all).contains(&of_one);
        problems.check("computations.at_once_of_one_program", fits, "at least 1 and at most computations.at_once");
        let waiting = (1..=1000).contains(&self.waiting_of_one_program);
        problems.check("computations.waiting_of_one_program", waiting, "between 1 and 1000 calls");
        let longest = (100..=30_000).contains(&self.longest_ms);
        problems.check("computations.longest_ms", longest, "between 100 and 30000 milliseconds");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ProgramNaming;

    #[test]
    fn computations_leave_connections_to_others_and_outlast_their_statements() {
        let database = |max_connections| DatabaseSettings {
            url: String::new().into(),
            max_connections,
            statement_timeout_ms: 5_000,
            acquire_timeout_ms: 3_000,
            program_naming: ProgramNaming::default(),
        };
        let keys = |at_once, longest_ms, connections| {
            let (at_once_of_one_program, waiting_of_one_program) = (1, 8);
            let settings = ComputationSettings { at_once, at_once_of_one_program, waiting_of_one_program, longest_ms };
            let mut problems = Problems::default();
            settings.validate_for(&database(connections), &mut problems);
            let refused = problems.into_errors(|_| None);
            refused.problems.into_iter().map(|problem| problem.key).collect::<Vec<_>>()
        };
        assert_eq!(keys(3, 3_000, 10), [""; 0]);
        assert_eq!(keys(5, 3_000, 10), ["computations.at_once"]);
        assert_eq!(keys(3, 2_500, 10), ["computations.longest_ms"]);
    }
}
