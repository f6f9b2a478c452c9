//! The SQL, one file per aggregate. Every query binds the program.

pub(crate) mod digest;
pub(crate) mod plan;
