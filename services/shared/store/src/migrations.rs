//! Schema changes: shared ones first (below 100), then the service's own.

use sqlx::migrate::Migrator;

/// What every service's database needs for calls that may be repeated.
pub static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// One migrator of several lists, in the order of their versions.
pub fn migrator(parts: &[&Migrator]) -> Migrator {
    Migrator::with_migrations(parts.iter().flat_map(|part| part.iter().cloned()).collect())
}
