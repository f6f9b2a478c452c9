//! The whole mesh on one machine: a Postgres, an authority, five processes.
//!
//! [`Mesh::start`] prepares everything in a state folder (databases and roles, certificates, one settings file a
//! service), migrates, starts `harborline serve …` five times, and waits until all are ready. A process that ends is
//! started again. The state folder is locked, so that two meshes cannot share it.

mod databases;
mod plan;
mod postgres;
mod process;
mod replica;
mod settings;
mod start;

pub(crate) use plan::READY_LIMIT;
pub use plan::{Addresses, ClockPlan, DEVELOPMENT_PROGRAM, Logs, MeshOptions, Ports};
pub use postgres::PostgresChoice;
pub use replica::Replica;
pub(crate) use settings::WEB_ORIGIN;
pub use start::Mesh;
