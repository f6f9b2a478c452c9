//! A budget of messages: no RPC and no duty sends more than its line in `tests/messages.toml` says. That file says what
//! is counted.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use harborline_identity::ServiceName;
use harborline_testkit::Wait;
use harborline_tests::{Stage, StageOptions};
use serde::Deserialize;
use serde_json::Value;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::accepted;
use super::contract::Contract;
use super::driver::Driver;

const TABLE: &str = include_str!("../../messages.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    rpcs: BTreeMap<String, Messages>,
    duties: BTreeMap<String, Messages>,
    /// Duties that the story leads to in no run, with the reason.
    not_counted: BTreeMap<String, String>,
}

/// What one call of an RPC or one run of a duty sends.
#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Messages {
    database: u64,
    neighbors: u64,
}

impl fmt::Display for Messages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{ database = {}, neighbors = {} }}", self.database, self.neighbors)
    }
}

/// Messages by which the order of events changes what a call sends.
const BY_ORDER: u64 = 2;

/// Every call that was counted, by the name of its RPC or duty.
type Counted = BTreeMap<String, Vec<Messages>>;

/// What is untrue of the table by what was sent on this stage, as soon as its duties have run.
async fn untrue_lines(stage: &Stage, contract: &Contract) -> Vec<String> {
    for section in TABLE.split("\n[") {
        let lines: Vec<_> = section.lines().filter(|line| line.starts_with('"')).collect();
        assert!(lines.is_sorted(), "the lines of tests/messages.toml are sorted by name");
    }
    let table: Table = toml::from_str(TABLE).unwrap_or_else(|error| panic!("tests/messages.toml: {error}"));
    let methods = contract.methods.keys().map(|path| path.trim_start_matches("harborline.").to_owned()).collect();
    let mut kinds = duty_kinds();
    duties_have_run(stage, table.duties.keys().filter(|kind| kinds.contains(*kind)).collect()).await;
    let (rpcs, duties) = counted_on(stage);
    let mut faults = faults(&table.rpcs, &methods, &rpcs);
    for kind in table.not_counted.keys().filter(|kind| !kinds.remove(*kind)) {
        faults.push(format!("\"{kind}\" is no duty: remove its line"));
    }
    faults.extend(self::faults(&table.duties, &kinds, &duties));
    faults
}

/// Waits until each of these duties has run, and until no duty waits for its first run.
async fn duties_have_run(stage: &Stage, kinds: Vec<&String>) {
    let wait = Wait::begin();
    loop {
        let mut late = 0;
        for service in ServiceName::ALL {
            let open = "select count(*) from duty where due_at <= now() and last_reason is null";
            let mut database = PgConnection::connect(stage.database(*service)).await.expect("the database answers");
            late += sqlx::query_scalar::<_, i64>(open).fetch_one(&mut database).await.expect("it counts");
        }
        let (_, duties) = counted_on(stage);
        let missing: Vec<_> = kinds.iter().filter(|kind| !duties.contains_key(**kind)).collect();
        if late == 0 && missing.is_empty() {
            return;
        }
        wait.again(&format!("{late} duties that are due run, and these: {missing:?}")).await;
    }
}

/// The RPCs and the duties that the services have counted so far.
fn counted_on(stage: &Stage) -> (Counted, Counted) {
    let (mut rpcs, mut duties) = (Counted::new(), Counted::new());
    for service in ServiceName::ALL {
        for (name, messages) in stage.log(*service).lines().filter_map(counted) {
            match name.strip_prefix("harborline.") {
                Some(rpc) => rpcs.entry(rpc.to_owned()).or_default().push(messages),
                None => duties.entry(format!("{service}/{name}")).or_default().push(messages),
            }
        }
    }
    (rpcs, duties)
}

/// Reads the log line that a service writes at the end of an RPC or a duty; refused and failed ones do not count.
fn counted(line: &str) -> Option<(String, Messages)> {
    let line: Value = serde_json::from_str(line).ok()?;
    let fields = line.get("fields").filter(|_| line["message"] == "messages sent")?;
    let number = |name: &str| fields[name].as_u64();
    let messages = Messages { database: number("database")?, neighbors: number("neighbors")? };
    let done = fields["outcome"] == "Ok" || fields["outcome"] == "done";
    done.then_some((fields["name"].as_str()?.to_owned(), messages))
}

