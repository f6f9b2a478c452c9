//! Which Postgres a mesh stands on.

use anyhow::Context;
use harborline_config::environment;
use harborline_postgres::{Locator, Server, StartOptions, locate};

/// Which Postgres a mesh stands on.
pub enum PostgresChoice {
    /// One that is given, as a superuser's DSN with `{db}` where the database's name goes.
    Given(String),
    /// One of the mesh's own, found on this machine or fetched.
    Own {
        /// Whether commits survive a crash of the machine.
        durable: bool,
        /// Whether it ends with this process, however that ends.
        die_with_parent: bool,
    },
}

impl PostgresChoice {
    /// `HARBORLINE_PG` if it is set, else one of the mesh's own that outlives a killed supervisor.
    pub fn from_environment() -> Self {
        match environment("HARBORLINE_PG") {
            Some(dsn) => Self::Given(dsn),
            None => Self::Own { durable: true, die_with_parent: false },
        }
    }
}

/// A Postgres that runs.
pub(super) enum Postgres {
    Given(String),
    Own(Server),
}

impl Postgres {
    /// Starts it if need be. Blocks.
    pub(super) fn start(choice: &PostgresChoice, state: &std::path::Path) -> anyhow::Result<Self> {
        let (durable, die_with_parent) = match choice {
            PostgresChoice::Given(dsn) => {
                anyhow::ensure!(
                    dsn.contains("{db}"),
                    "HARBORLINE_PG must contain {{db}} where the database's name goes"
                );
                return Ok(Self::Given(dsn.clone()));
            }
            PostgresChoice::Own { durable, die_with_parent } => (*durable, *die_with_parent),
        };
        let server = Server::start(StartOptions {
            binaries: locate(&Locator::read_from(environment)).context("cannot find a Postgres")?,
            data_dir: state.join("postgres").join("data"),
            port: None,
            durable,
            max_connections: 120,
            die_with_parent,
        })
        .context("cannot start Postgres")?;
        Ok(Self::Own(server))
    }

    /// The superuser's DSN of a database.
    pub(super) fn dsn(&self, database: &str) -> String {
        match self {
            Self::Given(template) => template.replace("{db}", database),
            Self::Own(server) => server.dsn(database),
        }
    }

    /// Stops it if it is the mesh's own. Blocks.
    pub(super) fn stop(self) -> anyhow::Result<()> {
        match self {
            Self::Given(_) => Ok(()),
            Self::Own(server) => server.stop().context("cannot stop Postgres"),
        }
    }
}
