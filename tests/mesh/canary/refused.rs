//! Every RPC made so that it is refused, or fails, with markers in all that the caller can choose.

use std::time::Duration;

use harborline_identity::ServiceName;
use harborline_runtime::PROGRAM_KEY;
use harborline_tests::Stage;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tonic::Code;
use uuid::Uuid;

use super::contract::{Method, Value};
use super::driver::{Driver, WORDS, token};

/// Requests that are wrong: in every field, in one field each, and as a message.
pub(super) async fn wrong_requests(driver: &mut Driver<'_>) {
    for method in driver.methods() {
        let message = driver.wrong(&method);
        let _ = driver.send(&method, message).await;
        let garbage = format!("{WORDS} is no message").into_bytes();
        let refused = driver.send(&method, garbage).await.expect_err("no message");
        assert_eq!(refused.code(), Code::InvalidArgument, "{}", method.path);
        for place in driver.contract.texts(&method.input) {
            for value in wrong_texts(&place) {
                let message = driver.right(&method, &[(&place, value)]);
                let _ = driver.send(&method, message).await;
            }
        }
    }
}

/// Texts that hardly any field takes: no id, no token, too long, no text at all.
fn wrong_texts(place: &str) -> [Value; 4] {
    let marked = format!("{WORDS} in {place}");
    [
        Value::Text(marked.clone()),
        Value::Text(format!("v1:{marked}")),
        Value::Text(marked.repeat(800)),
        Value::Bytes([marked.as_bytes(), &[0xff]].concat()),
    ]
}

/// A request id that was used before, with other words.
pub(super) async fn reused_request_ids(driver: &mut Driver<'_>) {
    for method in driver.methods() {
        if !driver.contract.texts(&method.input).iter().any(|place| place == "request_id") {
            continue;
        }
        let reused = Value::Text(Uuid::now_v7().to_string());
        for place in ["", "name", "note", "reason", "summary", "own_words", "owner_name", "verification_phrase"] {
            let other = Value::Text(format!("{WORDS}-other words"));
            let message = driver.right(&method, &[("request_id", reused.clone()), (place, other)]);
            let _ = driver.send(&method, message).await;
        }
    }
}

/// Callers who may not: of another program, without a role, too late, and with credentials that are none.
pub(super) async fn wrong_callers(driver: &mut Driver<'_>, stage: &Stage, clinic: Uuid) {
    let known = driver.extras.clone();
    let elsewhere = Uuid::now_v7();
    driver.extras.authorization = token(stage, elsewhere, harborline_identity::Role::ALL, None);
    driver.extras.of_clinic = token(stage, elsewhere, harborline_identity::Role::ALL, Some(clinic));
    driver.extras.metadata = vec![(PROGRAM_KEY, elsewhere.to_string())];
    every_method(driver).await;

    driver.extras = known.clone();
    driver.extras.authorization = token(stage, elsewhere, &[], None);
    driver.extras.of_clinic = token(stage, elsewhere, &[], Some(clinic));
    driver.extras.metadata = vec![(PROGRAM_KEY, format!("{WORDS}-program"))];
    every_method(driver).await;

    driver.extras = known.clone();
    driver.extras.timeout = Some(Duration::from_micros(1500));
    every_method(driver).await;

    for credential in [format!("Bearer {WORDS}"), format!("{WORDS} {WORDS}"), format!("Bearer {WORDS}.{WORDS}.{WORDS}")]
    {
        driver.extras = known.clone();
        (driver.extras.authorization, driver.extras.of_clinic) = (credential.clone(), credential);
        every_method(driver).await;
    }
    driver.extras = known;
}

/// Markers in the metadata of calls that are right.
pub(super) async fn marked_metadata(driver: &mut Driver<'_>) {
    let known = driver.extras.clone();
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    driver.extras.metadata.extend([
        ("x-request-id", format!("{WORDS}-request")),
        ("traceparent", traceparent.to_owned()),
        ("tracestate", format!("{WORDS}={WORDS}-state")),
        ("baggage", format!("name={WORDS}-baggage")),
        ("x-anything", format!("{WORDS}-anything")),
    ]);
    every_method(driver).await;
    driver.extras = known;
}

