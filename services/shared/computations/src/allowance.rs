//! The budget of one computation.

use std::time::Instant;

use harborline_types::{Budget, BudgetSpent};
use tokio_util::sync::CancellationToken;

/// What one computation may still spend: the time until an instant, and only while somebody waits for it.
#[derive(Clone, Debug)]
pub struct Allowance {
    pub(crate) deadline: Instant,
    pub(crate) canceled: CancellationToken,
}

impl Budget for Allowance {
    fn check(&self) -> Result<(), BudgetSpent> {
        let goes_on = !self.canceled.is_cancelled() && Instant::now() < self.deadline;
        if goes_on { Ok(()) } else { Err(BudgetSpent) }
    }
}
