//! What a service's tests stand on: a real Postgres with a database per test, callers, and readable assertions.
//!
//! The Postgres of a test binary starts with its first test and dies with the binary. Nothing here is mocked; what a
//! test does not want to meet, it does not call.

mod assertions;
mod callers;
mod database;
mod duties;
mod hub;
mod keys;
mod receiver;
mod tokens;
mod waits;
mod zone_file;

pub use assertions::assert_refused;
pub use callers::{clinic, counselor, person, request, service, some_program, trained};
pub use database::{Database, owner};
pub use duties::run_again;
pub use hub::KnowingHub;
pub use keys::{TestKeys, keys};
pub use receiver::{Delivery, Receiver, Reply};
pub use tokens::{BadToken, TokenIssuer};
pub use waits::{RAN_OUT, WAIT_LIMIT, Wait, wait_for, wait_until};
pub use zone_file::write_zones;
