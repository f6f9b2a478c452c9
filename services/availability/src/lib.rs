//! Availability: who can answer now, matched to who waits.
//!
//! The data's way. Intake puts a contact into the queue ([`rpc`]: `RequestCounselor`), which asks the pool's matcher
//! ([`matcher`]), on whichever replica it is. The matcher keeps the pool in memory, lets
//! [`Pool::round`](domain::matcher::Pool::round) decide, writes the round as one fenced statement and answers after it. The
//! counselor's Attend stream shows the offer; `AcceptOffer` makes it an assignment and owes intake the news
//! ([`duties`]). A ticket leaves the queue only to a human, because the caller left, or because the backup line has them.
//!
//! Response times, leases and presence run on real time, by the database's clock; credentials are valid by the domain's.

mod app;
mod boards;
mod desks;
pub mod domain;
mod duties;
mod error;
pub mod matcher;
mod paging;
mod planned;
mod ports;
mod role;
mod rpc;
mod settings;
mod store;

pub use app::{App, Process};
pub use duties::register;
pub use error::AvailabilityError;
pub use paging::Paging;
pub use ports::{Intake, IntakePort};
pub use role::Availability;
pub use rpc::{Services, beat};
pub use settings::{DEFAULTS, DispatchSettings, Settings};

use sqlx::migrate::Migrator;

/// The schema that only availability has.
pub static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");
