//! Hints wake who watches, and a bound connection belongs to its program.

use std::time::Duration;

use futures::FutureExt;
use harborline_identity::{Call, ProgramScope, ServiceName};
use harborline_store::{HintKey, MIGRATIONS, Store, hints_part, migrator};
use harborline_testkit::{Database, WAIT_LIMIT, keys, some_program, wait_for};
use sqlx::postgres::PgPoolOptions;
use sqlx::{Connection, QueryBuilder};

fn scope() -> ProgramScope {
    Call::of_duty(ServiceName::Availability, some_program(), None).scope().unwrap()
}

async fn hint(store: &Store, scope: &ProgramScope, key: HintKey) {
    let mut tx = store.begin(scope).await.unwrap();
    tx.hint(key);
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_hint_names_what_changed_below_what_is_watched_and_wakes_nobody_else() {
    let Database { store, .. } = Database::fresh(&migrator(&[&MIGRATIONS])).await;
    let scope = scope();
    let mut pool = store.watch_below(HintKey::new("pool", "one"));
    let mut other = store.watch_below(HintKey::new("pool", "on"));
    let told = wait_for("a hint comes", pool.changed()).await;
    assert_eq!(told, None, "whatever changed before anybody listened must be looked at");
    assert_eq!(wait_for("a hint comes", other.changed()).await, None);

    hint(&store, &scope, HintKey::new("pool", "one/counselor/ana/b")).await;
    let told = wait_for("a hint comes", pool.changed()).await;
    assert_eq!(told.as_deref(), Some("counselor/ana/b"));
    hint(&store, &scope, HintKey::new("pool", "on/times")).await;
    let told = wait_for("a hint comes", other.changed()).await;
    assert_eq!(told.as_deref(), Some("times"), "what was meant for the other one did not come here");
}

#[tokio::test]
async fn a_watch_is_woken_by_a_hint_though_another_watch_of_the_same_key_has_ended() {
    let Database { store, .. } = Database::fresh(&migrator(&[&MIGRATIONS])).await;
    let scope = scope();
    let mut one = store.watch(HintKey::new("contact", "a"));
    drop(store.watch(HintKey::new("contact", "a")));
    // When it begins to listen.
    assert!(one.changed_within(WAIT_LIMIT).await);
    hint(&store, &scope, HintKey::new("contact", "a")).await;
    assert!(one.changed_within(WAIT_LIMIT).await, "it was woken, and did not look by itself");
}

#[tokio::test]
async fn a_hint_carries_what_changed_and_one_for_a_replica_is_heard_there_alone() {
    let database = Database::fresh(&migrator(&[&MIGRATIONS])).await;
    let (here, there) = (uuid::Uuid::new_v4(), uuid::Uuid::new_v4());
    let another = Store::of_pool(&sqlx::PgPool::connect(&database.url).await.unwrap(), keys());
    database.store.hear_as(here);
    let mut ours = database.store.watch_below(HintKey::new("desk", "all"));
    // Also who begins to hear later, beside others of the process.
    let mut theirs = another.watch_below(HintKey::new("desk", "all"));
    another.hear_as(there);
    for watch in [&mut ours, &mut theirs] {
        assert_eq!(wait_for("a hint comes", watch.changed()).await, None);
    }
    let send = async |key: &str, to, what: &str| {
        let hint = HintKey::new("desk", format_args!("all/{key}")).to(to).carrying(what);
        database.store.send(vec![hint]).await.unwrap();
    };
    // Until it hears as the other, nothing comes; what it missed it is told by none.
    let mut number = 0;
    loop {
        number += 1;
        send(&format!("there/{number}"), there, "a/b c").await;
        if let Ok(Some(told)) = tokio::time::timeout(Duration::from_millis(50), theirs.changed()).await {
            assert!(told.starts_with("there/") && told.ends_with("\na/b c"), "{told:?}");
            break;
        }
    }
    send("here", here, &"long ".repeat(2_000)).await;
    let told = wait_for("a hint comes", ours.changed()).await;
    assert_eq!(told.as_deref(), Some("here"), "too long to be carried, and the first that was for us");
    assert_eq!(ours.arrived(), None);
}

#[tokio::test]
async fn what_was_missed_while_the_listening_connection_is_made_anew_is_looked_at_though_a_hint_is_sent_meanwhile() {
    let database = Database::fresh(&migrator(&[&MIGRATIONS])).await;
    let pool = PgPoolOptions::new().max_connections(2).connect(&database.url).await.unwrap();
    let store = Store::of_pool(&pool, keys());
    let mut watch = store.watch_below(HintKey::new("pool", "one"));
    assert_eq!(wait_for("it listens", watch.changed()).await, None);

    // No connection is free for a new one that listens: this one is held, and the next goes to whoever waits longest.
    let held = pool.acquire().await.unwrap();
    let waiting = tokio::spawn({
        let pool = pool.clone();
        async move { pool.acquire().await.unwrap() }
    });
    let cut = "select count(pg_terminate_backend(pid)) from pg_stat_activity
               where datname = current_database() and query ilike 'listen%'";
    let mut other = sqlx::PgConnection::connect(&database.url).await.unwrap();
    let cut: i64 = sqlx::query_scalar(cut).fetch_one(&mut other).await.unwrap();
    assert_eq!(cut, 1);
    let next = wait_for("the broken connection is given up", waiting).await.unwrap();
    hint(&database.store, &scope(), HintKey::new("pool", "one/missed")).await;
    let sending = tokio::spawn({
        let store = store.clone();
        async move { store.send(vec![HintKey::new("pool", "one/sent")]).await }
    });
    // The relay has its turn, and finds the hint to send while it waits for a connection.
    for _turn in 0..10 {
        tokio::task::yield_now().await;
    }
    drop((held, next));
    assert_eq!(wait_for("it listens again", watch.changed()).await, None, "a hint may have been missed");
    let _ = sending.await.unwrap();
}

#[tokio::test]
async fn a_bound_connection_sees_its_program_only_and_one_statement_is_a_transaction_with_its_hints() {
    let Database { store, .. } = Database::fresh(&migrator(&[&MIGRATIONS])).await;
    let (ours, theirs) = (scope(), scope());
    let mut watch = store.watch_below(HintKey::new("pool", "one"));
    wait_for("a hint comes", watch.changed()).await;
    let insert = "insert into answered_request (program_id, caller, method, request_id, request_hash, answer)
                  select $1, 'somebody', 'Method', gen_random_uuid(), '', ''";
    let mut bound = store.bind(&ours).await.unwrap();
    sqlx::query(insert).bind(ours.program()).execute(bound.conn()).await.unwrap();
    let foreign = sqlx::query(insert).bind(theirs.program()).execute(bound.conn()).await;
    assert!(foreign.is_err(), "a row of another program cannot be written");
    let mut other = store.bind(&theirs).await.unwrap();
    let count = "select count(*) from answered_request";
    let seen: i64 = sqlx::query_scalar(count).fetch_one(other.conn()).await.unwrap();
    assert_eq!(seen, 0);

    let mut query = QueryBuilder::new("with fence as (select 1), hinted as (");
    hints_part(&mut query, "fence", &[HintKey::new("pool", "one/post")]);
    query.push(") select count(*) from hinted");
    query.build().execute(bound.conn()).await.unwrap();
    let told = wait_for("a hint comes", watch.changed()).await;
    assert_eq!(told.as_deref(), Some("post"));
}

#[tokio::test]
async fn a_hint_that_postgres_refuses_keeps_no_other_from_being_sent() {
    let Database { store, .. } = Database::fresh(&migrator(&[&MIGRATIONS])).await;
    let scope = scope();
    let mut watch = store.watch_below(HintKey::new("contact", "all"));
    assert_eq!(wait_for("it listens", watch.changed()).await, None);
    // Longer than a notification may be.
    let refused = HintKey::new("contact", "x".repeat(9_000));
    let mut tx = store.begin(&scope).await.unwrap();
    tx.hint(refused.clone());
    tx.commit().await.unwrap();
    hint(&store, &scope, HintKey::new("contact", "all/a")).await;
    assert!(store.send(vec![refused]).await.is_err());
    let told = wait_for("a hint comes", watch.changed()).await;
    assert_eq!(told.as_deref(), Some("a"), "the connection is as before, and nothing was missed");
}

#[tokio::test]
async fn a_commit_wakes_who_watches_though_its_caller_went_away_before_the_answer() {
    let Database { store, .. } = Database::fresh(&migrator(&[&MIGRATIONS])).await;
    let scope = scope();
    let mut watch = store.watch(HintKey::new("contact", "a"));
    assert!(watch.changed_within(WAIT_LIMIT).await, "when it begins to listen");
    let mut tx = store.begin(&scope).await.unwrap();
    tx.hint(HintKey::new("contact", "a"));
    // Begun, and given up before the answer.
    assert!(tx.commit().now_or_never().is_none());
    assert!(watch.changed_within(WAIT_LIMIT).await, "it was woken, and did not look by itself");
}
