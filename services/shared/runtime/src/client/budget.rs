//! How often calls may be repeated, so that repeating does not finish off a neighbor that is merely slow.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// What each call adds: a fifth of all calls may be repeats.
const PER_CALL: f64 = 0.2;
/// What time adds, so that few calls can be repeated too.
const PER_SECOND: f64 = 10.0;
/// What can be saved up.
const MOST: f64 = 100.0;

/// Repeats that are left.
pub(super) struct Budget(Mutex<Account>);

struct Account {
    balance: f64,
    since: Instant,
}

impl Budget {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Account { balance: PER_SECOND, since: Instant::now() }))
    }

    /// A call was made.
    pub(super) fn deposit(&self) {
        self.change(|balance| (balance + PER_CALL, ()));
    }

    /// Takes one repeat, if one is left.
    pub(super) fn withdraw(&self) -> bool {
        self.change(|balance| if balance >= 1.0 { (balance - 1.0, true) } else { (balance, false) })
    }

    fn change<T>(&self, change: impl FnOnce(f64) -> (f64, T)) -> T {
        let mut account = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let earned = now.duration_since(account.since).as_secs_f64() * PER_SECOND;
        let (balance, outcome) = change((account.balance + earned).min(MOST));
        *account = Account { balance: balance.min(MOST), since: now };
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_that_is_used_up_repeats_nothing_more() {
        let budget = Budget::new();
        let granted = (0..10_000).filter(|_| budget.withdraw()).count();
        assert!((10..10_000).contains(&granted), "{granted}");
    }

    #[test]
    fn calls_earn_repeats() {
        let budget = Budget::new();
        while budget.withdraw() {}
        (0..10).for_each(|_| budget.deposit());
        assert!(budget.withdraw());
    }
}