/// Methods that nobody serves, named as somebody might.
pub(super) async fn unknown_methods(driver: &mut Driver<'_>) {
    for service in ServiceName::ALL {
        let mut method = driver.contract.method("ContactService/GetContact");
        method.service = *service;
        method.path = format!("harborline.intake.v1.ContactService/{WORDS}");
        let message = driver.right(&driver.contract.method("ContactService/GetContact"), &[]);
        let _ = driver.send_elsewhere(&method, message).await;
    }
}

/// What reflection and health say after all this: everything about the contracts, to whoever asks.
pub(super) async fn reflection(driver: &mut Driver<'_>) -> Vec<String> {
    let mut reflected = Vec::new();
    for service in ServiceName::ALL {
        let mut method = driver.contract.method("ContactService/GetContact");
        method.service = *service;
        method.path = "grpc.health.v1.Health/Check".to_owned();
        let _ = driver.send_elsewhere(&method, text_field(1, WORDS)).await;
        method.path = "grpc.reflection.v1.ServerReflection/ServerReflectionInfo".to_owned();
        // The protocol repeats the question to whoever asked it, and this one is not about anybody: only what the
        // service tells its operators about it counts.
        let _ = driver.ways.public(&method, text_field(FILE_CONTAINING_SYMBOL, WORDS), &driver.extras).await;
        for question in [text_field(LIST_SERVICES, "*"), text_field(FILE_CONTAINING_SYMBOL, CONTRACT)] {
            let answer = driver.send_elsewhere(&method, question).await.expect("reflection answers");
            reflected.push(String::from_utf8_lossy(&answer).into_owned());
        }
    }
    assert!(reflected.iter().any(|text| text.contains("OpenContactRequest")), "reflection showed no contract");
    reflected
}

/// Fields of a question to reflection.
const FILE_CONTAINING_SYMBOL: u32 = 4;
const LIST_SERVICES: u32 = 7;
/// What reflection is asked about.
const CONTRACT: &str = "harborline.intake.v1.ContactService";

fn text_field(number: u32, text: &str) -> Vec<u8> {
    let mut message = Vec::new();
    prost::encoding::string::encode(number, &text.to_owned(), &mut message);
    message
}

/// Calls that are right while every row is refused by its database, and while its tables are gone.
pub(super) async fn faults(driver: &mut Driver<'_>, stage: &Stage) {
    let rows_refused = ("add constraint canary check (false) not valid", "drop constraint canary");
    for service in ServiceName::ALL {
        let mut database = PgConnection::connect(stage.database(*service)).await.expect("the database answers");
        let tables: Vec<String> = sqlx::query_scalar("select tablename from pg_tables where schemaname = 'public'")
            .fetch_all(&mut database)
            .await
            .expect("its tables are known");
        let served: Vec<Method> = driver.methods().into_iter().filter(|method| method.service == *service).collect();
        assert!(!tables.is_empty() && !served.is_empty(), "{service}");
        let rows = tables.iter().filter(|table| *table != "answered_request" && !table.starts_with('_'));
        for table in rows.clone() {
            alter(&mut database, table, rows_refused.0).await;
        }
        let seen = fail(driver, &served).await;
        assert!(seen.contains(&Code::Internal), "{service} had no fault: {seen:?}");
        for table in rows.clone() {
            alter(&mut database, table, rows_refused.1).await;
        }
        for table in rows.clone() {
            alter(&mut database, table, &format!("rename to {table}_gone")).await;
        }
        fail(driver, &served).await;
        for table in rows {
            alter(&mut database, &format!("{table}_gone"), &format!("rename to {table}")).await;
        }
        database.close().await.expect("the connection closes");
    }
}

async fn alter(database: &mut PgConnection, table: &str, how: &str) {
    // Names come from the catalog; DDL takes no parameters.
    let statement = AssertSqlSafe(format!("alter table {table} {how}"));
    sqlx::raw_sql(statement).execute(database).await.unwrap_or_else(|error| panic!("{table} {how}: {error}"));
}

async fn fail(driver: &mut Driver<'_>, methods: &[Method]) -> Vec<Code> {
    let mut codes = Vec::new();
    for method in methods {
        let message = driver.right(method, &[]);
        codes.extend(driver.send(method, message).await.err().map(|status| status.code()));
    }
    codes
}

async fn every_method(driver: &mut Driver<'_>) {
    let methods = driver.methods();
    fail(driver, &methods).await;
}
