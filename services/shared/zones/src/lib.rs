//! Time zones by the newest data that can be had: states and provinces change their clocks by laws that are months old.
//!
//! Zones come from compiled files (TZif, RFC 9636) out of a folder that the operator has mounted, of the system, and of
//! this binary. The operator's folder always comes first; of the other two the newer one. A zone that the first does not
//! have is looked for in the next.
//!
//! # Invariants
//! - A process reads a zone once: its clocks change with a restart, never between two calls.
//! - [`Zone`] is a chrono `TimeZone`; the library that reads the files shows nowhere else.
//!
//! # Not chosen
//! chrono-tz, whose data is as old as its last release and which reads no files. The C library's functions, which know
//! one zone for a process.

mod data;
mod version;
mod zone;

#[cfg(test)]
mod tests;

use std::sync::OnceLock;

pub use data::{SYSTEM, Zones, ZonesError};
pub use version::Version;
pub use zone::{UnknownZone, Zone, ZoneOffset};

static ZONES: OnceLock<Zones> = OnceLock::new();

/// The zones of this process: those that were [`install`]ed, or else the newest without a folder.
pub fn zones() -> &'static Zones {
    ZONES.get_or_init(|| Zones::newest(SYSTEM.as_ref()))
}

/// Makes these the zones of this process. The first call counts, before any zone was read by its name; answers what counts.
pub fn install(zones: Zones) -> &'static Zones {
    ZONES.get_or_init(|| zones)
}
