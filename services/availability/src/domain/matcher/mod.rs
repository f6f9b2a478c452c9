//! The decisions of one round: who is gone, what ran out, who must be told, who is asked, who is handed off.
//!
//! # Invariants
//! - Riskiest first: tickets are served in the order of [`Ticket::place`](super::Ticket::place), so no counselor goes to
//!   a ticket while a riskier one that this counselor could take waits.
//! - A counselor is never given more than the capacity; phone and video take all of it.
//! - Nobody is asked who is not eligible, see [`choose`].
//!
//! # Not chosen
//! Optimizing over all pairs at once: it would let a riskier caller wait for the good of the whole. Waiting for the
//! preferred counselor to become free: a few seconds of a known voice are not worth a wait.

mod choose;
mod pool;
mod round;
#[cfg(test)]
mod tests;

pub use choose::{eligible, slots_for};
pub use pool::{Connection, OnDuty, OpenTicket, PoolState};
pub use round::{Round, Silence, round};
