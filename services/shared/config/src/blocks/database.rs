//! `[database]`: the service's own Postgres.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::problems::{Problems, Validate};

/// What names the program that row-level security binds work to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProgramNaming {
    /// A connection, for as long as it works for the program: a read is one message.
    #[default]
    Session,
    /// Each transaction: for a pooler that shares sessions, and for a sharded Postgres.
    Transaction,
}

/// The service's own Postgres.
#[derive(Debug, Clone, Deserialize)]
pub struct DatabaseSettings {
    /// Connection string, `postgres://...`. Debug does not show it.
    pub url: SecretString,
    /// Connections of this replica.
    pub max_connections: u32,
    /// Milliseconds after which Postgres cancels a statement.
    pub statement_timeout_ms: u64,
    /// Milliseconds to wait for a free connection.
    pub acquire_timeout_ms: u64,
    /// What names the program.
    pub program_naming: ProgramNaming,
}

impl DatabaseSettings {
    /// The time after which Postgres cancels a statement.
    pub fn statement_timeout(&self) -> Duration {
        Duration::from_millis(self.statement_timeout_ms)
    }

    /// The time to wait for a free connection.
    pub fn acquire_timeout(&self) -> Duration {
        Duration::from_millis(self.acquire_timeout_ms)
    }
}

impl Validate for DatabaseSettings {
    fn validate(&self, problems: &mut Problems) {
        let url = self.url.expose_secret();
        let is_postgres = url.starts_with("postgres://") || url.starts_with("postgresql://");
        problems.check("database.url", is_postgres, "postgres://user:password@host:port/database (required)");
        let connections = (1..=200).contains(&self.max_connections);
        problems.check("database.max_connections", connections, "between 1 and 200 connections");
        let statement = (1..=600_000).contains(&self.statement_timeout_ms);
        problems.check("database.statement_timeout_ms", statement, "between 1 and 600000 milliseconds");
        let acquire = (1..=60_000).contains(&self.acquire_timeout_ms);
        problems.check("database.acquire_timeout_ms", acquire, "between 1 and 60000 milliseconds");
    }
}
