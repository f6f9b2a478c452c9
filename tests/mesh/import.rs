//! The participants of a file: each row has a result, a row is one person however often it is sent, and a killed service
//! loses none and enrolls nobody twice.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use harborline_identity::{Role, ServiceName};
use harborline_proto::intake::v1 as intake;
use harborline_testkit::Wait;
use harborline_tests::{Stage, StageOptions, binary};
use harborline_types::RequestId;
use sqlx::{Connection, PgConnection};

/// Rows of the long file.
const ROWS: usize = 400;
/// Characters of each one's goals: together the rows are longer than any single request may be.
const GOAL: usize = 900;
const GOALS: usize = 4;
/// So many are enrolled when the service is killed.
const BEFORE: usize = 40;

const COLUMNS: &str = "row_key,name,dedicated_number,verification_phrase,clinician_id,clinician_name,birth_date,goals";

fn file(folder: &Path, rows: &[String]) -> PathBuf {
    let path = folder.join("people.csv");
    std::fs::write(&path, format!("{COLUMNS}\n{}\n", rows.join("\n"))).expect("the file is written");
    path
}

fn row(number: usize) -> String {
    let goals = vec!["z".repeat(GOAL); GOALS].join(";");
    format!("{number},Row {number},+1202555{number:04},phrase of {number},clinician,Clinician,1990-05-17,{goals}")
}

fn import(stage: &Stage, file: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command.arg("import").arg(file).arg("--state").arg(stage.path()).args(more);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn told(output: &Output) -> (bool, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.success(), text(&output.stdout), text(&output.stderr))
}

async fn run(mut command: Command) -> (bool, String, String) {
    let output = tokio::task::spawn_blocking(move || command.output()).await.expect("it runs").expect("it runs");
    told(&output)
}

/// A mesh whose program is set up.
async fn set_up() -> Stage {
    let stage = Stage::start(StageOptions::default()).await;
    let mut clients = stage.person("administrator", &[Role::Administrator]);
    let director = intake::Person { person_id: "director".to_owned(), name: "Director".to_owned() };
    let program = intake::PutProgramRequest {
        request_id: RequestId::new().to_string(),
        name: "A program".to_owned(),
        clinical_director: Some(director),
        backup_line: "988".to_owned(),
        ..Default::default()
    };
    clients.programs.put_program(program).await.expect("the program is set up");
    stage
}

/// How many are enrolled.
async fn count(stage: &Stage) -> usize {
    let mut database = PgConnection::connect(stage.database(ServiceName::Intake)).await.expect("the database answers");
    let count: i64 =
        sqlx::query_scalar("select count(*) from participant").fetch_one(&mut database).await.expect("counts");
    usize::try_from(count).expect("it fits")
}

/// The names of everybody who is enrolled, one for each.
async fn enrolled(stage: &Stage) -> Vec<String> {
    let mut clients = stage.person("administrator", &[Role::Administrator]);
    let (mut names, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = intake::ListParticipantsRequest { page_size: 500, page_token, ..Default::default() };
        let page = clients.participants.list_participants(request).await.expect("it lists").into_inner();
        names.extend(page.participants.into_iter().map(|participant| participant.name));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return names;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_wrong_row_is_told_and_the_others_are_enrolled_once() {
    let stage = set_up().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let wrong = "3,Row 3,12,short,clinician,Clinician,1990-13-17,".to_owned();
    let list = file(folder.path(), &[row(1), row(2), wrong]);

    let (is_right, out, err) = run(import(&stage, &list, &["--dry-run"])).await;
    assert!(!is_right && out.starts_with("2 rows are right, 0 were enrolled before, 1 refused"), "{out}{err}");
    assert!(enrolled(&stage).await.is_empty(), "nothing is kept of a dry run");

    let (is_right, out, err) = run(import(&stage, &list, &[])).await;
    assert!(!is_right && out.starts_with("2 participants enrolled, 0 were enrolled before, 1 refused"), "{out}{err}");
    for field in ["dedicated_number", "verification_phrase", "profile.birth_date"] {
        assert!(err.lines().any(|line| line.starts_with("line 4: REQUEST_INVALID: ") && line.contains(field)), "{err}");
    }
    assert!(!err.contains("Row") && !err.contains("short"), "nothing of a person is told: {err}");

    let (_, out, err) = run(import(&stage, &list, &[])).await;
    assert!(out.starts_with("0 participants enrolled, 2 were enrolled before, 1 refused"), "{out}{err}");

    // Keys are compared as they are, and a slash in one is no other source.
    let alike = [row(11).replace("11,Row", "a,Row"), row(12).replace("12,Row", "A,Row")];
    let (is_right, out, err) = run(import(&stage, &file(folder.path(), &alike), &["--source", "s"])).await;
    assert!(is_right && out.starts_with("2 participants enrolled"), "{out}{err}");
    let slash = [row(13).replace("13,Row", "t/b,Row")];
    let (_, out, err) = run(import(&stage, &file(folder.path(), &slash), &["--source", "s"])).await;
    assert!(out.starts_with("1 participants enrolled"), "{out}{err}");
    let slash = [row(14).replace("14,Row", "b,Row")];
    let (_, out, err) = run(import(&stage, &file(folder.path(), &slash), &["--source", "s/t"])).await;
    assert!(out.starts_with("1 participants enrolled"), "{out}{err}");

    let list = file(folder.path(), &[row(1), row(2), row(3).replace("+12025550003", "12")]);
    let of_another = import(&stage, &list, &["--source", "another list"]);
    let (_, out, err) = run(of_another).await;
    assert!(out.starts_with("0 participants enrolled, 0 were enrolled before, 3 refused"), "{out}{err}");
    assert!(err.lines().any(|line| line == "line 2: DEDICATED_NUMBER_TAKEN"), "{err}");
    let names: BTreeSet<_> = enrolled(&stage).await.into_iter().collect();
    let expected = [1, 2, 11, 12, 13, 14].map(|number| format!("Row {number}"));
    assert_eq!(names, BTreeSet::from(expected));
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_goes_on_where_a_killed_service_has_left_it() {
    let stage = set_up().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let rows: Vec<_> = (1..=ROWS).map(row).collect();
    let mut importing = import(&stage, &file(folder.path(), &rows), &[]).spawn().expect("it starts");
    let wait = Wait::begin();
    while count(&stage).await < BEFORE {
        wait.again("the first rows are enrolled").await;
    }
    assert!(stage.kill(ServiceName::Intake));
    let output = tokio::task::spawn_blocking(move || importing.wait().and_then(|_| importing.wait_with_output()));
    let (is_right, out, err) = told(&output.await.expect("it runs").expect("it ends"));
    assert!(is_right && out.ends_with(" 0 refused\n"), "{out}{err}");
    assert!(stage.starts(ServiceName::Intake) > 1, "it was killed");
    let names = enrolled(&stage).await;
    assert_eq!((names.len(), names.iter().collect::<BTreeSet<_>>().len()), (ROWS, ROWS));
    stage.stop().await;
}
