//! A connection never shows another program's row, whatever fails or is cancelled between two uses of it.

use std::collections::BTreeMap;
use std::future::Future;
use std::task::Poll;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use harborline_config::{DatabaseSettings, ProgramNaming};
use harborline_identity::ProgramScope;
use harborline_store::{MIGRATIONS, Store, StoreError};
use harborline_testkit::{Database, counselor, keys, owner, some_program};
use harborline_types::ProgramId;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// Fewer than programs and than users, so that they go from hand to hand.
const CONNECTIONS: u32 = 3;
const PROGRAMS: i64 = 5;
const USERS: u64 = 8;
const USES: usize = 100;

/// It forgets the program.
const PROGRAMS_SEEN: &str = "select program_id from answered_request";
const WRITE: &str = "insert into answered_request values ($1, 'caller', 'Method', gen_random_uuid(), '', '')";

fn store(url: &str, program_naming: ProgramNaming) -> Store {
    let settings = DatabaseSettings {
        url: url.into(),
        max_connections: CONNECTIONS,
        statement_timeout_ms: 60_000,
        acquire_timeout_ms: 60_000,
        program_naming,
    };
    Store::open(&settings, keys()).unwrap()
}

/// What one use of a connection does.
#[derive(Clone, Copy, Debug)]
enum Use {
    Read,
    ReadInTransaction,
    /// Writes a row, and drops the transaction.
    WriteAndDrop,
    /// Fails outside a transaction.
    FailAlone,
    /// Fails in a transaction, and drops it.
    Fail,
    /// Fails in a transaction, and commits it all the same.
    FailAndCommit,
    /// Ends a connection of the service, as its server would.
    End,
}

const OFTEN: [Use; 6] =
    [Use::Read, Use::ReadInTransaction, Use::WriteAndDrop, Use::FailAlone, Use::Fail, Use::FailAndCommit];

/// The odds of a connection's end: rare, for it frees the place of one, and then none is taken over for another program.
const END: f64 = 0.01;

/// The programs of the rows that the use saw.
async fn run(
    store: &Store,
    owner: &sqlx::PgPool,
    scope: &ProgramScope,
    this: Use,
) -> Result<Vec<ProgramId>, StoreError> {
    match this {
        Use::Read => return Ok(sqlx::query_scalar(PROGRAMS_SEEN).fetch_all(store.reader(scope)).await?),
        Use::ReadInTransaction => {
            let mut tx = store.begin(scope).await?;
            let seen = sqlx::query_scalar(PROGRAMS_SEEN).fetch_all(tx.conn()).await?;
            tx.commit().await?;
            return Ok(seen);
        }
        Use::WriteAndDrop => {
            let mut tx = store.begin(scope).await?;
            sqlx::query(WRITE).bind(scope.program()).execute(tx.conn()).await?;
            return Ok(sqlx::query_scalar(PROGRAMS_SEEN).fetch_all(tx.conn()).await?.split_off(1));
        }
        Use::FailAlone => drop(sqlx::query("select 1 / 0").execute(store.reader(scope)).await),
        Use::Fail => drop(sqlx::query("select 1 / 0").execute(store.begin(scope).await?.conn()).await),
        Use::FailAndCommit => {
            let mut tx = store.begin(scope).await?;
            drop(sqlx::query("select 1 / 0").execute(tx.conn()).await);
            tx.commit().await?;
        }
        Use::End => {
            let end = "select pg_terminate_backend(pid) from pg_stat_activity
                       where datname = current_database() and usename <> current_user limit 1";
            sqlx::query(end).execute(owner).await?;
        }
    }
    Ok(Vec::new())
}

/// Drops the work in its `wait`-th wait, if it is not done by then.
async fn cancelled_in<T>(mut wait: usize, work: impl Future<Output = T>) -> Option<T> {
    tokio::pin!(work);
    std::future::poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if wait <= 1 => Poll::Ready(None),
        Poll::Pending => {
            wait -= 1;
            Poll::Pending
        }
    })
    .await
}

