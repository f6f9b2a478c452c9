//! Calls whose cost their caller chooses: reports, rosters, forecasts. They are computed apart from all others.
//!
//! [`Computations::run`] waits for a place, then polls the work on a thread of its own: reading rows, decoding them, and
//! what is computed from them. The worker threads of the process, which offer contacts to counselors, do none of it.
//!
//! # Invariants
//! - At most so many run at once, and at most so many of one program; programs that wait take turns.
//! - Each ends: with its time, which its code sees by polling [`Budget::check`], or with the call that asked for it. What
//!   is under way in the database then is waited for, not forgotten.
//! - A place is free again when its thread has ended, not before: what is counted is what really runs, here and in the
//!   database. Twice the time of one computation must be longer than a statement may take.
//! - Where the system allows it, such a thread yields to every other one of the process.
//!
//! # Not chosen
//! tokio's `spawn_blocking` alone: hundreds of threads, first come first served, and nothing ends when its caller goes.
//! A limit of requests: what one of them costs is the question. A pool of threads that stay: a thread costs some 50
//! microseconds, and a computation milliseconds.

mod allowance;
mod computations;
mod places;
mod priority;

pub use allowance::Allowance;
pub use computations::{Computations, Counts};
pub use harborline_types::{Budget, BudgetSpent};

#[cfg(test)]
mod tests;
