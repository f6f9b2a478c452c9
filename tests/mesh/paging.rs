//! The supervisor on call is reached, whatever dies in between, and the page knows no one.

use std::collections::BTreeMap;

use harborline::clients::Clients;
use harborline_identity::{Role, ServiceName};
use harborline_proto::availability::v1 as availability;
use harborline_proto::common::v1::{CallerKind, Channel, Signal};
use harborline_proto::intake::v1 as intake;
use harborline_testkit::{Delivery, Receiver, Reply, wait_until};
use harborline_tests::{Stage, StageOptions};
use harborline_types::RequestId;

const SECRET: &str = "dGhlIHNlY3JldCBvZiBhIHRlc3QsIGFuZCBsb25nIGVub3VnaA==";
/// What the caller says, and where: none of it is for a telephone's locked screen.
const WORDS: [&str; 2] = ["zz-own-words", "+15559283746"];

fn request_id() -> String {
    RequestId::new().to_string()
}

fn whole_seconds(seconds: i64) -> Option<prost_types::Duration> {
    Some(prost_types::Duration { seconds, nanos: 0 })
}

/// Opens a contact that nobody is there to answer.
async fn open(stage: &Stage) -> String {
    let mut admin = stage.person("administrator", &[Role::Administrator]);
    let program = intake::PutProgramRequest {
        request_id: request_id(),
        name: "Test program".into(),
        clinical_director: Some(intake::Person { person_id: "director".into(), name: "Clinical director".into() }),
        backup_line: "988".into(),
        part2_program: None,
        etag: String::new(),
        backup_text_line: String::new(),
        same_caller_within: None,
    };
    admin.programs.put_program(program).await.expect("the program is put");
    let response_times = availability::ResponseTimes {
        page_after: whole_seconds(1),
        backup_after: whole_seconds(600),
        ..availability::ResponseTimes::default()
    };
    let pool = availability::PutPoolRequest {
        request_id: request_id(),
        response_times: Some(response_times),
        fatigue_rules: None,
        etag: String::new(),
    };
    admin.roster.put_pool(pool).await.expect("the pool is put");

    let request = intake::OpenContactRequest {
        request_id: request_id(),
        channel: Channel::Phone.into(),
        caller: CallerKind::Unknown.into(),
        signals: vec![Signal::SuicidalThoughts.into()],
        own_words: WORDS[0].into(),
        callback_number: WORDS[1].into(),
        ..intake::OpenContactRequest::default()
    };
    let mut front_end = stage.person("front-end", &[Role::FrontEnd]);
    let opened = front_end.contacts.open_contact(request).await.expect("the contact is opened");
    opened.into_inner().contact.expect("a contact").contact_id
}

/// What became of the pages for a contact; none while availability is down.
async fn delivered(supervisor: &Clients, contact_id: &str) -> Option<usize> {
    let request = availability::GetTicketRequest { contact_id: contact_id.to_owned() };
    let ticket = supervisor.tickets.clone().get_ticket(request).await.ok()?.into_inner().ticket?;
    let kinds = ticket.events.iter().map(availability::TicketEvent::kind);
    Some(kinds.filter(|kind| *kind == availability::TicketEventKind::PageDelivered).count())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_one_page_although_availability_is_killed_before_it_writes_the_answer_down() {
    let receiver = Receiver::start(&[Reply::Silence, Reply::Status(204)]).await;
    let secrets = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(secrets.path(), SECRET).expect("the secret is written");
    let notify = vec![
        format!("webhook_url = {:?}", receiver.url()),
        format!("webhook_secret_file = {:?}", secrets.path().display().to_string()),
        "page_again_after_ms = 600000".to_owned(),
    ];
    let settings = BTreeMap::from([("availability.notify", notify)]);
    let stage = Stage::start(StageOptions { settings, ..StageOptions::default() }).await;
    let contact_id = open(&stage).await;

    let arrived = |count| {
        let receiver = receiver.clone();
        move || {
            let found = receiver.deliveries();
            async move { (found.len() >= count).then_some(found) }
        }
    };
    wait_until("a page arrives", arrived(1)).await;
    assert!(stage.kill(ServiceName::Availability), "it runs and is killed");
    let deliveries: Vec<Delivery> = wait_until("the page arrives again", arrived(2)).await;
    let supervisor = stage.person("supervisor", &[Role::Supervisor]);
    wait_until("it is on record, once", || async {
        (delivered(&supervisor, &contact_id).await == Some(1)).then_some(())
    })
    .await;

    for delivery in &deliveries {
        assert_eq!(delivery.header("webhook-id"), deliveries[0].header("webhook-id"));
        assert!(delivery.signed_at(SECRET).is_some());
        assert_eq!(delivery.json()["contact_id"], contact_id);
        let body = String::from_utf8_lossy(&delivery.body).into_owned();
        assert!(!WORDS.iter().any(|word| body.contains(word)), "{body}");
    }
    let log = stage.log(ServiceName::Availability);
    assert!(
        log.contains("the supervisor on call must know") && !log.contains(SECRET) && !log.contains(&receiver.url()),
        "{log}"
    );
    stage.stop().await;
}
