//! Duties against a real Postgres: they run, again after failures and crashes, and hold nobody else up.

use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex};

use harborline_config::DutySettings;
use harborline_duties::{Done, DutyError, DutyRun, Handover, Owed, Owing, PARK_AFTER, Worker};
use harborline_identity::{ProgramScope, ServiceName};
use harborline_store::{Store, Tx};
use harborline_testkit::{Database, owner, service, some_program, wait_until};
use harborline_types::{Clock, DevelopmentClock, ProgramId, Timestamp};
use tokio_util::sync::CancellationToken;

async fn fresh() -> Store {
    let schema = harborline_store::migrator(&[&harborline_store::MIGRATIONS, &harborline_duties::MIGRATIONS]);
    Database::fresh(&schema).await.store
}

fn scope(program: ProgramId) -> ProgramScope {
    service(program, ServiceName::Intake).scope().unwrap()
}

/// The state of handlers that need none.
fn nothing() -> Arc<()> {
    Arc::new(())
}

fn worker(store: &Store) -> Worker {
    leasing(store, 1)
}

fn leasing(store: &Store, lease_seconds: u64) -> Worker {
    let settings = DutySettings { lease_seconds, concurrency: 4, poll_seconds: 1 };
    Worker::new(store.clone(), Clock::System, ServiceName::Intake, settings)
}

async fn owe_now(store: &Store, kind: &'static str, subject: &str) {
    let scope = scope(some_program());
    let mut tx = store.begin(&scope).await.unwrap();
    tx.owe(Owed::now(kind, subject));
    tx.commit().await.unwrap();
}

async fn open_duties(store: &Store) -> i64 {
    sqlx::query_scalar("select count(*) from duty").fetch_one(&owner(store)).await.unwrap()
}

async fn until_none_is_open(store: &Store) {
    wait_until("no duty is open", || async { (open_duties(store).await == 0).then_some(()) }).await;
}

