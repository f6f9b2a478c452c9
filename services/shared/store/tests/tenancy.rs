//! One program never sees another's rows, whatever a query forgets: against a real Postgres, as the role that serves.

use harborline_identity::ProgramScope;
use harborline_store::{MIGRATIONS, Store, StoreError};
use harborline_testkit::{Database, counselor, keys, owner, some_program};
use sqlx::PgPool;

const COUNT: &str = "select count(*) from answered_request";
const INSERT: &str = "insert into answered_request values ($1, 'caller', 'Method', gen_random_uuid(), '', '')";

fn some_scope() -> ProgramScope {
    counselor(some_program(), "c").scope().unwrap()
}

async fn insert(store: &Store, scope: &ProgramScope, as_of: &ProgramScope) -> Result<(), StoreError> {
    let mut tx = store.begin(scope).await?;
    sqlx::query(INSERT).bind(as_of.program()).execute(tx.conn()).await?;
    tx.commit().await
}

async fn seen(store: &Store, scope: &ProgramScope) -> i64 {
    sqlx::query_scalar(COUNT).fetch_one(store.reader(scope)).await.unwrap()
}

fn refused(error: &sqlx::Error) -> bool {
    // insufficient_privilege: a policy's refusal.
    error.as_database_error().is_some_and(|error| error.code().as_deref() == Some("42501"))
}

#[tokio::test]
async fn a_program_sees_its_own_rows_and_no_query_sees_anothers() {
    let Database { store, .. } = Database::fresh(&MIGRATIONS).await;
    let (mine, other) = (some_scope(), some_scope());
    insert(&store, &mine, &mine).await.unwrap();
    assert_eq!((seen(&store, &mine).await, seen(&store, &other).await), (1, 0));

    let mut tx = store.begin(&other).await.unwrap();
    for forgetful in ["update answered_request set caller = 'mine now'", "delete from answered_request"] {
        let touched = sqlx::query(forgetful).execute(tx.conn()).await.unwrap();
        assert_eq!(touched.rows_affected(), 0, "{forgetful}");
    }
    tx.commit().await.unwrap();
    assert_eq!(seen(&store, &mine).await, 1);
}

#[tokio::test]
async fn a_snapshot_sees_one_instant_and_cannot_write() {
    let Database { store, .. } = Database::fresh(&MIGRATIONS).await;
    let mine = some_scope();
    let mut snapshot = store.snapshot(&mine).await.unwrap();
    let count = async |tx: &mut harborline_store::Tx| sqlx::query_scalar::<_, i64>(COUNT).fetch_one(tx.conn()).await;
    assert_eq!(count(&mut snapshot).await.unwrap(), 0);
    insert(&store, &mine, &mine).await.unwrap();
    assert_eq!(count(&mut snapshot).await.unwrap(), 0, "what was committed later is not seen");
    assert!(sqlx::query(INSERT).bind(mine.program()).execute(snapshot.conn()).await.is_err());
    assert_eq!(count(&mut store.snapshot(&mine).await.unwrap()).await.unwrap(), 1);
}

#[tokio::test]
async fn a_row_cannot_be_written_into_another_program() {
    let Database { store, .. } = Database::fresh(&MIGRATIONS).await;
    let (mine, other) = (some_scope(), some_scope());
    assert!(insert(&store, &mine, &other).await.is_err());
    insert(&store, &mine, &mine).await.unwrap();
    let mut tx = store.begin(&mine).await.unwrap();
    let hand_over = sqlx::query("update answered_request set program_id = $1").bind(other.program());
    assert!(refused(&hand_over.execute(tx.conn()).await.unwrap_err()));
    drop(tx);
    assert_eq!((seen(&store, &mine).await, seen(&store, &other).await), (1, 0));
}

#[tokio::test]
async fn a_query_that_forgets_its_program_sees_nothing_and_inserts_nothing() {
    let Database { store, url } = Database::fresh(&MIGRATIONS).await;
    let mine = some_scope();
    insert(&store, &mine, &mine).await.unwrap();
    let forgetful = PgPool::connect(&url).await.unwrap();
    assert_eq!(sqlx::query_scalar::<_, i64>(COUNT).fetch_one(&forgetful).await.unwrap(), 0);
    assert!(refused(&sqlx::query(INSERT).bind(mine.program()).execute(&forgetful).await.unwrap_err()));
}

#[tokio::test]
async fn a_connection_forgets_the_program_with_its_transaction() {
    let Database { url, .. } = Database::fresh(&MIGRATIONS).await;
    let pool = sqlx::postgres::PgPoolOptions::new().max_connections(1).connect(&url).await.unwrap();
    let (store, mine) = (Store::of_pool(&pool, keys()), some_scope());
    insert(&store, &mine, &mine).await.unwrap();
    assert_eq!(seen(&store, &mine).await, 1);
    assert_eq!(sqlx::query_scalar::<_, i64>(COUNT).fetch_one(&pool).await.unwrap(), 0);
}

#[tokio::test]
async fn work_across_programs_reaches_the_tables_that_say_so_and_no_other() {
    let Database { store, .. } = Database::fresh(&MIGRATIONS).await;
    let table = "create table note (program_id uuid not null); select keep_programs_apart('note');
                 insert into note values (gen_random_uuid())";
    sqlx::raw_sql(table).execute(&owner(&store)).await.unwrap();
    for _ in 0..2 {
        let scope = some_scope();
        insert(&store, &scope, &scope).await.unwrap();
    }
    let spanning = store.across_programs();
    assert_eq!(sqlx::query_scalar::<_, i64>(COUNT).fetch_one(spanning).await.unwrap(), 2);
    assert_eq!(sqlx::query_scalar::<_, i64>("select count(*) from note").fetch_one(spanning).await.unwrap(), 0);
    let written = sqlx::query("insert into note values (gen_random_uuid())").execute(spanning).await;
    assert!(refused(&written.unwrap_err()));
}

#[tokio::test]
async fn a_reader_cannot_write() {
    let Database { store, .. } = Database::fresh(&MIGRATIONS).await;
    let mine = some_scope();
    let written = sqlx::query(INSERT).bind(mine.program()).execute(store.reader(&mine)).await.unwrap_err();
    // read_only_sql_transaction
    assert_eq!(written.as_database_error().unwrap().code().as_deref(), Some("25006"));
}

#[tokio::test]
async fn a_role_that_no_policy_binds_is_not_ready_to_serve() {
    let Database { store, .. } = Database::fresh(&MIGRATIONS).await;
    store.ready().await.unwrap();
    let unbound = Store::of_pool(&owner(&store), keys()).ready().await.unwrap_err();
    assert!(matches!(unbound, StoreError::Fault(_)), "{unbound}");
}

#[tokio::test]
async fn connections_that_ended_while_idle_are_replaced_unnoticed() {
    let Database { store, .. } = Database::fresh(&MIGRATIONS).await;
    let mine = some_scope();
    let together = (0..5).map(|_| store.begin(&mine));
    drop(futures::future::try_join_all(together).await.unwrap());
    let end = "select count(pg_terminate_backend(pid)) from pg_stat_activity
               where datname = current_database() and usename <> current_user";
    assert!(sqlx::query_scalar::<_, i64>(end).fetch_one(&owner(&store)).await.unwrap() >= 5);
    for _ in 0..5 {
        assert_eq!(seen(&store, &mine).await, 0);
        store.begin(&mine).await.unwrap().commit().await.unwrap();
    }
}
