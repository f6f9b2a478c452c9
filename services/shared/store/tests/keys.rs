//! Keys of programs, as stores hold them: made once, rotated beside running services, kept while their provider is away,
//! and given up when they are destroyed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use harborline_identity::{Call, ProgramScope};
use harborline_keys::{Place, ProgramKeys, Sealed};
use harborline_status::Reason;
use harborline_store::{KeySource, MIGRATIONS, Once, Store, StoreError};
use harborline_testkit::{Database, TestKeys, counselor, owner, some_program, wait_until};
use harborline_types::{Phi, RequestId};
use prost::Message;
use sqlx::PgPool;
use tempfile::TempDir;

/// How often the stores of these tests look after their keys.
const REFRESH: Duration = Duration::from_millis(50);

#[derive(Clone, PartialEq, Message)]
struct Text {
    #[prost(string, tag = "1")]
    text: String,
}

/// A database, and a provider that can be taken away.
struct Service {
    url: String,
    provider: TestKeys,
    call: Call,
    _database: Database,
    _folder: TempDir,
}

impl Service {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::fresh(&MIGRATIONS).await;
        let provider = TestKeys::new(&folder.path().join("keys"));
        let call = counselor(some_program(), "c");
        Self { url: database.url.clone(), provider, call, _database: database, _folder: folder }
    }

    /// A replica that was just started.
    async fn replica(&self) -> Store {
        let source = KeySource::new("test", Arc::new(self.provider.clone())).refresh_every(REFRESH);
        Store::of_pool(&PgPool::connect(&self.url).await.unwrap(), source)
    }

    fn scope(&self) -> ProgramScope {
        self.call.scope().unwrap()
    }
}

fn place() -> Place {
    Place::new("note", "words", 1)
}

fn seal(keys: &ProgramKeys) -> Sealed {
    keys.seal(&place(), &Phi::new("words".to_owned())).unwrap()
}

fn opens(keys: &ProgramKeys, sealed: &Sealed) -> bool {
    keys.open::<String>(&place(), sealed).is_ok_and(|words| words.expose() == "words")
}

