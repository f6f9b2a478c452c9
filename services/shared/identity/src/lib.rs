//! Who calls, and what they may do: the seam of every check.
//!
//! Access tokens become a [`PersonCaller`], certificates a [`ServiceName`]; both end in a [`Call`], which every RPC
//! takes first. [`ProgramScope`] and [`ClinicScope`] can only be had from a call.

mod call;
mod error;
mod facts;
mod keys;
mod names;
pub mod peer;
mod record;
mod token;

pub use call::{Call, Caller, ClinicScope, Judge, PersonCaller, ProgramScope};
pub use error::IdentityError;
pub use facts::{Denied, Facts, Purpose, Subject};
pub use keys::{KeyFeed, KeySetError};
pub use names::{Role, ServiceName};
pub use record::{AccessLog, Act, NotedAct, Recorded, Recording};
pub use token::{MAX_TOKEN_BYTES, TokenVerifier};
