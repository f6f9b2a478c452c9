//! Shifts on the wall clock, and the roster that they make.
//!
//! # Invariants
//! - A roster is a function of shifts, changed days and the time zone; nothing is expanded into rows, so that nothing
//!   must be expanded again when a rule, the zone or its database changes.
//! - Times are local until [`instant`], which never turns the order of two times round.

#[cfg(test)]
pub(crate) mod clocks;
mod ladder;
mod local;
mod recurrence;
mod roster;
mod swap;
#[cfg(test)]
mod tests;

pub use ladder::{ladder, named_another, next_change};
pub use local::{Hours, TimeOfDay, Zone, days_around, instant};
pub use recurrence::Recurrence;
pub use roster::{DayChanges, RosterEntry, RosterFacts, RosterRules, Shift, ShiftDay, ShiftKind, roster};
pub use swap::{Move, Swap, SwapRefused, SwapState, fits};
