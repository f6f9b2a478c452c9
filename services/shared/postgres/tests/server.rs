//! The launcher against the Postgres of this machine, found where it is found by default.

// The search path of the test run is what a developer's shell would hand in.
#![allow(clippy::disallowed_methods)]

use std::{
    fs,
    net::{Ipv4Addr, TcpListener, TcpStream},
    os::unix::fs::MetadataExt,
    path::Path,
    process::{Command, Stdio},
    thread,
};

use harborline_postgres::{Binaries, Locator, Server, StartError, StartOptions, locate};
use sqlx::{Connection, PgConnection};

/// Names the data folder for the helper process of the SIGKILL test.
const OWNER_DATA_DIR: &str = "HARBORLINE_POSTGRES_TEST_OWNER_DATA_DIR";

fn binaries() -> Binaries {
    let cache = env!("CARGO_TARGET_TMPDIR").into();
    let bin = std::env::var_os("HARBORLINE_PG_BIN").map(Into::into);
    locate(&Locator { bin, path: std::env::var_os("PATH"), cache, hide_system: false }).unwrap()
}

fn options(data_dir: &Path) -> StartOptions {
    StartOptions {
        binaries: binaries(),
        data_dir: data_dir.to_owned(),
        port: None,
        durable: false,
        max_connections: 20,
        die_with_parent: true,
    }
}

/// Leaves Postgres running when it is dropped, as a supervisor's would.
fn supervisor_options(data_dir: &Path) -> StartOptions {
    StartOptions { die_with_parent: false, ..options(data_dir) }
}

async fn wait_until(what: &str, condition: impl Fn() -> bool) {
    harborline_testkit::wait_until(what, || async { condition().then_some(()) }).await;
}

fn refuses_connections(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err()
}

async fn answer(dsn: &str) -> Result<(String, String), sqlx::Error> {
    let mut connection = PgConnection::connect(dsn).await?;
    let row = sqlx::query_as(
        "select current_user::text, pg_encoding_to_char(encoding)::text from pg_database where datname = current_database()",
    );
    let row = row.fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(row)
}

#[tokio::test]
async fn a_started_server_answers_its_superuser_and_nobody_without_the_password() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(options(&folder.path().join("data"))).unwrap();
    let dsn = server.dsn("postgres");
    assert_eq!(answer(&dsn).await.unwrap(), ("harborline".to_owned(), "UTF8".to_owned()));
    assert!(server.port() < 32_768);

    let without = format!("postgres://harborline:wrong@127.0.0.1:{}/postgres", server.port());
    let refused = answer(&without).await.unwrap_err();
    let code = refused.as_database_error().and_then(|error| error.code().map(|code| code.into_owned()));
    assert_eq!(code.as_deref(), Some("28P01"), "{refused}");

    let password = fs::metadata(folder.path().join("data.password")).unwrap();
    assert_eq!(password.mode() & 0o777, 0o600);
    assert!(!format!("{server:?}").contains(dsn.split(['@', ':']).nth(2).unwrap()));

    let port = server.port();
    server.stop().unwrap();
    assert!(refuses_connections(port));
    assert!(!folder.path().join("data/postmaster.pid").exists());
}

#[test]
fn postgres_never_runs_as_root() {
    let folder = tempfile::tempdir().unwrap();
    let caller = fs::metadata(folder.path()).unwrap().uid();
    let server = Server::start(options(&folder.path().join("deep/data"))).unwrap();
    let runs_as = fs::metadata(folder.path().join("deep/data")).unwrap().uid();
    assert_eq!(runs_as, if caller == 0 { 65_534 } else { caller });
    if cfg!(target_os = "linux") {
        assert_eq!(fs::metadata(format!("/proc/{}", server.pid())).unwrap().uid(), runs_as);
    }
    server.stop().unwrap();
}

