//! P2, P3 and P7 while the process that decides is being killed in the middle of its rounds.
//!
//! Two processes of availability serve one line. Callers ask for counselors through both, counselors at open streams of
//! both take, end and finish, and whoever gets no answer repeats the call to the other process. Meanwhile the process
//! that holds the matcher's lease is killed, again and again, as soon as it is seen writing. In the end the books tell
//! whether anybody was lost and whether anything was given twice.

mod books;
mod people;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use harborline_identity::ServiceName;
use harborline_testkit::wait_until;
use harborline_tests::{Stage, StageOptions};
use sqlx::PgPool;
use uuid::Uuid;

use people::{Line, Site, WITNESSES, at_work, calling, hire};

/// How often the matcher is killed.
const KILLS: usize = 6;
/// At least so many contacts come, however soon the kills are over.
const CONTACTS: usize = 240;

/// Short leases; and no time that runs out by itself, so that every step has somebody who took it.
fn settings() -> BTreeMap<&'static str, Vec<String>> {
    let hour = 3_600_000;
    let dispatch = [
        "matcher_lease_ms = 500".to_owned(),
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
    let counselors: Vec<_> = people.into_iter().map(|person| tokio::spawn(at_work(line.clone(), person))).collect();
    let callers: Vec<_> = (0..12).map(|_| tokio::spawn(calling(line.clone(), CONTACTS / 12))).collect();

    let mut in_flight = Vec::new();
    for _ in 0..KILLS {
        let kill = |site: usize| if site == 0 { stage.kill(ServiceName::Availability) } else { second.kill() };
        in_flight.push(kill_while_it_writes(&line, &database, kill).await);
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
    let faults = books::faults(&database, &contacts).await;
    assert!(faults.is_empty(), "after {KILLS} kills, {} contacts:\n{}", contacts.len(), faults.join("\n"));
    second.stop().await;
    stage.stop().await;
}

/// The holder of the lease, how often it moved, and how many steps there are.
type Writing = (Uuid, i64, i64);

async fn writing(database: &PgPool) -> Option<Writing> {
    let holder = "select holder, fence, (select count(*) from ticket_event) from matcher_lease
                  where until >= clock_timestamp()";
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

/// Kills the process that decides, at a random moment after its next round was seen; answers how many calls were open.
/// Comes back when somebody decides again.
async fn kill_while_it_writes(line: &Line, database: &PgPool, kill: impl Fn(usize) -> bool) -> usize {
    let (killed, fence, open) = wait_until("a matcher is killed while it writes", || async {
        let (holder, fence, steps) = writing(database).await?;
        let site = site_of(database, holder).await?;
        let grown = async {
            loop {
                match writing(database).await {
                    Some((_, same, more)) if same == fence && more > steps => return true,
                    Some((_, same, _)) if same == fence => {}
                    _ => return false,
                }
            }
        };
        let is_writing = tokio::time::timeout(Duration::from_secs(5), grown).await;
        if !is_writing.unwrap_or(false) {
            return None;
        }
        // This is the load of the test, not a wait for something: rounds follow each other within milliseconds.
        tokio::time::sleep(Duration::from_micros(rand::random_range(0..15_000))).await;
        let open = line.open_calls();
        kill(site).then_some((holder, fence, open))
    })
    .await;
    wait_until("somebody decides again", || async {
        let (holder, later, _) = writing(database).await?;
        (later > fence && holder != killed).then_some(())
    })
    .await;
    open
}
