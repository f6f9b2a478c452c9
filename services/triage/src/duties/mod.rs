//! What triage owes, one file per kind.

pub(crate) mod report;