/// Runs a worker until the test's condition holds.
async fn run_worker_until(worker: Worker, condition: impl Future<Output = ()>) {
    let shutdown = CancellationToken::new();
    let running = tokio::spawn(worker.run(shutdown.clone()));
    condition.await;
    shutdown.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn a_duty_runs_once_it_is_committed_and_is_then_gone() {
    let store = fresh().await;
    let runs = Arc::new(AtomicI32::new(0));
    let counted = runs.clone();
    let worker = worker(&store).on("ring", &nothing(), move |_, run: DutyRun| {
        assert_eq!(run.subject, "bell");
        counted.fetch_add(1, Ordering::SeqCst);
        async { Ok(Done::Finished) }
    });
    let abandoned = {
        let scope = scope(some_program());
        let mut tx = store.begin(&scope).await.unwrap();
        tx.owe(Owed::now("ring", "never"));
        tx
    };
    drop(abandoned);
    owe_now(&store, "ring", "bell").await;
    run_worker_until(worker, until_none_is_open(&store)).await;
    assert_eq!(runs.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_failing_duty_is_tried_again_and_holds_nobody_up() {
    let store = fresh().await;
    let worker = worker(&store).on("work", &nothing(), |_, run: DutyRun| async move {
        if run.subject == "stubborn" && run.attempt < 4 {
            return Err(DutyError::passing("not yet"));
        }
        Ok(Done::Finished)
    });
    for subject in ["stubborn", "a", "b", "c", "d", "e", "f"] {
        owe_now(&store, "work", subject).await;
    }
    run_worker_until(worker, until_none_is_open(&store)).await;
}

#[tokio::test]
async fn a_duty_whose_worker_died_is_taken_over_when_its_lease_is_over() {
    let store = fresh().await;
    owe_now(&store, "ring", "bell").await;
    let hold = "update duty set lease_holder = gen_random_uuid(), lease_until = now() + interval '300 ms'";
    sqlx::query(hold).execute(&owner(&store)).await.unwrap();
    let worker = worker(&store).on("ring", &nothing(), |_, _| async { Ok(Done::Finished) });
    run_worker_until(worker, until_none_is_open(&store)).await;
}

#[tokio::test]
async fn a_lasting_failure_is_parked_and_owing_it_again_unparks_it() {
    let store = fresh().await;
    owe_now(&store, "work", "w").await;
    let attempts = format!("update duty set attempt = {}", PARK_AFTER - 1);
    sqlx::query(sqlx::AssertSqlSafe(attempts)).execute(&owner(&store)).await.unwrap();
    let broken = worker(&store).on("work", &nothing(), |_, _| async { Err(DutyError::lasting("broken")) });
    let parked = async || -> i64 {
        let count = sqlx::query_scalar("select count(*) from duty where parked_at is not null");
        count.fetch_one(&owner(&store)).await.unwrap()
    };
    run_worker_until(broken, wait_until("it is parked", || async { (parked().await == 1).then_some(()) })).await;

    let program: ProgramId = sqlx::query_scalar("select program_id from duty").fetch_one(&owner(&store)).await.unwrap();
    let mut tx = store.begin(&scope(program)).await.unwrap();
    tx.owe(Owed::now("work", "w"));
    tx.commit().await.unwrap();
    let mended = worker(&store).on("work", &nothing(), |_, _| async { Ok(Done::Finished) });
    run_worker_until(mended, until_none_is_open(&store)).await;
}

#[tokio::test]
async fn what_is_owed_again_while_it_runs_runs_once_more() {
    let store = fresh().await;
    let program = some_program();
    let runs = Arc::new(AtomicI32::new(0));
    let (counted, inner) = (runs.clone(), store.clone());
    let worker = worker(&store).on("work", &nothing(), move |_, run: DutyRun| {
        let (first, store) = (counted.fetch_add(1, Ordering::SeqCst) == 0, inner.clone());
        async move {
            if first {
                let mut tx = store.begin(&run.scope).await?;
                tx.owe(Owed::now("work", &run.subject));
                tx.commit().await?;
            }
            Ok(Done::Finished)
        }
    });
    let mut tx = store.begin(&scope(program)).await.unwrap();
    tx.owe(Owed::now("work", "w"));
    tx.commit().await.unwrap();
    run_worker_until(worker, until_none_is_open(&store)).await;
    assert_eq!(runs.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn what_is_taken_back_does_not_run_and_what_is_owed_anew_forgets_when_it_was_due_before() {
    let (store, program) = (fresh().await, some_program());
    let (scope, tomorrow) = (scope(program), Clock::System.now() + chrono::TimeDelta::days(1));
    let commit = async |change: fn(&mut Tx, Timestamp)| {
        let mut tx = store.begin(&scope).await.unwrap();
        change(&mut tx, tomorrow);
        tx.commit().await.unwrap();
    };
    let due = async || {
        let due = "select due_at = $1 from duty where kind = 'ring' and subject = 'bell'";
        sqlx::query_scalar::<_, bool>(due).bind(tomorrow).fetch_optional(&owner(&store)).await.unwrap()
    };
    commit(|tx, _| tx.owe(Owed::now("ring", "bell"))).await;
    commit(|tx, tomorrow| tx.owe(Owed::at("ring", "bell", tomorrow))).await;
    assert_eq!(due().await, Some(false), "owing it again does not put it off");
    commit(|tx, tomorrow| {
        tx.cancel("ring", "bell");
        tx.owe(Owed::at("ring", "bell", tomorrow));
    })
    .await;
    assert_eq!(due().await, Some(true));
    commit(|tx, _| tx.cancel("ring", "bell")).await;
    assert_eq!(due().await, None);
}

#[tokio::test]
async fn a_duty_of_tomorrow_is_done_soon_on_a_fast_clock_and_not_before_it_is_due() {
    let store = fresh().await;
    let start = Clock::System.now();
    let clock = Clock::Development(DevelopmentClock { start_real: start, start, speed: 200_000.0 });
    let due_at = clock.now() + std::time::Duration::from_secs(86_400);
    let scope = scope(some_program());
    let mut tx = store.begin(&scope).await.unwrap();
    tx.owe(Owed::at("ring", "bell", due_at));
    tx.commit().await.unwrap();
    let settings = DutySettings { lease_seconds: 1, concurrency: 4, poll_seconds: 1 };
    let seen = clock.clone();
    let worker = Worker::new(store.clone(), clock, ServiceName::Followup, settings).on(
        "ring",
        &nothing(),
        move |_, run: DutyRun| {
            assert!(seen.now() >= run.due_at.unwrap());
            async { Ok(Done::Finished) }
        },
    );
    run_worker_until(worker, until_none_is_open(&store)).await;
}

/// One statement that owes these, handed over once it has committed.
async fn hand_over(store: &Store, to: &Handover, subjects: &[&str]) {
    let scope = scope(some_program());
    let owed = subjects.iter().map(|subject| (Owed::once("ring", subject), None));
    let owing = Owing::of(owed, Some(to));
    let mut query = sqlx::QueryBuilder::new("with fence as (select 1), owed as (");
    owing.part(&mut query, &scope, "fence");
    query.push(") select 1");
    let mut bound = store.bind(&scope).await.unwrap();
    query.build().execute(bound.conn()).await.unwrap();
    if owing.hand_over(&scope) {
        bound.wake_duties();
    }
}

#[tokio::test]
async fn what_is_handed_over_is_done_without_a_look_and_what_finds_no_place_waits_for_one() {
    let store = fresh().await;
    let runs = Arc::new(AtomicI32::new(0));
    let counted = runs.clone();
    let worker = leasing(&store, 600).on("ring", &nothing(), move |_, run: DutyRun| {
        assert_eq!(run.attempt, 1);
        counted.fetch_add(1, Ordering::SeqCst);
        async { Ok(Done::Finished) }
    });
    let handover = worker.handover();
    let subjects: Vec<String> = (0..520).map(|number| number.to_string()).collect();
    hand_over(&store, &handover, &subjects.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let leased: i64 = sqlx::query_scalar("select count(*) from duty where attempt = 1 and lease_until > now()")
        .fetch_one(&owner(&store))
        .await
        .unwrap();
    assert_eq!(leased, 512, "as many as there are places for are nobody else's to claim");
    run_worker_until(worker, until_none_is_open(&store)).await;
    assert_eq!(runs.load(Ordering::SeqCst), 520, "each once");
}

#[tokio::test]
async fn a_duty_that_somebody_is_owing_again_holds_up_the_end_of_no_other() {
    let store = fresh().await;
    let worker = leasing(&store, 600).on("ring", &nothing(), |_, _| async { Ok(Done::Finished) });
    hand_over(&store, &worker.handover(), &["a", "b", "c", "d"]).await;
    let mut owing = owner(&store).begin().await.unwrap();
    sqlx::query("select from duty where subject = 'b' for update").execute(&mut *owing).await.unwrap();
    let ends = async {
        wait_until("the others are gone", || async { (open_duties(&store).await == 1).then_some(()) }).await;
        owing.commit().await.unwrap();
        until_none_is_open(&store).await;
    };
    run_worker_until(worker, ends).await;
}

#[tokio::test]
async fn what_stood_in_line_for_too_long_is_left_to_who_looks() {
    let store = fresh().await;
    let attempts = Arc::new(AtomicI32::new(0));
    let seen = attempts.clone();
    let worker = worker(&store).on("ring", &nothing(), move |_, run: DutyRun| {
        seen.store(seen.load(Ordering::SeqCst) * 10 + run.attempt, Ordering::SeqCst);
        async { Ok(Done::Finished) }
    });
    hand_over(&store, &worker.handover(), &["bell"]).await;
    let over = "select 1 from duty where lease_until < now()";
    wait_until("the lease is over", || async {
        sqlx::query_scalar::<_, i32>(over).fetch_optional(&owner(&store)).await.unwrap()
    })
    .await;
    run_worker_until(worker, until_none_is_open(&store)).await;
    assert_eq!(attempts.load(Ordering::SeqCst), 2, "the second attempt alone");
}

#[tokio::test]
async fn what_was_handed_to_a_worker_that_died_is_taken_over_when_its_lease_is_over() {
    let store = fresh().await;
    let dead = worker(&store);
    hand_over(&store, &dead.handover(), &["bell"]).await;
    drop(dead);
    let worker = worker(&store).on("ring", &nothing(), |_, _| async { Ok(Done::Finished) });
    run_worker_until(worker, until_none_is_open(&store)).await;
}

#[tokio::test]
async fn a_surge_of_one_program_and_kind_holds_up_no_other() {
    let store = fresh().await;
    let (surging, quiet) = (some_program(), some_program());
    let owe = async |program, kind, subjects: std::ops::Range<i32>| {
        let mut tx = store.begin(&scope(program)).await.unwrap();
        subjects.for_each(|subject| tx.owe(Owed::now(kind, subject)));
        tx.commit().await.unwrap();
    };
    owe(surging, "ring", 0..500).await;
    owe(surging, "knock", 0..1).await;
    owe(quiet, "ring", 0..1).await;
    let begun = Arc::new(Mutex::new(Vec::new()));
    let begins = |kind: &'static str| {
        move |begun: Arc<Mutex<Vec<_>>>, run: DutyRun| async move {
            begun.lock().unwrap().push((run.scope.program(), kind));
            Ok(Done::Finished)
        }
    };
    let worker = worker(&store).on("ring", &begun, begins("ring")).on("knock", &begun, begins("knock"));
    run_worker_until(worker, until_none_is_open(&store)).await;
    let begun = begun.lock().unwrap();
    // The worker of these tests has room for four.
    for expected in [(surging, "ring"), (surging, "knock"), (quiet, "ring")] {
        assert!(begun[..4].contains(&expected), "{:?}", begun.iter().position(|one| *one == expected));
    }
    assert_eq!(begun.len(), 502);
}
