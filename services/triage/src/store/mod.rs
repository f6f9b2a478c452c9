//! The SQL, one file per aggregate. Every query binds the program.

pub(crate) mod assessment;
pub(crate) mod contact_facts;
pub(crate) mod lowering;
pub(crate) mod screening;

use sqlx::migrate::Migrator;

/// The schema that only triage has.
pub(crate) static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");
