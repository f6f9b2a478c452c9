//! A program's keys, rotated, rewrapped and destroyed beside five running services.

use std::collections::BTreeMap;
use std::process::{Command, Output};

use harborline::mesh::DEVELOPMENT_PROGRAM;
use harborline_identity::{Role, ServiceName};
use harborline_proto::common::v1::{CallerKind, Channel, Reason};
use harborline_proto::intake::v1 as intake;
use harborline_status::reason_of;
use harborline_testkit::wait_until;
use harborline_tests::{Stage, StageOptions, binary};
use sqlx::PgPool;
use tonic::Status;
use uuid::Uuid;

fn keys(stage: &Stage, service: ServiceName, task: &[&str]) -> Output {
    let config = stage.folder().join("settings").join(format!("{service}.toml"));
    let mut command = Command::new(binary());
    command.arg("keys").args(task).arg("--config").arg(config);
    command.args(["--service", service.as_str(), "--program", &DEVELOPMENT_PROGRAM.to_string()]);
    command.output().expect("the binary runs")
}

fn told(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
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
    stage.person("admin", &[Role::Administrator]).programs.put_program(program).await.expect("the program is put");
}

async fn open(stage: &Stage) -> Result<String, Status> {
    let opening = intake::OpenContactRequest {
        request_id: Uuid::now_v7().to_string(),
        channel: Channel::Phone.into(),
        caller: CallerKind::Unknown.into(),
        ..Default::default()
    };
    let answer = stage.person("front", &[Role::FrontEnd]).contacts.open_contact(opening).await?.into_inner();
    Ok(answer.contact.expect("the contact").contact_id)
}

async fn read(stage: &Stage, contact: &str) -> Result<(), Status> {
    let request = intake::GetContactRequest { contact_id: contact.to_owned() };
    stage.person("front", &[Role::FrontEnd]).contacts.get_contact(request).await.map(drop)
}

/// The versions of the data key that contacts are sealed by.
async fn versions(database: &PgPool) -> Vec<i32> {
    let versions = "select distinct get_byte(stated, 4) from contact order by 1";
    sqlx::query_scalar(versions).fetch_all(database).await.expect("the contacts")
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_change_beside_running_services_and_destroyed_records_are_refused_for_ever() {
    let settings = BTreeMap::from([("keys", vec!["refresh_seconds = 1".to_owned()])]);
    let mut stage = Stage::start(StageOptions { settings, ..StageOptions::default() }).await;
    set_up(&stage).await;
    let database = PgPool::connect(stage.database(ServiceName::Intake)).await.expect("the database answers");
    let first = open(&stage).await.expect("a contact");

    assert!(told(&keys(&stage, ServiceName::Intake, &["rotate"])).contains("version 2"));
    assert!(told(&keys(&stage, ServiceName::Intake, &["rotate", "--at-provider"])).contains("version 2"));
    assert!(told(&keys(&stage, ServiceName::Intake, &["rewrap"])).contains("3 keys"));
    let status = told(&keys(&stage, ServiceName::Intake, &["status"]));
    assert_eq!(status.matches("wrapped by files:v2").count(), 3, "{status}");
    wait_until("the new version is used", || async {
        let contact = open(&stage).await.expect("contacts go on being opened");
        read(&stage, &contact).await.expect("and read");
        (versions(&database).await == [1, 2]).then_some(())
    })
    .await;
    read(&stage, &first).await.expect("what was sealed before is read");

    let unsaid = keys(&stage, ServiceName::Triage, &["destroy"]);
    assert!(!unsaid.status.success() && String::from_utf8_lossy(&unsaid.stderr).contains("--yes-destroy"));
    let other = Uuid::now_v7().to_string();
    assert!(!keys(&stage, ServiceName::Triage, &["destroy", "--yes-destroy", &other]).status.success());
    read(&stage, &first).await.expect("nothing was destroyed");

    // In whichever service: it is the program's one key.
    told(&keys(&stage, ServiceName::Triage, &["destroy", "--yes-destroy", &DEVELOPMENT_PROGRAM.to_string()]));
    wait_until("a destroyed program's records are read no more", || async { read(&stage, &first).await.err() }).await;
    stage.stop_service(ServiceName::Intake).await;
    stage.start_again(ServiceName::Intake).await;
    for refused in [read(&stage, &first).await.unwrap_err(), open(&stage).await.unwrap_err()] {
        assert_eq!(reason_of(&refused), Some(Reason::RecordsDestroyed), "{refused:?}");
        assert_eq!(refused.code(), tonic::Code::FailedPrecondition);
    }
    stage.stop().await;
}
