//! P2, P3 and P7 while the process that decides is being killed in the middle of its rounds.
//!
//! Two processes of availability serve one line. Callers ask for counselors through both, counselors at open streams of
//! both take, end and finish, and whoever gets no answer repeats the call to the other process. Meanwhile the process
//! that holds the matcher's lease is killed, again and again, each time in the middle of a round's statement: one time
//! the round commits all the same and nobody answers, the next time it is lost. In the end the books tell whether anybody
//! was lost and whether anything was given twice.

mod books;
mod people;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use harborline_identity::ServiceName;
use harborline_testkit::wait_until;
use harborline_tests::{Stage, StageOptions};
use sqlx::{PgPool, Postgres, Transaction};
use uuid::Uuid;

use people::{Line, Site, WITNESSES, at_work, calling, calling_until_raced, hire};

/// How often the matcher is killed.
const KILLS: usize = 6;
/// At least so many contacts come, however soon the kills are over.
const CONTACTS: usize = 240;
/// How many call at the same time.
const CALLERS: usize = 12;

/// Short leases; and no time that runs out by itself, so that every step has somebody who took it.
fn settings() -> BTreeMap<&'static str, Vec<String>> {
    let hour = 3_600_000;
    let dispatch = [
        "matcher_lease_ms = 1000".to_owned(),
        "replica_silence_ms = 1000".to_owned(),
        format!("urgent_offer_timeout_ms = {hour}"),
        format!("offer_timeout_ms = {hour}"),
        format!("widen_after_ms = [{hour}, {hour}, {hour}]"),
        format!("page_after_ms = {hour}"),
        format!("backup_after_ms = {hour}"),
        "presence_grace_ms = 20000".to_owned(),
    ];
    let unlimited = ["person_requests_per_second = 0".to_owned()];
    BTreeMap::from([("availability.dispatch", dispatch.to_vec()), ("grpc", unlimited.to_vec())])
}

#[tokio::test(flavor = "multi_thread")]
async fn killing_the_matcher_in_the_middle_of_its_rounds_loses_nobody_and_gives_nothing_twice() {
    let mut stage = Stage::start(StageOptions { settings: settings(), ..StageOptions::default() }).await;
    for other in ServiceName::ALL.iter().filter(|service| **service != ServiceName::Availability) {
        // What is owed to intake stays owed: this is about the line alone.
        stage.stop_service(*other).await;
    }
    let second = stage.another(ServiceName::Availability).await;
    let first = stage.addresses[&ServiceName::Availability];
    let sites = [first, second.addresses].map(|addresses| Site::at(&stage, addresses));
    let line = Arc::new(Line::new(sites));
    let people = hire(&stage, &line).await;
    let database = PgPool::connect(stage.database(ServiceName::Availability)).await.expect("the database is there");
    let serving = PgPool::connect(&serving_role(&stage)).await.expect("the database is there");
    let counselors: Vec<_> = people.into_iter().map(|person| tokio::spawn(at_work(line.clone(), person))).collect();
    calling_until_raced(&line, &database).await;
    let callers: Vec<_> = (0..CALLERS).map(|_| tokio::spawn(calling(line.clone(), CONTACTS / CALLERS))).collect();

    let mut in_flight = Vec::new();
    for number in 0..KILLS {
        let kill = |site: usize| if site == 0 { stage.kill(ServiceName::Availability) } else { second.kill() };
        let fate = if number % 2 == 0 { Fate::IsLost } else { Fate::Commits };
        in_flight.push(kill_in_a_round(&line, (&database, &serving), fate, kill).await);
    }
    line.no_more();
    for caller in callers {
        caller.await.expect("every caller was answered in the end");
    }
    books::until_everybody_was_answered(&database).await;
    counselors.iter().for_each(tokio::task::JoinHandle::abort);

    let contacts = line.acknowledged();
    let restarts = (stage.starts(ServiceName::Availability) + second.starts()) as usize - 2;
    assert!(restarts >= KILLS, "{restarts} starts after {KILLS} kills");
    assert!(contacts.len() >= CONTACTS, "only {} contacts came", contacts.len());
    assert!(in_flight.iter().all(|calls| *calls > 0), "a kill hit an idle matcher: {in_flight:?} calls were open");
    assert!(line.repeated() >= KILLS, "only {} calls lost their answers", line.repeated());
    let faults = books::faults(&database, &contacts, &line.taken()).await;
    assert!(faults.is_empty(), "after {KILLS} kills, {} contacts:\n{}", contacts.len(), faults.join("\n"));
    second.stop().await;
    stage.stop().await;
}

