//! Access tokens that must not count, brought to a mesh that runs: each is refused before the database is touched.

use std::time::Duration;

use harborline::mesh::DEVELOPMENT_PROGRAM;
use harborline_authority::{AUDIENCE, ISSUER};
use harborline_identity::{Role, ServiceName};
use harborline_proto::intake::v1 as pb;
use harborline_proto::intake::v1::program_service_client::ProgramServiceClient;
use harborline_status::{Reason, reason_of};
use harborline_testkit::{TokenIssuer, wait_until};
use harborline_tests::{Stage, StageOptions};
use harborline_types::RequestId;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgPool, Postgres, Transaction};
use tonic::{Code, Request};

const NAME: &str = "Program of the good token";

/// Signs with the key of the stage's own authority.
fn authority_of(stage: &Stage) -> TokenIssuer {
    let folder = stage.authority.jwks_path();
    let folder = folder.parent().expect("the key set is in the authority's folder");
    let pem = std::fs::read_to_string(folder.join("signing.key")).expect("the authority has its key");
    let set: Value = serde_json::from_str(stage.authority.jwks()).expect("a key set");
    let kid = set["keys"][0]["kid"].as_str().expect("a key id");
    TokenIssuer::from_pem(&pem, kid, ISSUER, AUDIENCE, DEVELOPMENT_PROGRAM.0, Role::Administrator.as_str())
}

fn put(name: &str) -> pb::PutProgramRequest {
    let director = pb::Person { person_id: "director".into(), name: "Clinical director".into() };
    pb::PutProgramRequest {
        request_id: RequestId::new().to_string(),
        name: name.to_owned(),
        clinical_director: Some(director),
        backup_line: "988".into(),
        part2_program: None,
        etag: String::new(),
        backup_text_line: String::new(),
        same_caller_within: None,
    }
}

fn with_headers<T>(message: T, headers: &[String]) -> Request<T> {
    let mut request = Request::new(message);
    for header in headers {
        request.metadata_mut().append("authorization", header.parse().expect("a header's value"));
    }
    request
}

/// Takes every table for itself: whoever touches one waits until this ends.
async fn with_every_table(database: &PgPool) -> Transaction<'static, Postgres> {
    let tables: Vec<String> = sqlx::query_scalar("select tablename::text from pg_tables where schemaname = 'public'")
        .fetch_all(database)
        .await
        .expect("the tables are listed");
    assert!(tables.iter().any(|table| table == "program"), "intake's tables: {tables:?}");
    let lock = format!("lock table {} in access exclusive mode nowait", tables.join(", "));
    wait_until("nobody else is in a table", || async {
        let mut transaction = database.begin().await.ok()?;
        sqlx::raw_sql(AssertSqlSafe(lock.clone())).execute(&mut *transaction).await.ok()?;
        Some(transaction)
    })
    .await
}

async fn is_refused(programs: &ProgramServiceClient<tonic::transport::Channel>, headers: &[String]) -> bool {
    let request = with_headers(put("Program of a bad token"), headers);
    let status = programs.clone().put_program(request).await.err();
    status.is_some_and(|status| {
        status.code() == Code::Unauthenticated && reason_of(&status) == Some(Reason::CredentialInvalid)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_credential_is_refused_before_the_database_is_touched() {
    let stage = Stage::start(StageOptions::default()).await;
    let authority = authority_of(&stage);
    let mut programs = ProgramServiceClient::new(stage.channel(ServiceName::Intake));
    let good = format!("Bearer {}", authority.good());
    let well = programs.put_program(with_headers(put(NAME), std::slice::from_ref(&good))).await;
    assert!(well.is_ok(), "the token that the bad ones differ from is good");

    let database = PgPool::connect(stage.database(ServiceName::Intake)).await.expect("the database");
    let tables = with_every_table(&database).await;
    let mut waiting = with_headers(pb::GetProgramRequest {}, std::slice::from_ref(&good));
    waiting.set_timeout(Duration::from_millis(300));
    let waited = programs.get_program(waiting).await.err().map(|status| status.code());
    // Whichever of the two notices first: the service, or the client by itself.
    let is_over = matches!(waited, Some(Code::DeadlineExceeded | Code::Cancelled));
    assert!(is_over, "a good one gets as far as the database: {waited:?}");

    let mut wrong = Vec::new();
    for bad in authority.bad_tokens() {
        if !is_refused(&programs, &[format!("Bearer {}", bad.token)]).await {
            wrong.push(bad.name);
        }
    }
    let headers: [(&str, &[String]); 5] = [
        ("no header", &[]),
        ("an empty header", &[String::new()]),
        ("no scheme", &[authority.good()]),
        ("another scheme", &[format!("Basic {}", authority.good())]),
        ("two headers", &[good.clone(), good.clone()]),
    ];
    for (name, headers) in headers {
        if !is_refused(&programs, headers).await {
            wrong.push(name);
        }
    }
    assert!(wrong.is_empty(), "not refused as they should be: {wrong:#?}");

    tables.rollback().await.expect("the tables are free again");
    let program = wait_until("the program is read", || async {
        let request = with_headers(pb::GetProgramRequest {}, std::slice::from_ref(&good));
        programs.clone().get_program(request).await.ok()?.into_inner().program
    })
    .await;
    assert_eq!(program.name, NAME);
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_key_stops_counting_and_its_successor_begins_to_without_a_restart() {
    let stage = Stage::start(StageOptions::default()).await;
    let (old, role) = (authority_of(&stage), Role::Administrator.as_str());
    let new = TokenIssuer::generate("successor", ISSUER, AUDIENCE, DEVELOPMENT_PROGRAM.0, role);
    let programs = ProgramServiceClient::new(stage.channel(ServiceName::Intake));
    let [old, successor] = [&old, &new].map(|issuer| [format!("Bearer {}", issuer.good())]);
    assert!(is_refused(&programs, &successor).await, "not yet known");
    let set = json!({ "keys": [new.jwk()] }).to_string();
    std::fs::write(stage.authority.jwks_path(), set).expect("the key set is replaced");
    let put = programs.clone().put_program(with_headers(put(NAME), &successor)).await;
    assert!(put.is_ok(), "the successor counts from the next call on");
    assert!(is_refused(&programs, &old).await, "withdrawn");
    stage.stop().await;
}
