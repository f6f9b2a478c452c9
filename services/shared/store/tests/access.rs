//! Every look is on record (P9): one row for one act, in a table to which the serving role can only add.

use harborline_identity::{AccessLog, Act, Call, NotedAct, Recording, Subject};
use harborline_status::{Reason, ServiceError};
use harborline_store::{AccessWriter, MIGRATIONS, Once, Store, StoreError};
use harborline_testkit::{Database, counselor, owner, some_program};
use harborline_types::{ContactId, ParticipantId, RequestId};
use prost::Message;
use uuid::Uuid;

const METHOD: &str = "harborline.test.v1.Echo/Echo";

#[derive(Clone, PartialEq, Message)]
struct Text {
    #[prost(string, tag = "1")]
    text: String,
}

fn call(recording: Recording) -> Call {
    let call = counselor(some_program(), "ana");
    call.goes_on_record(recording, METHOD);
    call
}

async fn write(store: &Store, call: &Call, id: RequestId) -> Result<Text, ServiceError> {
    let request = Text { text: "hello".to_owned() };
    match store.begin_once(call, "Echo", id, &request).await? {
        Once::Replay(answer) => Ok(answer),
        Once::Fresh(tx) => Ok(tx.commit_answering(request).await?),
    }
}

type Row = (String, String, String, String, String, Vec<Uuid>, Vec<Uuid>);

async fn rows(store: &Store) -> Vec<Row> {
    let rows =
        "select caller, roles, purpose, method, act, participants, contacts from access_record order by record_id";
    sqlx::query_as(rows).fetch_all(&owner(store)).await.unwrap()
}

async fn acts(store: &Store) -> Vec<String> {
    rows(store).await.into_iter().map(|row| row.4).collect()
}

#[tokio::test]
async fn a_write_is_one_row_however_often_it_is_repeated() {
    let Database { store, .. } = Database::fresh(&MIGRATIONS).await;
    let (first, id) = (call(Recording::Write), RequestId::new());
    let (contact, participant) = (ContactId::new(), ParticipantId::new());
    for subject in [Subject::Contact(contact), Subject::Participant(participant), Subject::Contact(contact)] {
        first.concerns(subject);
    }
    for _ in 0..3 {
        write(&store, &first, id).await.unwrap();
    }
    assert!(first.is_on_record());
    let row = ("person:ana", "counselor", "treatment", METHOD, "write");
    let row = (row.0.to_owned(), row.1.to_owned(), row.2.to_owned(), row.3.to_owned(), row.4.to_owned());
    assert_eq!(rows(&store).await, [(row.0, row.1, row.2, row.3, row.4, vec![participant.0], vec![contact.0])]);
}

#[tokio::test]
async fn a_write_that_was_given_up_leaves_no_row() {
    let Database { store, .. } = Database::fresh(&MIGRATIONS).await;
    let call = call(Recording::Write);
    drop(store.begin_once::<Text>(&call, "Echo", RequestId::new(), &Text::default()).await.unwrap());
    assert_eq!(acts(&store).await, [""; 0]);
    assert!(!call.is_on_record());
}

#[tokio::test]
async fn a_write_is_not_done_when_its_row_cannot_be() {
    let Database { store, .. } = Database::fresh(&MIGRATIONS).await;
    let revoke = "revoke insert on access_record from harborline_serving";
    sqlx::raw_sql(revoke).execute(&owner(&store)).await.unwrap();
    write(&store, &call(Recording::Write), RequestId::new()).await.unwrap_err();
    let answers: i64 =
        sqlx::query_scalar("select count(*) from answered_request").fetch_one(&owner(&store)).await.unwrap();
    assert_eq!(answers, 0);
}

#[tokio::test]
async fn a_duty_and_what_touches_no_health_information_leave_no_row() {
    let Database { store, .. } = Database::fresh(&MIGRATIONS).await;
    write(&store, &counselor(some_program(), "c"), RequestId::new()).await.unwrap();
    let nothing = call(Recording::None);
    write(&store, &nothing, RequestId::new()).await.unwrap();
    AccessWriter::start(&store).answered(&nothing).await.unwrap();
    assert_eq!(acts(&store).await, [""; 0]);
}

