//! The SQL, one file per aggregate. Every query binds the program.

pub(crate) mod digest;
pub(crate) mod owed;
pub(crate) mod plan;

use sqlx::migrate::Migrator;

/// The schema that only followup has.
pub(crate) static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");
