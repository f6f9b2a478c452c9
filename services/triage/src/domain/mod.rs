//! What triage decides, without IO: every business `if` lives here.

pub mod acuity_rule;
pub mod asq;
pub mod assessment;
pub mod facts;
pub mod known;
pub mod lowering;
pub mod protocol;
pub mod protocol_file;
pub mod task;
