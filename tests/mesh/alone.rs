//! P1 and P10: intake takes a contact and a human answers it, whatever else is down.

use harborline::clients::Clients;
use harborline_identity::{Role, ServiceName};
use harborline_proto::availability::v1 as availability;
use harborline_proto::common::v1::{CallerKind, Channel, CounselorKind, Signal};
use harborline_proto::intake::v1 as pb;
use harborline_testkit::wait_until;
use harborline_tests::{Stage, StageOptions};
use harborline_types::RequestId;

fn request_id() -> String {
    RequestId::new().to_string()
}

/// A program with one counselor on the roster.
async fn set_up(stage: &Stage) {
    let mut admin = stage.person("administrator", &[Role::Administrator]);
    let director = pb::Person { person_id: "director".into(), name: "Clinical director".into() };
    let program = pb::PutProgramRequest {
        request_id: request_id(),
        name: "Test program".into(),
        clinical_director: Some(director),
        backup_line: "988".into(),
        part2_program: None,
        etag: String::new(),
        backup_text_line: String::new(),
        same_caller_within: None,
    };
    admin.programs.put_program(program).await.expect("the program is put");
    let counselor = availability::Counselor {
        counselor_id: "counselor".into(),
        name: "Counselor".into(),
        kind: CounselorKind::LicensedClinician.into(),
        languages: vec!["en".into()],
        channels: vec![Channel::Phone.into()],
        message_capacity: 1,
        ..availability::Counselor::default()
    };
    let counselor = availability::PutCounselorRequest { request_id: request_id(), counselor: Some(counselor) };
    admin.roster.put_counselor(counselor).await.expect("the counselor is put");
}

async fn open(front_end: &mut Clients) -> String {
    let request = pb::OpenContactRequest {
        request_id: request_id(),
        channel: Channel::Phone.into(),
        caller: CallerKind::Unknown.into(),
        signals: vec![Signal::SuicidalThoughts.into()],
        callback_number: "+12025550100".into(),
        ..pb::OpenContactRequest::default()
    };
    let opened = front_end.contacts.open_contact(request).await.expect("the contact is opened");
    opened.into_inner().contact.expect("a contact").contact_id
}

/// Attends, accepts the first offer, and answers its contact's id.
async fn accept_one(counselor: &Clients) -> String {
    let mut attend = counselor.attend.clone();
    let mut stream = attend.attend(availability::AttendRequest::default()).await.expect("attends").into_inner();
    let offer = loop {
        let state = stream.message().await.expect("the stream goes on").expect("the stream goes on");
        if let Some(offer) = state.offers.into_iter().next() {
            break offer;
        }
    };
    let request = availability::AcceptOfferRequest { request_id: request_id(), offer_id: offer.offer_id };
    attend.accept_offer(request).await.expect("the offer is accepted");
    // The open stream is the presence: keep it for as long as the test lasts.
    tokio::spawn(async move { while let Ok(Some(_)) = stream.message().await {} });
    offer.contact_id
}

async fn until(person: &Clients, contact_id: &str, what: &str, holds: impl Fn(&pb::Contact) -> bool) -> pb::Contact {
    wait_until(what, || async {
        let request = pb::GetContactRequest { contact_id: contact_id.to_owned() };
        let contact = person.contacts.clone().get_contact(request).await.ok()?.into_inner().contact?;
        holds(&contact).then_some(contact)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn with_triage_down_a_human_answers_and_the_assessment_comes_afterwards() {
    let mut stage = Stage::start(StageOptions::default()).await;
    set_up(&stage).await;
    stage.stop_service(ServiceName::Triage).await;

    let mut front_end = stage.person("front-end", &[Role::FrontEnd]);
    let mut counselor = stage.person("counselor", &[Role::Counselor]);
    let contact_id = open(&mut front_end).await;
    assert_eq!(accept_one(&counselor).await, contact_id);
    let answered = pb::ContactState::Answered;
    let contact =
        until(&counselor, &contact_id, "the contact is answered", |contact| contact.state() == answered).await;
    let assessment = contact.assessment.expect("a provisional assessment");
    assert_eq!(assessment.reasons, ["provisional"]);
    let complete = pb::CompleteClosingDutyRequest {
        request_id: request_id(),
        contact_id: contact_id.clone(),
        closing_duties: assessment.closing_duties,
    };
    counselor.contacts.complete_closing_duty(complete).await.expect("the duties are completed");
    let close = pb::CloseContactRequest {
        request_id: request_id(),
        contact_id: contact_id.clone(),
        outcome: pb::Outcome::Resolved.into(),
        note: String::new(),
    };
    counselor.contacts.close_contact(close).await.expect("the contact is closed");

    stage.start_again(ServiceName::Triage).await;
    let assessed = |contact: &pb::Contact| {
        contact.assessment.as_ref().is_some_and(|assessment| !assessment.assessment_id.is_empty())
    };
    let contact = until(&counselor, &contact_id, "the contact is assessed", assessed).await;
    assert_eq!(contact.state(), pb::ContactState::Closed);
    assert_eq!(contact.assignments, 1);
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_all_others_down_a_contact_is_taken_and_owned_and_answered_once_they_are_back() {
    let mut stage = Stage::start(StageOptions::default()).await;
    set_up(&stage).await;
    let others: Vec<_> = ServiceName::ALL.iter().copied().filter(|service| *service != ServiceName::Intake).collect();
    for service in &others {
        stage.stop_service(*service).await;
    }
    let mut front_end = stage.person("front-end", &[Role::FrontEnd]);
    let contact_id = open(&mut front_end).await;
    let mut supervisor = stage.person("supervisor", &[Role::Supervisor]);
    let custody = pb::ListCustodyRequest { contact_id: contact_id.clone() };
    let custody = supervisor.contacts.list_custody(custody).await.expect("custody is read").into_inner().custody;
    assert_eq!(custody.len(), 1);
    assert_eq!(custody[0].owner.as_ref().map(|owner| owner.person_id.as_str()), Some("director"));

    for service in others {
        stage.start_again(service).await;
    }
    let counselor = stage.person("counselor", &[Role::Counselor]);
    assert_eq!(accept_one(&counselor).await, contact_id);
    let answered = pb::ContactState::Answered;
    until(&counselor, &contact_id, "the contact is answered", |contact| contact.state() == answered).await;
    stage.stop().await;
}
