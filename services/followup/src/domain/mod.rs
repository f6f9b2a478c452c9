//! What followup decides, without IO: every business `if` lives here.

pub mod asking;
pub mod attempt;
pub mod closed;
pub mod digest;
pub mod plan;
pub mod schedule;
pub mod task;
