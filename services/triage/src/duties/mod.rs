//! What triage owes, one file per kind.

pub(crate) mod lowering;
pub(crate) mod report;
