//! The whole mesh under test: real processes of the real binary, a real Postgres, the public contracts.

mod binary;
mod collector;
mod encoded;
pub mod fuzz;
pub mod limits;
mod raw;
mod stage;
mod wire;

pub use binary::binary;
pub use collector::{Collector, Span};
pub use raw::RawCaller;
pub use stage::{Stage, StageOptions};
pub use wire::As;
