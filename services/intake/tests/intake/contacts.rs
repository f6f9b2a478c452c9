//! Opening, routing, leaving.

use std::sync::atomic::Ordering;

use harborline_intake::domain::facts::AsqAnswer;
use harborline_proto::common::v1::{Acuity, Signal};
use harborline_proto::intake::v1::contact_service_server::ContactService;
use harborline_proto::intake::v1::{self as pb, ContactState};
use harborline_status::Reason;
use harborline_testkit::{assert_refused, owner, request, wait_until};
use harborline_types as types;
use harborline_types::wire::WireEnum;

use crate::fixture::{Given, open_request};
use crate::neighbors::assessment;

#[tokio::test]
async fn an_opened_contact_is_durable_and_owned_before_any_other_service_is_asked() {
    let intake = Given::new().await;
    let contact = intake.open_with(open_request()).await;
    assert_eq!(contact.state(), ContactState::Received);
    let assessment = contact.assessment.as_ref().unwrap();
    assert_eq!((assessment.acuity(), assessment.assessment_id.as_str()), (Acuity::VeryHigh, ""));
    assert_eq!(assessment.reasons, ["provisional"]);
    assert_eq!(intake.contact(&contact.contact_id).await.revision, 1);
    assert_eq!(intake.owners(&contact.contact_id).await, (vec!["supervisor".to_owned()], true));
    assert_eq!(intake.open_duties().await, ["route"]);
    assert!(intake.neighbors.to_assess.all().is_empty());
}

#[tokio::test]
async fn the_clinical_director_owns_while_no_supervisor_is_named() {
    let intake = Given::without_program().await;
    intake.put_program().await;
    let contact = intake.open().await;
    assert_eq!(intake.owners(&contact).await.0, ["director"]);
    intake.put_supervisor("supervisor", 1).await;
    assert_eq!(intake.owners(&contact).await.0, ["director", "supervisor"]);
}

#[tokio::test]
async fn a_signal_of_an_emergency_counts_before_triage_answers() {
    let intake = Given::new().await;
    let signals = vec![Signal::Stress.into(), Signal::Overdose.into()];
    let contact = intake.open_with(pb::OpenContactRequest { signals, ..open_request() }).await;
    assert_eq!(contact.assessment.unwrap().acuity(), Acuity::Emergency);
}

#[tokio::test]
async fn a_participants_language_and_place_are_known_without_being_said() {
    let intake = Given::new().await;
    let participant = intake.enroll("+12025550101").await;
    let contact = intake.contact(&intake.open_for(&participant).await).await;
    assert_eq!((contact.language.as_str(), contact.jurisdiction.as_str()), ("es", "US-VA"));
    let stranger = intake.contact(&intake.open().await).await;
    assert_eq!((stranger.language.as_str(), stranger.jurisdiction.as_str()), ("en", ""));
}

#[tokio::test]
async fn a_contact_needs_a_program() {
    let intake = Given::without_program().await;
    let refused = intake.rpc.open_contact(request(&intake.front_end(), open_request())).await;
    assert_refused(refused, Reason::ProgramNotReady);
}

#[tokio::test]
async fn a_contact_goes_through_triage_into_the_queue() {
    let intake = Given::new().await;
    let signals = vec![Signal::RelapseToday.into()];
    let self_screening = Some(pb::SelfScreening { ever_tried: 3, ..pb::SelfScreening::default() });
    let opened = intake.open_with(pb::OpenContactRequest { signals, self_screening, ..open_request() }).await;
    intake.settle().await;

    let asked = intake.neighbors.to_assess.all();
    assert_eq!(asked[0].signals, [types::Signal::RelapseToday]);
    assert_eq!(asked[0].self_screening.unwrap().ever_tried, Some(AsqAnswer::Refused));
    let queued = intake.neighbors.queued.all();
    assert_eq!(queued.len(), 1);
    let need = &queued[0].need;
    assert_eq!((queued[0].acuity.to_wire(), need.language.as_str()), (Acuity::High, "es"));
    let skill = &need.skills[0];
    assert_eq!((need.skills.len(), skill.name.as_str(), skill.level), (1, "grief", types::SkillLevel::Expert));
    let contact = intake.contact(&opened.contact_id).await;
    assert_eq!(contact.state(), ContactState::Waiting);
    assert_eq!(contact.assessment.unwrap().sequence, 1);
}

#[tokio::test]
async fn without_triage_a_contact_is_queued_as_very_high_and_assessed_later() {
    let intake = Given::new().await;
    intake.neighbors.triage_away.store(true, Ordering::SeqCst);
    let contact = intake.open().await;
    intake.neighbors.assessment.lock().unwrap().replace(assessment(&contact, 1, Acuity::Emergency));
    let queued = || intake.neighbors.queued.all();
    let waiting = wait_until("it waits", || async {
        (intake.contact(&contact).await.state() == ContactState::Waiting).then_some(())
    });
    intake.working(waiting).await;
    assert_eq!(queued()[0].acuity.to_wire(), Acuity::VeryHigh);
    assert_eq!(intake.open_duties().await, ["assess"]);

    intake.neighbors.triage_away.store(false, Ordering::SeqCst);
    intake.settle().await;
    assert_eq!(intake.contact(&contact).await.assessment.unwrap().acuity(), Acuity::Emergency);
    let raised = intake.neighbors.raised.all();
    assert_eq!(raised.iter().map(|raise| raise.acuity.to_wire()).collect::<Vec<_>>(), [Acuity::Emergency]);
}

