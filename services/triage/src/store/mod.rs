//! The SQL, one file per aggregate. Every query binds the program.

pub(crate) mod assessment;
pub(crate) mod contact_facts;
pub(crate) mod lowering;
pub(crate) mod screening;
