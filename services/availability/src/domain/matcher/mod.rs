//! The decisions of a matcher: a pool in memory, and rounds over it.
//!
//! # Invariants
//! - Riskiest first, then callers on the line before calls that we make, then the longest wait: no counselor goes to a ticket while a riskier one that this counselor could
//!   take waits. Where a program lets waits age ([`Ageing`](super::Ageing)), a ticket of acuity 4 or 5 may count as riskier
//!   than it is, up to acuity 3.
//! - A counselor is never given more than the capacity; phone and video take all of it.
//! - A counselor who has a contact of acuity 1 or 2 in hand is asked for nothing else before the first widening of the
//!   ticket, and then only when nobody else is eligible. Among the others the least loaded is asked ([`ASKING_ORDER`]).
//! - An emergency is offered to several at once, but nobody waits for that: such a race gives way to whoever waits.
//! - A transfer or a conference takes the contact out of nobody's hands before somebody has accepted.
//! - Nobody is asked who does not meet the ticket's requirements, or who gave it back before.
//! - A round costs what it decides, and for each distinct thing that is asked a look at a few sets of bits: not the
//!   number of counselors on duty, nor of tickets that wait.
//!
//! # Not chosen
//! Optimizing over all pairs at once: it would let a riskier caller wait for the good of the whole. Waiting for the
//! preferred counselor to become free: a few seconds of a known voice are not worth a wait.

mod beside;
mod bits;
mod choose;
mod command;
mod explain;
mod memory;
mod obey;
mod pool;
mod race;
mod round;
mod seat;
mod seats;
#[cfg(test)]
mod tests;
mod turn;
mod waiting;

pub use beside::AskedIn;
use choose::ASK_AGAIN;
pub use choose::{ASKING_ORDER, Preference, slots_for};
pub use command::{Answer, CallerGone, Command, Refused, Wanted};
pub use explain::Considered;
pub use memory::Pool;
pub use obey::Past;
pub use pool::{OnDuty, OpenTicket, PoolState, Slot, Times};
pub use round::{Presence, Round};
