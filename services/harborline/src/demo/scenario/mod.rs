//! Scenario files: a night on the line, written down.
//!
//! The format is documented in `scenarios/README.md`. Reading names every fault of a file with its line and its field;
//! a scenario that was read is consistent: every name it mentions exists.

mod model;
mod parse;
mod read;

pub(crate) use model::{
    AsqScript, CallerScript, ClinicAnswer, ClinicScript, CounselorScript, Night, ParticipantScript, ResponseTimes,
    Scenario,
};
pub(crate) use parse::parse;
pub(crate) use read::Fault;

/// The night that `demo` plays when no file is given.
pub(crate) const DEFAULT_NIGHT: &str = include_str!("../../../scenarios/night.toml");
