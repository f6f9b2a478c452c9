//! How a computation is told to stop.

use std::fmt;

/// What a computation may still spend. Pure code whose cost a caller chooses asks it again and again: about once in a
/// millisecond of work.
pub trait Budget: Sync {
    /// Whether to go on.
    ///
    /// # Errors
    /// When the time is over, or nobody waits for the result any more.
    fn check(&self) -> Result<(), BudgetSpent>;
}

/// A computation was told to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetSpent;

impl fmt::Display for BudgetSpent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the computation takes too long")
    }
}

impl std::error::Error for BudgetSpent {}

/// Computes from many items within a budget, which is asked before each of them. One that is spent must stay spent.
///
/// # Errors
/// When it is spent before the end: of a part of the items nothing is known.
pub fn within<I: IntoIterator, R>(
    budget: &dyn Budget,
    items: I,
    compute: impl FnOnce(&mut dyn Iterator<Item = I::Item>) -> R,
) -> Result<R, BudgetSpent> {
    let computed = compute(&mut items.into_iter().take_while(|_| budget.check().is_ok()));
    budget.check().map(|()| computed)
}

/// No limit: for tests, and where the cost is known.
#[derive(Clone, Copy, Debug)]
pub struct Unlimited;

impl Budget for Unlimited {
    fn check(&self) -> Result<(), BudgetSpent> {
        Ok(())
    }
}