#[tokio::test]
async fn a_server_that_lost_its_owner_is_attached_to_and_can_be_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    let first = Server::start(supervisor_options(&data_dir)).unwrap();
    let (pid, dsn) = (first.pid(), first.dsn("postgres"));
    assert!(first.started_here());
    drop(first);

    let second = Server::start(supervisor_options(&data_dir)).unwrap();
    assert!(!second.started_here());
    assert_eq!((second.pid(), second.dsn("postgres")), (pid, dsn.clone()));
    answer(&dsn).await.unwrap();
    let port = second.port();
    second.stop().unwrap();
    assert!(refuses_connections(port));
}

#[test]
fn two_that_start_at_once_share_one_postgres() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    let start = || Server::start(supervisor_options(&data_dir)).unwrap();
    let (one, other) = thread::scope(|scope| {
        let (one, other) = (scope.spawn(start), scope.spawn(start));
        (one.join().unwrap(), other.join().unwrap())
    });
    assert_eq!(one.pid(), other.pid());
    assert_ne!(one.started_here(), other.started_here());
    one.stop().unwrap();
}

#[tokio::test]
async fn after_a_crash_of_postgres_the_next_start_recovers_what_was_committed() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    let server = Server::start(StartOptions { durable: true, ..options(&data_dir) }).unwrap();
    let mut connection = PgConnection::connect(&server.dsn("postgres")).await.unwrap();
    sqlx::query("create table kept (number int)").execute(&mut connection).await.unwrap();
    sqlx::query("insert into kept values (7)").execute(&mut connection).await.unwrap();
    let crashed = server.pid();
    assert!(Command::new("kill").args(["-KILL", &crashed.to_string()]).status().unwrap().success());
    wait_until("the port is closed", || refuses_connections(server.port())).await;
    drop(server);
    drop(connection);

    let server = Server::start(options(&data_dir)).unwrap();
    assert_ne!(server.pid(), crashed);
    let mut connection = PgConnection::connect(&server.dsn("postgres")).await.unwrap();
    let kept: (i32,) = sqlx::query_as("select number from kept").fetch_one(&mut connection).await.unwrap();
    assert_eq!(kept, (7,));
    server.stop().unwrap();
}

#[test]
fn a_start_that_fails_shows_the_last_lines_of_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = Some(taken.local_addr().unwrap().port());
    let refused = Server::start(StartOptions { port, ..options(&folder.path().join("data")) }).unwrap_err();
    assert!(matches!(refused, StartError::Ended { .. }), "{refused}");
    assert!(refused.to_string().contains("Address already in use"), "{refused}");
}

#[test]
fn a_folder_with_other_things_in_it_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    fs::create_dir(&data_dir).unwrap();
    fs::write(data_dir.join("letters"), "dear").unwrap();
    let refused = Server::start(options(&data_dir)).unwrap_err();
    assert!(matches!(refused, StartError::NotACluster { .. }), "{refused}");
    assert_eq!(fs::read_dir(&data_dir).unwrap().count(), 1);
}

/// Not a test of its own: the process that the next test kills. Without its variable it has nothing to do.
#[test]
fn owner_process_of_the_next_test() {
    let Some(data_dir) = std::env::var_os(OWNER_DATA_DIR) else { return };
    let server = Server::start(options(Path::new(&data_dir))).unwrap();
    fs::write(Path::new(&data_dir).with_extension("port"), server.port().to_string()).unwrap();
    loop {
        thread::park();
    }
}

#[tokio::test]
async fn a_killed_test_run_leaves_no_postgres_behind() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    let mut owner = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "owner_process_of_the_next_test"])
        .env(OWNER_DATA_DIR, &data_dir)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let port_file = data_dir.with_extension("port");
    wait_until("the owner has started Postgres", || fs::read_to_string(&port_file).is_ok_and(|port| !port.is_empty()))
        .await;
    let port = fs::read_to_string(&port_file).unwrap().parse().unwrap();
    assert!(!refuses_connections(port));

    owner.kill().unwrap();
    owner.wait().unwrap();
    wait_until("Postgres has ended", || refuses_connections(port) && !data_dir.join("postmaster.pid").exists()).await;
}
