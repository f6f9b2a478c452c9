//! Availability: matches the contacts that wait with the counselors who can answer now.
//!
//! The way of the data. Intake puts a contact into the queue ([`rpc`]: `RequestCounselor`), which asks the pool's
//! matcher ([`matcher`]), on whichever replica that is. The matcher keeps the pool in memory, lets
//! [`Pool::round`](domain::matcher::Pool::round) decide, writes the round as one fenced statement and answers after it.
//! The counselor's Attend stream sends the offer; `AcceptOffer` makes it an assignment and owes intake the news
//! ([`duties`]). A ticket leaves the queue only to a counselor, because the caller left, or because the backup line has
//! the caller.
//!
//! Beside the matchers, `counselor_feeds` bring each counselor's newest state to the Attend streams, and `wallboards`
//! read each program's wallboard once for all of its watchers.
//!
//! Response times, leases and presence run on real time, by the database's clock; credentials are valid by the
//! domain's.

mod app;
mod counselor_feeds;
pub mod domain;
pub mod duties;
mod error;
mod heartbeat;
pub mod matcher;
mod paging;
mod planned;
pub mod ports;
mod role;
mod rpc;
mod settings;
mod store;
mod wallboards;
mod wire;

pub use app::{App, Process};
pub use error::AvailabilityError;
pub use heartbeat::beat;
pub use paging::Paging;
pub use role::Availability;
pub use rpc::Rpc;
pub use settings::{DEFAULTS, DispatchSettings, Settings};
