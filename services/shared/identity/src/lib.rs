//! Who calls, and what they may do: the seam of every check.
//!
//! Access tokens become a [`PersonCaller`], certificates a [`ServiceName`]; both end in a [`Call`], which every RPC
//! takes first. [`ProgramScope`] and [`ClinicScope`] can only be had from a call.

mod call;
mod names;

pub use call::{Call, Caller, ClinicScope, PersonCaller, ProgramScope};
pub use names::{Role, ServiceName};
