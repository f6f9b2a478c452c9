//! Measures of a program: figures made from stored facts, always the same from the same facts.
//!
//! # Invariants
//! - Pure: facts in, figures out. Nothing is counted while contacts are answered, so nothing can be counted wrongly
//!   then.
//! - Each contact is in one interval, the one in which it entered the queue; each instant of a counselor on duty is in
//!   one interval and of one kind.
//! - A percentile is a wait that occurred (nearest rank).
//!
//! # Not chosen
//! Counters that grow with each event: they cannot be asked for another interval, and a lost one is never found. A
//! service level of the answered alone: a program that answers no contact would be perfect; both are given.

mod contacts;
mod cuts;
mod presence;
mod staff;
#[cfg(test)]
mod tests;

pub use contacts::{
    AnswerSpeed, Cell, ContactFacts, Grouping, Handling, SERVICE_LEVELS, SHORT_ABANDON, ServiceLevel, Tally, contacts,
};
pub use cuts::{Cuts, Interval, day_begins, local_date};
pub use presence::on_duty;
pub use staff::{EngagementFact, PresenceFact, PresenceState, StaffTime, staff};

/// One of two, 0 to 1; none where there is nothing to divide by.
fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
