//! What followup decides, without IO: every business `if` lives here.

pub mod digest;
pub mod plan;
pub mod schedule;