async fn nobody_sees_anothers_rows(naming: ProgramNaming) {
    let database = Database::fresh(&MIGRATIONS).await;
    let (store, owner) = (store(&database.url, naming), owner(&database.store));
    let mut programs = BTreeMap::new();
    for rows in 1..=PROGRAMS {
        let program = some_program();
        let write = "insert into answered_request
                     select $1, 'caller', 'Method', gen_random_uuid(), '', '' from generate_series(1, $2)";
        sqlx::query(write).bind(program).bind(rows).execute(&owner).await.unwrap();
        programs.insert(program, usize::try_from(rows).unwrap());
    }
    let user = async |seed| {
        let (mut dice, mut seen_right, mut cancelled) = (StdRng::seed_from_u64(seed), 0, 0);
        for _ in 0..USES {
            let (program, rows) = programs.iter().nth(dice.random_range(0..programs.len())).unwrap();
            let scope = counselor(*program, "c").scope().unwrap();
            let this = if dice.random_bool(END) { Use::End } else { OFTEN[dice.random_range(0..OFTEN.len())] };
            let work = run(&store, &owner, &scope, this);
            let done = match dice.random_bool(0.3) {
                true => cancelled_in(dice.random_range(1..8), work).await,
                false => Some(work.await),
            };
            match done {
                Some(Ok(seen)) if !seen.is_empty() => {
                    assert_eq!(seen, vec![*program; *rows], "{this:?} shows the rows of its program, and no other");
                    seen_right += 1;
                }
                // A use of which a connection was ended may fail.
                Some(_) => {}
                None => cancelled += 1,
            }
        }
        (seen_right, cancelled)
    };
    // Each is polled for itself: its waits are its own.
    let counts: Vec<_> = (0..USERS).map(user).collect::<FuturesUnordered<_>>().collect().await;
    assert!(counts.iter().any(|(_, cancelled)| *cancelled > 0), "nothing was cancelled");
    assert!(counts.iter().all(|(seen_right, _)| *seen_right > 0), "{counts:?}");

    // And they are all still of use: none was lost, and none is in a transaction.
    let scope = counselor(*programs.keys().next().unwrap(), "c").scope().unwrap();
    let together = (0..CONNECTIONS).map(|_| store.begin(&scope));
    for tx in futures::future::try_join_all(together).await.unwrap() {
        tx.commit().await.unwrap();
    }
    let written = "select count(*) from answered_request";
    let rows: i64 = sqlx::query_scalar(written).fetch_one(&owner).await.unwrap();
    assert_eq!(rows, (1..=PROGRAMS).sum::<i64>(), "what was dropped is not there");
}

#[tokio::test]
async fn nobody_sees_anothers_rows_by_a_connection_that_names_a_program() {
    nobody_sees_anothers_rows(ProgramNaming::Session).await;
}

#[tokio::test]
async fn nobody_sees_anothers_rows_by_a_transaction_that_names_a_program() {
    nobody_sees_anothers_rows(ProgramNaming::Transaction).await;
}

#[tokio::test]
async fn a_connection_whose_naming_was_interrupted_is_named_anew() {
    const NAMED: &str = "select current_setting('harborline.program')";
    let database = Database::fresh(&MIGRATIONS).await;
    let (store, [one, other]) = (store(&database.url, ProgramNaming::Session), [(); 2].map(|()| some_program()));
    let scope = |program| counselor(program, "c").scope().unwrap();
    let named =
        async |program| sqlx::query_scalar::<_, String>(NAMED).fetch_one(store.reader(&scope(program))).await.unwrap();
    // One at a time: the others are in use.
    let here = scope(one);
    let _in_use = futures::future::try_join_all([(); 2].map(|()| store.begin(&here))).await.unwrap();
    for _ in 0..20 {
        for wait in 1..5 {
            let _ = cancelled_in(wait, named(other)).await;
            assert_eq!(named(one).await, one.to_string(), "interrupted in wait {wait}");
        }
    }
}