/// The database's DSN for the role that serves, as the service's own settings have it.
fn serving_role(stage: &Stage) -> String {
    let file = stage.folder().join("settings").join("availability.toml");
    let settings = std::fs::read_to_string(file).expect("every service has settings");
    let url = settings.lines().find_map(|line| line.strip_prefix("url = ")).expect("with a database");
    url.trim_matches('"').to_owned()
}

/// What becomes of the round that is being written when its process is killed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It commits, and nobody is there to answer.
    Commits,
    /// It never was.
    IsLost,
}

/// Who may decide now, and how often that changed.
async fn leader(database: &PgPool) -> Option<(Uuid, i64)> {
    let holder = "select holder, fence from matcher_lease where until >= clock_timestamp()";
    sqlx::query_as(holder).fetch_optional(database).await.expect("the database answers")
}

/// The process whose replica this is, by its witness's newest stream.
async fn site_of(database: &PgPool, replica: Uuid) -> Option<usize> {
    let newest = "select replica_id from attend_stream where counselor_id = $1 order by opened_at desc limit 1";
    for (site, witness) in WITNESSES.iter().enumerate() {
        let held: Option<Uuid> =
            sqlx::query_scalar(newest).bind(witness).fetch_optional(database).await.expect("the database answers");
        if held == Some(replica) {
            return Some(site);
        }
    }
    None
}

/// Holds up every round at the steps of its tickets, from when the lock is had to when it is dropped.
async fn hold_up(database: PgPool) -> Transaction<'static, Postgres> {
    let mut holding = database.begin().await.expect("the database answers");
    let lock = "lock table ticket_event in share mode";
    sqlx::query(lock).execute(&mut *holding).await.expect("the owner may lock");
    holding
}

/// The session that waits for a lock on the tickets' steps in this mode.
async fn until_waiting(database: &PgPool, mode: &str) -> i32 {
    let waiting = "select pid from pg_locks
                   where relation = 'ticket_event'::regclass and mode = $1 and not granted";
    wait_until(mode, || async {
        sqlx::query_scalar(waiting).bind(mode).fetch_optional(database).await.expect("the database answers")
    })
    .await
}

/// Kills the process that decides while a round is being written in which many have their part: one round is held up
/// until they have asked, and the next one is theirs. It is held up, too, and goes on to its fate when the process is
/// gone. Answers how many calls were open, once somebody else decides.
async fn kill_in_a_round(
    line: &Line,
    (database, serving): (&PgPool, &PgPool),
    fate: Fate,
    kill: impl Fn(usize) -> bool,
) -> usize {
    let (fence, open) = wait_until("a matcher is killed while it writes", || async {
        let first = hold_up(database.clone()).await;
        until_waiting(database, "RowExclusiveLock").await;
        line.rush();
        wait_until("many have asked", || async { (line.open_calls() >= CALLERS).then_some(()) }).await;
        let second = tokio::spawn(hold_up(database.clone()));
        until_waiting(database, "ShareLock").await;
        first.rollback().await.expect("the database answers");
        let second = second.await.expect("the lock is had");
        let writer = until_waiting(database, "RowExclusiveLock").await;
        let (holder, fence) = leader(database).await?;
        // Not a wait for something: an answer that left too early has the time to arrive, and would be one too many.
        tokio::time::sleep(Duration::from_millis(rand::random_range(100..200))).await;
        if leader(database).await? != (holder, fence) {
            return None;
        }
        let (site, open) = (site_of(database, holder).await?, line.open_calls());
        if !kill(site) {
            return None;
        }
        if fate == Fate::IsLost {
            let ended = sqlx::query("select pg_terminate_backend($1)").bind(writer).execute(serving).await;
            ended.expect("the role that serves may end its own sessions");
            wait_until("the statement is gone", || async {
                let there = "select count(*) from pg_locks where pid = $1";
                let locks: i64 = sqlx::query_scalar(there).bind(writer).fetch_one(database).await.expect("answers");
                (locks == 0).then_some(())
            })
            .await;
        }
        second.rollback().await.expect("the database answers");
        Some((fence, open))
    })
    .await;
    wait_until("somebody else decides", || async {
        let (_, later) = leader(database).await?;
        (later > fence).then_some(())
    })
    .await;
    open
}
