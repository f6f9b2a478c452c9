//! P9: exactly one row for each act, whichever RPC it was. The story that touches every RPC is played, and what was
//! answered is held against what is on record.

use std::collections::BTreeMap;

use harborline_identity::ServiceName;
use harborline_policy::{Matrix, Record};
use harborline_tests::{Stage, StageOptions};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::accepted;
use super::driver::{COUNSELOR, Driver};

/// Calls answered, or rows, by what they were.
type Counts = BTreeMap<String, i64>;

/// Calls that set up the program, and touch nobody's record.
const SETS_UP: [&str; 6] = [
    "availability.v1.CoverageService/",
    "availability.v1.RosterService/",
    "availability.v1.ShiftService/",
    "intake.v1.ProgramService/PutProgram",
    "intake.v1.ProgramService/EndPart2Protection",
    "referral.v1.ReferralService/PutFacility",
];

/// One instant of a service's database: a duty may still be at work, and what is written together is counted together.
async fn instant(stage: &Stage, service: ServiceName) -> PgConnection {
    let mut database = PgConnection::connect(stage.database(service)).await.expect("the database answers");
    sqlx::raw_sql("begin isolation level repeatable read, read only").execute(&mut database).await.expect("it begins");
    database
}

async fn counted(instant: &mut PgConnection, query: &'static str) -> Counts {
    let rows: Vec<(String, i64)> = sqlx::query_as(query).fetch_all(instant).await.expect("it counts");
    rows.into_iter().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_act_on_health_information_is_one_row() {
    let stage = Stage::start(StageOptions::default()).await;
    let mut driver = Driver::new(&stage, Uuid::now_v7());
    accepted::play(&mut driver, &stage).await;

    let matrix = Matrix::embedded().expect("the matrix is right");
    let answered = std::mem::take(&mut driver.answered);

    let (mut writes, mut reads, mut others) = (Counts::new(), Counts::new(), Counts::new());
    let mut unnamed = Counts::new();
    let mut stored = Counts::new();
    for service in ServiceName::ALL {
        let instant = &mut instant(&stage, *service).await;
        // Per caller and method, without the package, as answers to repeatable calls are kept.
        let kept = "select caller || ' ' || method, count(*) from answered_request group by 1";
        stored.extend(counted(instant, kept).await);
        let written = "select caller || ' ' || split_part(method, '/', 2), count(*) from access_record
                       where act in ('write', 'disclose', 'break_glass') group by 1";
        writes.extend(counted(instant, written).await);
        let by_person = "select method, count(*) from access_record
                         where act = 'read' and caller = 'person:' || 'zzmarker-counselor' group by 1";
        reads.extend(counted(instant, by_person).await);
        let more_than_that = "select act || ' ' || split_part(method, '/', 2), count(*) from access_record
                              where act not in ('read', 'write') group by 1";
        others.extend(counted(instant, more_than_that).await);
        // A stream names what it showed at first; a counselor who waits for offers has seen none yet. Whose a revoked
        // consent was, intake's row of the revocation says.
        let nobodys = "select method, count(*) from access_record where participants = '{}' and contacts = '{}'
                       and split_part(method, '/', 2) not in ('Attend', 'RecordConsentRevoked') group by 1";
        unnamed.extend(counted(instant, nobodys).await);
    }
    assert_eq!(COUNSELOR, "zzmarker-counselor");
    // Acts that are more than what their kind of call is: nothing was refused, and a clinic was told at each step.
    let more = ["break_glass BreakGlass", "break_glass EndBreakGlass"].into_iter();
    let more = more.chain(["disclose AcceptReferral", "disclose ClaimReferral", "disclose CompleteReferral"]);
    assert_eq!(others, more.map(|act| (act.to_owned(), 1)).collect());
    unnamed.retain(|method, _| !SETS_UP.iter().any(|call| method.contains(call)));
    assert!(unnamed.is_empty(), "rows that name nobody: {unnamed:#?}");

    let record = |end: &str| {
        let mut rows = matrix.rows().filter(|(method, _)| method.ends_with(&format!("/{end}")));
        rows.any(|(_, row)| row.record == Record::Write)
    };
    // A write is as often on record as its answer is kept: once for each act, by whomever, repeated or not.
    stored.retain(|call, _| record(call.rsplit(' ').next().unwrap_or_default()));
    assert_eq!(writes, stored);

    for (method, row) in matrix.rows() {
        let (rows, calls) = (reads.get(method).copied().unwrap_or(0), answered.get(method).copied().unwrap_or(0));
        match row.record {
            // The counselor attends with a client of its own as well; services read for themselves.
            Record::Read if method.ends_with("/Attend") => assert!(rows > calls, "{method}: {rows} rows"),
            Record::Read if driver.ways.calling_service(&driver.contract.method(method)).is_some() => {}
            Record::Read => assert_eq!(rows, calls, "{method}"),
            Record::Write | Record::None => assert_eq!(rows, 0, "{method}"),
        }
        assert!(calls > 0, "{method} was never answered");
    }
    drop(driver);
    stage.stop().await;
}