#[tokio::test]
async fn what_triage_finds_less_urgent_later_keeps_its_place_in_the_queue() {
    let intake = Given::new().await;
    intake.neighbors.triage_away.store(true, Ordering::SeqCst);
    let contact = intake.open().await;
    let waiting = wait_until("it waits", || async {
        (intake.contact(&contact).await.state() == ContactState::Waiting).then_some(())
    });
    intake.working(waiting).await;
    intake.assess(assessment(&contact, 1, Acuity::Moderate)).await;
    let assumed = intake.contact(&contact).await.assessment.unwrap();
    assert_eq!(assumed.acuity(), Acuity::VeryHigh, "triage has not seen what the caller stated");
    intake.neighbors.assessment.lock().unwrap().replace(assessment(&contact, 1, Acuity::Moderate));
    intake.neighbors.triage_away.store(false, Ordering::SeqCst);
    intake.settle().await;
    assert_eq!(intake.contact(&contact).await.assessment.unwrap().acuity(), Acuity::Moderate);
    let raised = intake.neighbors.raised.all();
    assert_eq!(raised.iter().map(|raise| raise.acuity.to_wire()).collect::<Vec<_>>(), [Acuity::VeryHigh]);
}

#[tokio::test]
async fn without_availability_a_contact_is_the_supervisors_until_it_is_queued() {
    let intake = Given::new().await;
    intake.neighbors.availability_away.store(true, Ordering::SeqCst);
    let contact = intake.open().await;
    let attempts = async || -> i32 {
        let attempts = sqlx::query_scalar("select coalesce(max(attempt), 0) from duty where kind = 'route'");
        attempts.fetch_one(&owner(&intake.store)).await.unwrap()
    };
    intake.working(wait_until("it was tried", || async { (attempts().await > 2).then_some(()) })).await;
    assert_eq!(intake.owners(&contact).await, (vec!["supervisor".to_owned()], true));
    intake.neighbors.availability_away.store(false, Ordering::SeqCst);
    intake.settle().await;
    assert_eq!(intake.contact(&contact).await.state(), ContactState::Waiting);
}

#[tokio::test]
async fn who_leaves_while_waiting_leaves_the_queue_and_somebody_decides_whether_to_call_back() {
    let intake = Given::new().await;
    let participant = intake.enroll("+12025550101").await;
    let contact = intake.open_for(&participant).await;
    intake.settle().await;
    assert_eq!(intake.leave(&contact).await.unwrap().state(), ContactState::Left);
    assert_eq!(intake.owners(&contact).await, (vec!["supervisor".to_owned(), "clinician".to_owned()], true));
    intake.settle().await;
    let withdrawn = intake.neighbors.withdrawn.all();
    assert_eq!(withdrawn[0].0.to_string(), contact);
    let planned = intake.planned();
    assert_eq!((planned[0].participant, planned[0].reachable), (participant.parse().ok(), true));
    assert_refused(intake.leave(&contact).await, Reason::ContactEnded);
}

#[tokio::test]
async fn who_leaves_before_the_queue_is_asked_is_not_put_into_it() {
    let intake = Given::new().await;
    let contact = intake.open().await;
    intake.leave(&contact).await.unwrap();
    intake.settle().await;
    assert!(intake.neighbors.queued.all().is_empty());
    let owners = ["supervisor", "director"];
    assert_eq!(intake.owners(&contact).await.0, owners, "urgent until triage had answered, then to be called back");
}

#[tokio::test]
async fn who_hangs_up_on_a_counselor_stays_with_the_counselor() {
    let intake = Given::new().await;
    let contact = intake.open().await;
    intake.assign(&contact, "ana", 1).await;
    assert_eq!(intake.leave(&contact).await.unwrap().state(), ContactState::Answered);
}

#[tokio::test]
async fn contacts_are_listed_oldest_first_page_by_page() {
    let intake = Given::new().await;
    let mut opened = Vec::new();
    for _ in 0..5 {
        opened.push(intake.open().await);
    }
    let (mut listed, mut page_token) = (Vec::new(), String::new());
    loop {
        let message = pb::ListContactsRequest { page_size: 2, page_token };
        let page = intake.rpc.list_contacts(request(&intake.front_end(), message)).await.unwrap().into_inner();
        assert!(page.contacts.len() <= 2);
        listed.extend(page.contacts.into_iter().map(|contact| contact.contact_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(listed, opened);
    let message = pb::ListContactsRequest { page_size: 2, page_token: "17".to_owned() };
    assert_refused(intake.rpc.list_contacts(request(&intake.front_end(), message)).await, Reason::CursorInvalid);
}
