//! The whole mesh under test: real processes of the real binary, a real Postgres, the public contracts.

mod binary;
mod collector;
mod stage;
mod wire;

pub use binary::binary;
pub use collector::{Collector, Span};
pub use stage::{Person, Stage, StageOptions};
pub use wire::As;