/// The lines that are missing, untrue or of nothing that exists.
fn faults(table: &BTreeMap<String, Messages>, names: &BTreeSet<String>, counted: &Counted) -> Vec<String> {
    let unknown = table.keys().filter(|name| !names.contains(*name));
    let mut faults: Vec<_> = unknown.map(|name| format!("\"{name}\" does not exist: remove its line")).collect();
    for name in names {
        let Some(calls) = counted.get(name) else {
            faults.push(format!("\"{name}\" was not called: the story must lead to it"));
            continue;
        };
        let (database, most_database) = middle_and_most(calls, |call| call.database);
        let (neighbors, most_neighbors) = middle_and_most(calls, |call| call.neighbors);
        let is_true = table.get(name).is_some_and(|line| {
            (database..=most_database + BY_ORDER).contains(&line.database)
                && (neighbors..=most_neighbors).contains(&line.neighbors)
        });
        if !is_true {
            faults.push(format!("\"{name}\" = {}", Messages { database, neighbors }));
        }
    }
    faults
}

/// The middle one and the largest one of the numbers; of two in the middle the smaller.
fn middle_and_most(calls: &[Messages], number: impl Fn(&Messages) -> u64) -> (u64, u64) {
    let mut numbers: Vec<_> = calls.iter().map(number).collect();
    numbers.sort_unstable();
    (numbers[(numbers.len() - 1) / 2], numbers[numbers.len() - 1])
}

/// Every kind of duty that a service registers, as `service/kind`.
fn duty_kinds() -> BTreeSet<String> {
    fn of<T: Copy + Into<&'static str>>(service: ServiceName, kinds: &'static [T]) -> impl Iterator<Item = String> {
        kinds.iter().map(move |kind| format!("{service}/{}", (*kind).into()))
    }
    of(ServiceName::Intake, harborline_intake::domain::task::Task::ALL)
        .chain(of(ServiceName::Triage, harborline_triage::domain::task::Task::ALL))
        .chain(of(ServiceName::Availability, harborline_availability::domain::task::Task::ALL))
        .chain(of(ServiceName::Referral, harborline_referral::domain::task::Task::ALL))
        .chain(of(ServiceName::Followup, harborline_followup::domain::task::Task::ALL))
        .collect()
}

/// How often the story is played before a line of `tests/messages.toml` is untrue: on a busy machine a step may overtake
/// what another service is to be told first, and then asks it.
const STORIES: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn every_rpc_keeps_to_its_messages() {
    let mut untrue = Vec::new();
    for _ in 0..STORIES {
        // A service tells at this level how many messages each RPC and each duty sent.
        let settings = BTreeMap::from([("telemetry", vec!["level = \"debug\"".to_owned()])]);
        let stage = Stage::start(StageOptions { settings, ..StageOptions::default() }).await;
        let mut driver = Driver::new(&stage, Uuid::now_v7());
        accepted::play(&mut driver, &stage).await;
        untrue = untrue_lines(&stage, &driver.contract).await;
        drop(driver);
        stage.stop().await;
        if untrue.is_empty() {
            return;
        }
    }
    panic!("lines of tests/messages.toml, as they should be:\n{}", untrue.join("\n"));
}

#[test]
fn a_line_fails_that_allows_too_little_or_too_much_or_is_missing_or_superfluous() {
    let call = |database| Messages { database, neighbors: 0 };
    let names = BTreeSet::from(["a".to_owned()]);
    let counted = Counted::from([("a".to_owned(), vec![call(9), call(3), call(7)])]);
    let found = |name: &str, database| faults(&BTreeMap::from([(name.to_owned(), call(database))]), &names, &counted);
    assert!(found("a", 7).is_empty() && found("a", 11).is_empty());
    for database in [6, 12] {
        assert_eq!(found("a", database), ["\"a\" = { database = 7, neighbors = 0 }"]);
    }
    assert_eq!(found("b", 7), ["\"b\" does not exist: remove its line", "\"a\" = { database = 7, neighbors = 0 }"]);
}