fn version_of(sealed: &Sealed) -> u8 {
    sealed.bytes()[4]
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_that_use_a_program_first_at_once_end_with_one_key() {
    let service = Service::new().await;
    let replicas = futures::future::join_all((0..5).map(|_| service.replica())).await;
    for _ in 0..5 {
        let scope = counselor(some_program(), "c").scope().unwrap();
        let keys = futures::future::join_all(replicas.iter().map(|store| store.keys(&scope))).await;
        let keys: Vec<_> = keys.into_iter().map(Result::unwrap).collect();
        let sealed = seal(&keys[0]);
        assert!(keys.iter().all(|keys| opens(keys, &sealed)));
        assert!(keys.iter().all(|other| other.digest("kind", b"x") == keys[0].digest("kind", b"x")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_beside_a_writer_loses_nothing_and_is_taken_up_without_a_restart() {
    let service = Service::new().await;
    let (writer, reader, scope) = (service.replica().await, service.replica().await, service.scope());
    let operator = service.replica().await;
    let first = seal(&writer.keys(&scope).await.unwrap());
    reader.keys(&scope).await.unwrap();

    let rotated = operator.key_rotate(scope.program()).await.unwrap();
    assert_eq!(rotated.version, 2);
    assert_eq!(rotated.begins_in, REFRESH * 2, "every replica has looked by then");
    wait_until("the new version seals", async || {
        let sealed = seal(&writer.keys(&scope).await.unwrap());
        let opened = opens(&reader.keys(&scope).await.unwrap(), &sealed);
        // A replica that is late by two looks learns of the new version with its next.
        assert!(opened || version_of(&sealed) == 2, "what the old version seals always opens");
        (version_of(&sealed) == 2 && opened).then_some(())
    })
    .await;
    for store in [&writer, &reader, &operator] {
        assert!(opens(&store.keys(&scope).await.unwrap(), &first), "what was sealed before opens");
    }
    assert_eq!(operator.key_rotate(scope.program()).await.unwrap().version, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn rewrapping_under_load_disturbs_nobody_and_uses_the_providers_newest_key() {
    let service = Service::new().await;
    let (store, scope) = (service.replica().await, service.scope());
    let first = seal(&store.keys(&scope).await.unwrap());
    let stop = Arc::new(AtomicBool::new(false));
    let load = tokio::spawn({
        let (store, scope, stop) = (store.clone(), scope, stop.clone());
        async move {
            while !stop.load(Ordering::SeqCst) {
                let keys = store.keys(&scope).await.unwrap();
                assert!(opens(&keys, &seal(&keys)));
                tokio::task::yield_now().await;
            }
        }
    });
    let operator = service.replica().await;
    for version in 2..6 {
        assert_eq!(operator.key_rotate_at_provider(scope.program()).await.unwrap(), version);
        assert_eq!(operator.key_rewrap(scope.program()).await.unwrap(), 2);
        let (rows, newest) = operator.key_status(scope.program()).await.unwrap();
        assert_eq!(newest, Some(version));
        assert!(rows.iter().all(|row| row.wrapped_by == format!("files:v{version}")), "{rows:?}");
    }
    stop.store(true, Ordering::SeqCst);
    load.await.unwrap();
    let restarted = service.replica().await;
    assert!(opens(&restarted.keys(&scope).await.unwrap(), &first));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_known_outlast_their_provider_and_others_are_awaited() {
    let service = Service::new().await;
    let (known, scope) = (service.replica().await, service.scope());
    let sealed = seal(&known.keys(&scope).await.unwrap());
    service.provider.set_away(true);
    wait_until("the keys were looked after in vain, twice", || async {
        (service.provider.asked_in_vain() >= 2).then_some(())
    })
    .await;
    assert!(opens(&known.keys(&scope).await.unwrap(), &sealed), "a call is still answered");
    known.ready().await.unwrap();

    let fresh = service.replica().await;
    assert!(matches!(fresh.keys(&scope).await.err(), Some(StoreError::Unavailable(_))));
    assert!(matches!(fresh.ready().await, Err(StoreError::Unavailable(_))), "no call could be answered");
    let refused = fresh.begin_once::<Text>(&service.call, "Echo", RequestId::new(), &Text::default()).await;
    assert_eq!(refused.err().map(|error| error.reason()), Some(Reason::TemporarilyUnavailable));

    service.provider.set_away(false);
    fresh.ready().await.unwrap();
    assert!(opens(&fresh.keys(&scope).await.unwrap(), &sealed));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_has_the_keys_of_all_programs_before_anybody_calls() {
    let service = Service::new().await;
    let scope = service.scope();
    service.replica().await.keys(&scope).await.unwrap();
    let started = service.replica().await;
    started.ready().await.unwrap();
    wait_until("the keys are there with the provider away", async || {
        service.provider.set_away(true);
        let known = started.keys(&scope).await.is_ok();
        service.provider.set_away(false);
        known.then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destroyed_key_is_given_up_and_no_replica_or_backup_reads_the_records_again() {
    let service = Service::new().await;
    let (running, scope) = (service.replica().await, service.scope());
    let (id, other) = (RequestId::new(), counselor(some_program(), "c"));
    answer(&running, &service.call, id).await.unwrap();
    answer(&running, &other, id).await.unwrap();
    let backup = Database::fresh(&MIGRATIONS).await;
    for table in ["sealing_key", "answered_request"] {
        copy(table, &owner(&running), &owner(&backup.store)).await;
    }

    running.key_destroy(scope.program()).await.unwrap();
    wait_until("a running service forgets the keys", async || {
        matches!(running.keys(&scope).await, Err(StoreError::RecordsDestroyed)).then_some(())
    })
    .await;
    let source = || KeySource::new("test", Arc::new(service.provider.clone())).refresh_every(REFRESH);
    let restored = Store::of_pool(&PgPool::connect(&backup.url).await.unwrap(), source());
    for store in [&running, &service.replica().await, &restored] {
        assert_eq!(answer(store, &service.call, id).await.unwrap_err().reason(), Reason::RecordsDestroyed);
        assert!(answer(store, &other, id).await.is_ok(), "another program's records stay");
        assert_eq!(store.key_status(scope.program()).await.unwrap().1, None);
    }
}

/// An act with an answer that is kept.
async fn answer(store: &Store, call: &Call, id: RequestId) -> Result<Text, harborline_status::ServiceError> {
    match store.begin_once::<Text>(call, "Echo", id, &Text { text: "+12025550101".to_owned() }).await? {
        Once::Replay(answer) => Ok(answer),
        Once::Fresh(tx) => Ok(tx.commit_answering(Text { text: "the marker of an answer".to_owned() }).await?),
    }
}

async fn copy(table: &str, from: &PgPool, to: &PgPool) {
    let rows = sqlx::AssertSqlSafe(format!("select to_jsonb(t) from {table} t"));
    let rows: Vec<sqlx::types::JsonValue> = sqlx::query_scalar(rows).fetch_all(from).await.unwrap();
    let insert = format!("insert into {table} select * from jsonb_populate_record(null::{table}, $1)");
    for row in rows {
        sqlx::query(sqlx::AssertSqlSafe(insert.clone())).bind(row).execute(to).await.unwrap();
    }
}

#[tokio::test]
async fn a_kept_answer_cannot_be_read_in_the_database_and_its_request_cannot_be_guessed() {
    let service = Service::new().await;
    let (store, id) = (service.replica().await, RequestId::new());
    answer(&store, &service.call, id).await.unwrap();
    let (hash, sealed): (Vec<u8>, Vec<u8>) =
        sqlx::query_as("select request_hash, answer from answered_request").fetch_one(&owner(&store)).await.unwrap();
    assert!(!sealed.windows(6).any(|some| some == b"marker"));
    // A number is one of few: whoever could hash all of them would find it.
    let keys = store.keys(&service.scope()).await.unwrap();
    let request = Text { text: "+12025550101".to_owned() }.encode_to_vec();
    assert_eq!(hash, keys.digest("answered_request.request_hash", &request));
    let other = counselor(some_program(), "c").scope().unwrap();
    assert_ne!(hash, store.keys(&other).await.unwrap().digest("answered_request.request_hash", &request));
    assert_eq!(answer(&store, &service.call, id).await.unwrap().text, "the marker of an answer");
}

#[tokio::test]
async fn a_kept_answer_that_was_moved_to_another_request_does_not_open() {
    let service = Service::new().await;
    let (store, one, other) = (service.replica().await, RequestId::new(), RequestId::new());
    answer(&store, &service.call, one).await.unwrap();
    answer(&store, &service.call, other).await.unwrap();
    let swap = "update answered_request set answer = (select answer from answered_request where request_id = $1)
                where request_id = $2";
    sqlx::query(swap).bind(one).bind(other).execute(&owner(&store)).await.unwrap();
    assert_eq!(answer(&store, &service.call, other).await.unwrap_err().reason(), Reason::InternalFault);
    assert!(answer(&store, &service.call, one).await.is_ok());
}

#[tokio::test]
async fn a_migration_that_would_lose_rows_in_clear_fails_and_loses_none() {
    let Database { store, .. } = Database::fresh(&MIGRATIONS).await;
    let owner = owner(&store);
    let make = "create table clear (words text); insert into clear values ('kept')";
    sqlx::raw_sql(make).execute(&owner).await.unwrap();
    let migration = "begin; select must_be_empty('clear'); alter table clear drop column words; commit";
    assert!(sqlx::raw_sql(migration).execute(&owner).await.is_err());
    let kept: String = sqlx::query_scalar("select words from clear").fetch_one(&owner).await.unwrap();
    assert_eq!(kept, "kept");
}
