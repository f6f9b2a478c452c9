//! The settings of a service: where they come from, what they may be, and one report of everything wrong with them.
//!
//! # Layers
//! Later wins: the documented defaults shared by all services ([`SHARED_DEFAULTS`]), the service's own documented
//! defaults, `/etc/harborline/<service>.toml` (or the file given), and variables `HARBORLINE_<SERVICE>__<BLOCK>__<KEY>`.
//!
//! # Invariants
//! - The default files are the whole vocabulary: a key that is not in them is refused, a value of another type too.
//!   Only a table that is empty in the defaults is open: its keys are the operator's.
//! - All problems are reported together, each with its key, its origin and what is allowed; values are never printed.
//! - There is no default that switches a check off: what identity needs is empty and required.
//! - This crate is the only place that reads the environment.
//!
//! # Not chosen
//! Defaults in code (they drift from their documentation), and flags for settings (the command line names what to do,
//! the configuration how).

mod blocks;
mod layer;
mod load;
mod problems;
mod process;
mod source;

pub use blocks::{
    AuditSettings, ClockSettings, ComputationSettings, DatabaseSettings, DevelopmentClock, DutySettings, Environment,
    GrpcSettings, IdentitySettings, KeyProviderKind, KeySettings, LogFormat, LogLevel, NeighborSettings, NoOwnSettings,
    PolicySettings, ProgramNaming, RuntimeSettings, ServiceSettings, TelemetrySettings,
};
pub use load::{Loaded, load};
pub use problems::{ConfigErrors, EXIT_CONFIG, Problem, Problems, Validate};
pub use process::{PROCESS_VARIABLES, environment};
pub use source::{SHARED_DEFAULTS, Source, variable_name};

#[cfg(test)]
mod tests;
