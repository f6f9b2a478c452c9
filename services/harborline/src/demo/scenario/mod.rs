//! Scenario files: a night on the line, written down.
//!
//! The format is documented in `scenarios/README.md`. Reading names every fault of a file with its line and its field;
//! a scenario that was read is consistent: every name it mentions exists.

mod model;
mod parse;
mod read;

pub use model::Scenario;
pub(crate) use model::{
    AsqScript, AsqWord, CallerScript, ClinicAnswer, ClinicScript, CounselorScript, ResponseTimes, StatusWord,
};
pub(crate) use parse::parse;
pub use read::Fault;

/// The night that `demo` plays when no file is given.
pub(crate) const DEFAULT_NIGHT: &str = include_str!("../../../scenarios/night.toml");
