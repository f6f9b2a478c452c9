//! A database per test.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use harborline_postgres::{Binaries, Locator, Server, StartOptions, locate};
use harborline_store::Store;
use sqlx::migrate::Migrator;
use sqlx::postgres::PgPoolOptions;
use sqlx::{Connection, PgConnection, PgPool};
use tokio::sync::OnceCell;

/// The name of the migrated database that tests' databases are copies of.
const TEMPLATE: &str = "harborline_template";

/// The role that tests' stores serve as.
const SERVING: &str = "harborline_test";

static SERVER: OnceCell<Server> = OnceCell::const_new();
static TEMPLATE_READY: OnceCell<()> = OnceCell::const_new();
static NEXT: AtomicU32 = AtomicU32::new(0);

/// A test's own database, with the service's schema.
pub struct Database {
    /// The store over it.
    pub store: Store,
    /// Where it is, for the role that serves: it owns nothing.
    pub url: String,
}

impl Database {
    /// A fresh copy of the migrated schema. One test binary has one schema.
    ///
    /// # Panics
    /// When Postgres cannot be found or started; the message names the ways out.
    pub async fn fresh(schema: &Migrator) -> Self {
        let server = SERVER.get_or_init(start).await;
        TEMPLATE_READY.get_or_init(|| prepare(server, schema)).await;
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        execute(server, format!("create database {name} template {TEMPLATE}")).await;
        let url = server.dsn(&name);
        let url = format!("postgres://{SERVING}:{SERVING}{}", &url[url.rfind('@').expect("a DSN has an address")..]);
        let pool = PgPoolOptions::new().max_connections(8).test_before_acquire(false);
        let pool = pool.connect(&url).await.expect("connect to the test's database");
        Self { store: Store::of_pool(&pool, crate::keys()), url }
    }
}

/// A test's own look into a store's database, as its superuser: at the rows of every program, and past every policy.
///
/// # Panics
/// When the store is not over a database of [`Database::fresh`].
pub fn owner(store: &Store) -> PgPool {
    let options = store.across_programs().connect_options();
    let url = SERVER.get().expect("Postgres runs").dsn(options.get_database().expect("a database's name"));
    PgPoolOptions::new().max_connections(2).connect_lazy(&url).expect("the server's DSN is one")
}

/// The Postgres programs of this machine.
///
/// # Panics
/// When there are none and none can be fetched.
fn binaries() -> Binaries {
    locate(&Locator::read_from(harborline_config::environment)).unwrap_or_else(|error| panic!("{error}"))
}

async fn start() -> Server {
    let folder = std::env::temp_dir().join(format!("harborline-tests-{}", std::process::id()));
    remove_leftovers();
    let start = move || {
        Server::start(StartOptions {
            binaries: binaries(),
            data_dir: folder.join("data"),
            port: None,
            durable: false,
            max_connections: 200,
            die_with_parent: true,
        })
    };
    let server = tokio::task::spawn_blocking(start).await.expect("the starter does not panic");
    server.unwrap_or_else(|error| panic!("{error}"))
}

/// Removes the folders of test runs whose process is gone.
fn remove_leftovers() {
    let Ok(entries) = std::fs::read_dir(std::env::temp_dir()) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(process) = name.to_str().and_then(|name| name.strip_prefix("harborline-tests-")) else { continue };
        if !PathBuf::from("/proc").join(process).exists() {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

async fn prepare(server: &Server, schema: &Migrator) {
    let roles = format!(
        "create role harborline_serving; create role {SERVING} login password '{SERVING}' in role harborline_serving"
    );
    execute(server, roles).await;
    execute(server, format!("create database {TEMPLATE}")).await;
    let mut connection = PgConnection::connect(&server.dsn(TEMPLATE)).await.expect("connect to the template");
    schema.run(&mut connection).await.expect("the migrations run");
    connection.close().await.expect("close the template");
}

async fn execute(server: &Server, statement: String) {
    let mut connection = PgConnection::connect(&server.dsn("postgres")).await.expect("connect to Postgres");
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await.expect("the statement runs");
    connection.close().await.expect("close the connection");
}
