//! How many counselors a half hour needs.
//!
//! # The model
//! Erlang A with two classes (M/M/n+M): Poisson arrivals, exponential handling times and patience with the same means
//! for both classes, the urgent class answered first, no conversation interrupted, first come first served within a
//! class. Each half hour stands alone in its steady state (Green, Kolesar and Soares 2001, "stationary independent
//! period by period"): good while contacts take less than the half hour, optimistic in the one after a peak.
//!
//! # Exact under these assumptions
//! - The order of service does not change how many contacts are in the system, since the handling times and the
//!   patience of both classes are alike: the total is the birth and death process of one class (Garnett, Mandelbaum and
//!   Reiman 2002).
//! - While all are busy, the urgent queue sees only urgent arrivals, departures and its own impatience: cutting between
//!   its lengths k and k + 1 balances λ₁ against nμ + (k+1)θ. Its length given that all are busy is therefore that of a
//!   line with λ₁ alone.
//! - A caller of the other class waits for all callers ahead, and for the urgent ones who come meanwhile. In which
//!   order these are served does not change how many are left, so the number ahead is a birth and death process as
//!   well: +1 at λ₁, −1 at nμ + mθ. The wait is its time to the answer ([`wait`]).
//!
//! # Not chosen
//! Square-root staffing and other asymptotic formulas: off by a counselor or two where a line has ten. A simulation for
//! every question: slow, and different each time. A simulation checks these formulas in the tests.

mod arrivals;
mod queue;
mod service;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
mod wait;

pub use arrivals::{Arrivals, HALF_HOUR, History, half_hour_start, half_hours};
pub use service::{Service, Target, Work, needed, service};

/// The most counselors whom contacts may keep busy at once in a forecast.
pub const MOST_BUSY: f64 = 1000.0;
