//! What the five services have in common as processes.
//!
//! A service says what it is through [`Role`]; [`serve`] gives it what it stands on, runs it until it is told to stop,
//! and stops it in the reverse order: drain the server, finish the duties in hand, close the store.

mod role;
mod serve;

pub use role::{Assembly, BoxError, Neighbors, Parts, Role};
pub use serve::{Fatal, key_source, migrate, policy, serve};
