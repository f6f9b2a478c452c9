//! Calls that may be repeated (P7), against a real Postgres.

use harborline_status::{Reason, ServiceError};
use harborline_store::{HintKey, MIGRATIONS, Once, Store};
use harborline_testkit::{Database, WAIT_LIMIT, counselor, keys, owner, some_program};
use harborline_types::RequestId;
use prost::Message;

#[derive(Clone, PartialEq, Message)]
struct Text {
    #[prost(string, tag = "1")]
    text: String,
}

fn text(text: &str) -> Text {
    Text { text: text.to_owned() }
}

/// Answers with its own body and counts its effect, as an RPC would.
async fn echo(
    store: &Store,
    call: &harborline_identity::Call,
    id: RequestId,
    request: &Text,
) -> Result<Text, ServiceError> {
    let mut tx = match store.begin_once(call, "Echo", id, request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    let effect = sqlx::query("insert into answered_request values ($2, 'effect', 'Echo', $1, '', '')");
    let program = call.scope()?.program();
    effect.bind(RequestId::new()).bind(program).execute(tx.conn()).await.map_err(harborline_store::StoreError::from)?;
    Ok(tx.commit_answering(request.clone()).await?)
}

async fn effects(store: &Store) -> i64 {
    let count = sqlx::query_scalar("select count(*) from answered_request where caller = 'effect'");
    count.fetch_one(&owner(store)).await.unwrap()
}

#[tokio::test]
async fn a_repeated_call_has_one_effect_and_the_same_answer() {
    let Database { store, .. } = Database::fresh(&MIGRATIONS).await;
    let (call, id) = (counselor(some_program(), "c"), RequestId::new());
    for _ in 0..3 {
        assert_eq!(echo(&store, &call, id, &text("hello")).await.unwrap().text, "hello");
    }
    assert_eq!(effects(&store).await, 1);
}

#[tokio::test]
async fn concurrent_duplicates_wait_and_get_the_one_answer() {
    let Database { store, .. } = Database::fresh(&MIGRATIONS).await;
    let (call, id) = (counselor(some_program(), "c"), RequestId::new());
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let (store, call) = (store.clone(), call.clone());
            tokio::spawn(async move { echo(&store, &call, id, &text("once")).await.unwrap().text })
        })
        .collect();
    for answer in calls {
        assert_eq!(answer.await.unwrap(), "once");
    }
    assert_eq!(effects(&store).await, 1);
}

#[tokio::test]
async fn the_same_id_with_another_body_is_refused() {
    let Database { store, .. } = Database::fresh(&MIGRATIONS).await;
    let (call, id) = (counselor(some_program(), "c"), RequestId::new());
    echo(&store, &call, id, &text("one")).await.unwrap();
    let refused = echo(&store, &call, id, &text("two")).await.unwrap_err();
    assert_eq!(refused.reason(), Reason::RequestIdReused);
}

#[tokio::test]
async fn another_caller_and_another_program_have_request_ids_of_their_own() {
    let Database { store, .. } = Database::fresh(&MIGRATIONS).await;
    let (program, id) = (some_program(), RequestId::new());
    for call in [counselor(program, "a"), counselor(program, "b"), counselor(some_program(), "a")] {
        echo(&store, &call, id, &text("mine")).await.unwrap();
    }
    assert_eq!(effects(&store).await, 3);
}

#[tokio::test]
async fn an_abandoned_call_leaves_nothing_and_may_be_repeated() {
    let Database { store, .. } = Database::fresh(&MIGRATIONS).await;
    let (call, id) = (counselor(some_program(), "c"), RequestId::new());
    let begun = store.begin_once::<Text>(&call, "Echo", id, &text("x")).await.unwrap();
    drop(begun);
    assert_eq!(echo(&store, &call, id, &text("x")).await.unwrap().text, "x");
}

#[tokio::test]
async fn a_watch_is_woken_by_the_commit_that_hints() {
    let Database { store, url } = Database::fresh(&MIGRATIONS).await;
    let mut watch = store.watch(HintKey::new("thing", 1));
    // When it begins to listen.
    assert!(watch.changed_within(WAIT_LIMIT).await);
    let other_replica = Store::of_pool(&sqlx::PgPool::connect(&url).await.unwrap(), keys());
    let mut tx = other_replica.begin(&counselor(some_program(), "c").scope().unwrap()).await.unwrap();
    tx.hint(HintKey::new("thing", 1));
    tx.commit().await.unwrap();
    assert!(watch.changed_within(WAIT_LIMIT).await, "the hint arrives");
}
