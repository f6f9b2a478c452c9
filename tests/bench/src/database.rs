//! A real, durable Postgres for one run.

use anyhow::Context;
use harborline_postgres::{Locator, Server, StartOptions, locate};
use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// The role that serves: row-level security binds it.
const SERVING: &str = "bench_serving";

/// A Postgres whose databases have the schema of a service.
pub(crate) struct Database {
    pub(crate) server: Server,
    pub(crate) binaries: std::path::PathBuf,
    folder: tempfile::TempDir,
}

pub(crate) async fn start() -> anyhow::Result<Database> {
    let folder = tempfile::tempdir()?;
    let binaries = locate(&Locator::read_from(harborline_config::environment))?;
    let path = binaries.folder().to_owned();
    let options = StartOptions {
        binaries,
        data_dir: folder.path().join("data"),
        port: None,
        durable: true,
        max_connections: 400,
        die_with_parent: true,
    };
    let server = tokio::task::spawn_blocking(move || Server::start(options)).await??;
    let database = Database { server, binaries: path, folder };
    let roles = format!(
        "create role harborline_serving; create role {SERVING} login password '{SERVING}' in role harborline_serving"
    );
    database.run("postgres", &roles).await?;
    Ok(database)
}

impl Database {
    /// A database with a schema; the DSN of the role that serves.
    pub(crate) async fn create(&self, name: &str, schema: Migrator) -> anyhow::Result<String> {
        self.run("postgres", &format!("create database {name}")).await?;
        let mut connection = PgConnection::connect(&self.server.dsn(name)).await?;
        schema.run(&mut connection).await?;
        connection.close().await?;
        let dsn = self.server.dsn(name);
        let address = dsn.rfind('@').context("a DSN has an address")?;
        Ok(format!("postgres://{SERVING}:{SERVING}{}", &dsn[address..]))
    }

    /// The folder of the keys that all replicas share.
    pub(crate) fn keys(&self) -> String {
        self.folder.path().join("keys").to_string_lossy().into_owned()
    }

    /// Runs statements as the owner.
    pub(crate) async fn run(&self, name: &str, statements: &str) -> anyhow::Result<()> {
        let mut connection = PgConnection::connect(&self.server.dsn(name)).await?;
        sqlx::raw_sql(AssertSqlSafe(statements.to_owned())).execute(&mut connection).await?;
        Ok(connection.close().await?)
    }
}
