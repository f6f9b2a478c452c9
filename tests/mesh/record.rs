//! P9: every look is on record, sealed, and cannot be taken back.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use harborline::clients::Clients;
use harborline::mesh::DEVELOPMENT_PROGRAM;
use harborline_identity::{Role, ServiceName};
use harborline_proto::common::v1 as common;
use harborline_proto::intake::v1 as intake;
use harborline_testkit::wait_until;
use harborline_tests::{As, Stage, StageOptions, binary};
use prost::Message;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tonic::Code;
use uuid::Uuid;

/// Callers who look at once.
const CALLERS: usize = 8;
/// How often intake is killed under them, each time after it has answered some of them.
const KILLS: usize = 4;
/// How many contacts are answered between two kills, and after the last.
const BETWEEN_KILLS: usize = 3;

/// The pause after intake was not there.
const PAUSE: Duration = Duration::from_millis(20);

async fn database(stage: &Stage) -> PgConnection {
    PgConnection::connect(stage.database(ServiceName::Intake)).await.expect("the database answers")
}

async fn set_up(stage: &Stage) {
    let director = intake::Person { person_id: "director".to_owned(), name: "Director".to_owned() };
    let program = intake::PutProgramRequest {
        request_id: Uuid::now_v7().to_string(),
        name: "Program".to_owned(),
        clinical_director: Some(director),
        backup_line: "988".to_owned(),
        ..Default::default()
    };
    let mut admin = stage.person("admin", &[Role::Administrator]);
    admin.programs.put_program(program).await.expect("the program is put");
}

async fn open(caller: &mut Clients) -> Option<String> {
    let opening = intake::OpenContactRequest {
        request_id: Uuid::now_v7().to_string(),
        channel: common::Channel::Phone.into(),
        caller: common::CallerKind::Unknown.into(),
        ..Default::default()
    };
    let answer = caller.contacts.open_contact(opening).await.ok()?;
    answer.into_inner().contact.map(|contact| contact.contact_id)
}

/// What callers do, until it is over.
#[derive(Default)]
struct Calls {
    is_over: AtomicBool,
    /// Contacts that were opened and looked at.
    answered: AtomicUsize,
}

impl Calls {
    async fn until_more_are_answered(&self) {
        let before = self.answered.load(Ordering::SeqCst);
        wait_until("some callers are answered", || async {
            (self.answered.load(Ordering::SeqCst) >= before + BETWEEN_KILLS).then_some(())
        })
        .await;
    }
}

/// Opens contacts and looks at each until told to stop; answers what was answered: (contact, looks).
async fn look(mut caller: Clients, calls: Arc<Calls>) -> Vec<(String, i64)> {
    let mut answered = Vec::new();
    while !calls.is_over.load(Ordering::SeqCst) {
        let Some(contact_id) = open(&mut caller).await else {
            // Whoever finds nobody there leaves the processor to the process that starts.
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let mut looks = 0;
        for _ in 0..3 {
            let request = intake::GetContactRequest { contact_id: contact_id.clone() };
            looks += i64::from(caller.contacts.get_contact(request).await.is_ok());
        }
        answered.push((contact_id, looks));
        calls.answered.fetch_add(1, Ordering::SeqCst);
    }
    answered
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_on_record_with_whom_it_was_about() {
    let stage = Stage::start(StageOptions::default()).await;
    let somebody = Uuid::now_v7();
    let request = intake::ListAccessesRequest { participant_id: somebody.to_string(), ..Default::default() };
    let method = "harborline.intake.v1.AccessService/ListAccesses";
    let who = As::Person("curious", Role::Participant);
    for _ in 0..2 {
        let refused = stage.call(method, &who, DEVELOPMENT_PROGRAM, request.encode_to_vec()).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied);
    }
    let rows: Vec<(String, String, Vec<Uuid>)> =
        sqlx::query_as("select caller, method, participants from access_record where act = 'deny'")
            .fetch_all(&mut database(&stage).await)
            .await
            .unwrap();
    let row = ("person:curious".to_owned(), method.to_owned(), vec![somebody]);
    assert_eq!(rows, [row.clone(), row]);
    stage.stop().await;
}

fn audit(stage: &Stage, task: &[&str]) -> std::process::Output {
    let dsn = stage.database(ServiceName::Intake).to_owned();
    let mut command = Command::new(binary());
    command.args(["audit", task[0], "--service", "intake", "--dsn", &dsn]).args(&task[1..]);
    command.output().expect("the binary runs")
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_without_its_row_whenever_the_service_is_killed_and_the_seal_holds() {
    let stage = Arc::new(Stage::start(StageOptions::default()).await);
    set_up(&stage).await;
    let calls = Arc::new(Calls::default());
    let looking: Vec<_> =
        (0..CALLERS).map(|_| tokio::spawn(look(stage.person("front-end", &[Role::FrontEnd]), calls.clone()))).collect();
    for _ in 0..KILLS {
        calls.until_more_are_answered().await;
        // A random moment: this is the load of the test, not a wait for something.
        tokio::time::sleep(Duration::from_millis(rand::random_range(200..900))).await;
        stage.kill(ServiceName::Intake);
        stage.ready().await.expect("intake comes back");
    }
    calls.until_more_are_answered().await;
    calls.is_over.store(true, Ordering::SeqCst);
    let mut answered = Vec::new();
    for caller in looking {
        answered.extend(caller.await.expect("a caller does not panic"));
    }

    let mut database = database(&stage).await;
    for (contact, looks) in answered {
        let rows = "select count(*) filter (where act = 'write'), count(*) filter (where act = 'read')
                    from access_record where contacts @> array[$1::uuid] and caller = 'person:front-end'";
        let contact: Uuid = contact.parse().expect("an id");
        let (opened, read): (i64, i64) = sqlx::query_as(rows).bind(contact).fetch_one(&mut database).await.unwrap();
        assert_eq!(opened, 1, "{contact} was opened once");
        assert!(read >= looks, "{contact}: {looks} looks were answered, {read} are on record");
    }

    // Everything is sealed within seconds, kills or not.
    wait_until("everything is sealed", || async {
        let mut database = PgConnection::connect(stage.database(ServiceName::Intake)).await.ok()?;
        let unsealed = "select count(*) from access_record r where not exists
                        (select from access_chain c where c.program_id = r.program_id and c.record_id = r.record_id)";
        let unsealed: i64 = sqlx::query_scalar(unsealed).fetch_one(&mut database).await.ok()?;
        (unsealed == 0).then_some(())
    })
    .await;
    let key = stage.path().join("secrets").join("intake.audit.pub").display().to_string();
    let whole = audit(&stage, &["verify", "--public-key", &key]);
    assert!(whole.status.success(), "{}", String::from_utf8_lossy(&whole.stdout));

    // The log keeps what the database may lose.
    let log = stage.path().join("logs").join("intake.log").display().to_string();
    let cut = "with first as (select min(position) as position from access_checkpoint),
               gone as (delete from access_checkpoint where position > (select position from first))
               delete from access_chain where position > (select position from first)";
    let delete = "delete from access_record r where not exists
                  (select from access_chain c where c.program_id = r.program_id and c.record_id = r.record_id)";
    for statement in [cut, delete] {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut database).await.expect("a superuser may");
    }
    let known = audit(&stage, &["verify", "--public-key", &key, "--known", &log]);
    let said = String::from_utf8_lossy(&known.stdout).into_owned();
    assert_eq!(known.status.code(), Some(65), "{said}");
    assert!(said.contains("truncated"), "{said}");
}