#[tokio::test]
async fn reads_that_wait_together_share_a_commit_and_each_is_one_row() {
    let Database { store, .. } = Database::fresh(&MIGRATIONS).await;
    let writer = AccessWriter::start(&store);
    let calls: Vec<_> = (0..500).map(|_| call(Recording::Read)).collect();
    futures::future::try_join_all(calls.iter().map(|call| {
        call.concerns(Subject::Contact(ContactId::new()));
        writer.answered(call)
    }))
    .await
    .unwrap();
    assert!(calls.iter().all(Call::is_on_record));
    let written = "select count(*), count(distinct contacts), count(distinct transaction_id) from access_record";
    let (rows, subjects, commits): (i64, i64, i64) = sqlx::query_as(written).fetch_one(&owner(&store)).await.unwrap();
    assert_eq!((rows, subjects), (500, 500));
    assert!(commits < 50, "{commits} commits");
}

#[tokio::test]
async fn a_read_that_cannot_be_written_says_so_and_the_next_one_can() {
    let Database { store, .. } = Database::fresh(&MIGRATIONS).await;
    let (writer, owner) = (AccessWriter::start(&store), owner(&store));
    sqlx::raw_sql("revoke insert on access_record from harborline_serving").execute(&owner).await.unwrap();
    let refused = writer.answered(&call(Recording::Read)).await.unwrap_err();
    assert_eq!(refused.reason(), Reason::TemporarilyUnavailable);
    sqlx::raw_sql("grant insert on access_record to harborline_serving").execute(&owner).await.unwrap();
    writer.answered(&call(Recording::Read)).await.unwrap();
    assert_eq!(acts(&store).await, ["read"]);
}

#[tokio::test]
async fn one_row_that_the_database_refuses_takes_no_other_with_it() {
    let Database { store, .. } = Database::fresh(&MIGRATIONS).await;
    let check = "alter table access_record add constraint unlucky check (recipient is null)";
    sqlx::raw_sql(check).execute(&owner(&store)).await.unwrap();
    let writer = AccessWriter::start(&store);
    let calls: Vec<_> = (0..20).map(|_| call(Recording::Read)).collect();
    calls[7].note_act(NotedAct { act: Act::Disclose, recipient: Some("clinic".to_owned()), basis: None });
    let outcomes = futures::future::join_all(calls.iter().map(|call| writer.answered(call))).await;
    let failed: Vec<_> = outcomes.iter().enumerate().filter(|(_, outcome)| outcome.is_err()).map(|one| one.0).collect();
    assert_eq!((failed, acts(&store).await.len()), (vec![7], 19));
}

#[tokio::test]
async fn a_disclosure_says_to_whom_and_by_what_right_also_within_a_stream() {
    let Database { store, .. } = Database::fresh(&MIGRATIONS).await;
    let stream = call(Recording::Read);
    let (recipient, basis) = (Some("facility/7".to_owned()), Some("consent/3".to_owned()));
    stream.note_act(NotedAct { act: Act::Disclose, recipient, basis });
    let mut tx = store.begin(&stream.scope().unwrap()).await.unwrap();
    tx.put_on_record(&stream).await.unwrap();
    tx.commit().await.unwrap();
    let row: (String, String, String) =
        sqlx::query_as("select act, recipient, basis from access_record").fetch_one(&owner(&store)).await.unwrap();
    assert_eq!(row, ("disclose".to_owned(), "facility/7".to_owned(), "consent/3".to_owned()));
}

#[tokio::test]
async fn whoever_serves_can_neither_change_nor_delete_what_is_on_record() {
    let Database { store, .. } = Database::fresh(&MIGRATIONS).await;
    let call = call(Recording::Write);
    write(&store, &call, RequestId::new()).await.unwrap();
    for table in ["access_record", "access_chain", "access_checkpoint", "access_subject"] {
        for act in ["delete from {}", "update {} set program_id = program_id", "truncate {}"] {
            let act = act.replace("{}", table);
            let mut tx = store.begin(&call.scope().unwrap()).await.unwrap();
            let refused = sqlx::raw_sql(sqlx::AssertSqlSafe(act.clone())).execute(tx.conn()).await.unwrap_err();
            assert_eq!(refused.as_database_error().unwrap().code().as_deref(), Some("42501"), "{act}");
            let spanning = sqlx::raw_sql(sqlx::AssertSqlSafe(act.clone())).execute(store.across_programs()).await;
            assert!(matches!(StoreError::from(spanning.unwrap_err()), StoreError::Fault(_)), "{act}");
        }
    }
    assert_eq!(acts(&store).await, ["write"]);
}
