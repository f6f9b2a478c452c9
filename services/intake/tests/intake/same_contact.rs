//! A caller has one open contact, and what is said again adds to it: nobody opens two, and it lowers nothing (P5).

use std::sync::atomic::Ordering;

use harborline_identity::{Call, Role};
use harborline_proto::common::v1::{Acuity, CallerKind, Channel, Signal};
use harborline_proto::intake::v1::contact_service_server::ContactService;
use harborline_proto::intake::v1::{self as pb, ContactState};
use harborline_status::{Reason, violations_of};
use harborline_testkit::{assert_refused, owner, person, request, wait_until};
use harborline_types::wire::WireEnum;
use harborline_types::{self as types, PlanId};

use crate::fixture::{Given, leaving};
use crate::neighbors::assessment;
use crate::permits::participant;

use crate::same_caller::asks;

#[tokio::test]
async fn a_caller_who_has_an_open_contact_is_answered_it_and_adds_to_it() {
    let intake = Given::new().await;
    let participant = intake.enroll("+12025550101").await;
    let message =
        pb::OpenContactRequest { channel: Channel::Message.into(), ..asks(CallerKind::Participant, &participant) };
    let first = intake.open_with(message).await;
    intake.triage_says(&first.contact_id, 1, Acuity::Routine);
    intake.settle().await;
    let before = intake.contact(&first.contact_id).await;
    assert_eq!(before.last_opened_at, before.opened_at);

    intake.triage_says(&first.contact_id, 2, Acuity::VeryHigh);
    let again = intake.open_with(pb::OpenContactRequest {
        signals: vec![Signal::SuicidalThoughts.into()],
        jurisdiction: "US-MD".to_owned(),
        callback_number: "+12025550111".to_owned(),
        ..asks(CallerKind::Participant, &participant)
    });
    let again = again.await;
    assert_eq!((&again.contact_id, again.openings, again.channel()), (&first.contact_id, 2, Channel::Phone));
    assert_eq!(again.channels().collect::<Vec<_>>(), [Channel::Message, Channel::Phone]);
    assert!(again.last_opened_at != before.last_opened_at && again.revision > before.revision);
    intake.settle().await;
    let asked = intake.neighbors.to_assess.all();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[1].signals, [types::Signal::SuicidalThoughts]);
    assert_eq!((asked[1].channel.to_wire(), asked[1].jurisdiction.as_deref()), (Channel::Phone, Some("US-MD")));
    let raised = intake.neighbors.raised.all();
    assert_eq!(raised.last().unwrap().acuity.to_wire(), Acuity::VeryHigh);

    let silent = intake.open_with(asks(CallerKind::Participant, &participant)).await;
    intake.settle().await;
    assert_eq!((silent.contact_id, silent.openings), (first.contact_id.clone(), 3));
    assert_eq!(intake.neighbors.to_assess.all().len(), 2, "triage has nothing to judge");
    let outbound = async {
        intake.leave(&first.contact_id).await.unwrap();
        intake.open_outbound(&first.contact_id, &PlanId::new().to_string(), 1).await
    };
    assert_eq!(intake.contact(&outbound.await).await.channel(), Channel::Phone, "at the number that was given last");
}

#[tokio::test]
async fn a_caller_who_hangs_up_and_still_writes_keeps_the_place_and_is_served_by_message() {
    let intake = Given::new().await;
    let participant = intake.enroll("+12025550101").await;
    let contact = intake.waits_at(&participant, Acuity::High).await;
    let message =
        pb::OpenContactRequest { channel: Channel::Message.into(), ..asks(CallerKind::Participant, &participant) };
    assert_eq!(intake.open_with(message).await.channel(), Channel::Phone);
    intake.settle().await;
    let left = pb::LeaveContactRequest { channel: Channel::Phone.into(), ..leaving(&contact) };
    let left =
        intake.rpc.leave_contact(request(&intake.front_end(), left)).await.unwrap().into_inner().contact.unwrap();
    assert_eq!((left.state(), left.channel()), (ContactState::Waiting, Channel::Message));
    let mut written = assessment(&contact, 2, Acuity::High);
    written.need.as_mut().unwrap().channel = Channel::Message.into();
    intake.neighbors.assessment.lock().unwrap().replace(written);
    intake.settle().await;
    assert_eq!(intake.neighbors.to_assess.last().unwrap().channel.to_wire(), Channel::Message);
    let raised = intake.neighbors.raised.all();
    assert_eq!(raised.last().unwrap().need.as_ref().unwrap().channel.to_wire(), Channel::Message);
    let unknown = pb::LeaveContactRequest { channel: 9, ..leaving(&contact) };
    let refused = intake.rpc.leave_contact(request(&intake.front_end(), unknown)).await;
    assert_eq!(violations_of(&assert_refused(refused, Reason::RequestInvalid)), ["channel"]);
    assert_eq!(intake.leave(&contact).await.unwrap().state(), ContactState::Left);
}

#[tokio::test]
async fn however_many_requests_come_at_once_a_participant_has_one_contact() {
    let intake = Given::new().await;
    let participant = intake.enroll("+12025550101").await;
    let requests = (0..20).map(|_| intake.open_for(&participant));
    let contacts = futures::future::join_all(requests).await;
    assert!(contacts.iter().all(|contact| *contact == contacts[0]));
    assert_eq!(intake.contact(&contacts[0]).await.openings, 20);
    let unknown = futures::future::join_all((0..3).map(|_| intake.open())).await;
    assert!(unknown[0] != unknown[1] && unknown[1] != unknown[2], "a number is not limited");
}

#[tokio::test]
async fn what_is_said_again_raises_although_triage_is_away_and_triage_hears_it_later() {
    let intake = Given::new().await;
    let participant = intake.enroll("+12025550101").await;
    let contact = intake.waits_at(&participant, Acuity::Routine).await;
    intake.neighbors.triage_away.store(true, Ordering::SeqCst);
    let signals = vec![Signal::Overdose.into()];
    intake.open_with(pb::OpenContactRequest { signals, ..asks(CallerKind::Participant, &participant) }).await;
    let raised = wait_until("it is raised", || async {
        let raised = intake.neighbors.raised.all();
        (raised.last()?.acuity.to_wire() == Acuity::Emergency).then_some(())
    });
    intake.working(raised).await;
    intake.assess(assessment(&contact, 2, Acuity::Routine)).await;
    assert_eq!(intake.acuity(&contact).await, Acuity::Emergency, "triage has not heard of the overdose");
    intake.triage_says(&contact, 3, Acuity::VeryHigh);
    intake.neighbors.triage_away.store(false, Ordering::SeqCst);
    intake.settle().await;
    assert_eq!(intake.acuity(&contact).await, Acuity::VeryHigh, "triage has judged it");
}

/// Notes whenever a contact becomes less urgent.
const NOTE_LOWERED: [&str; 3] = [
    "create table lowered (acuity smallint)",
    "create function note_lowered() returns trigger language plpgsql security definer as
         $$ begin insert into lowered values (new.acuity); return null; end $$",
    "create trigger note_lowered after update on contact for each row when (new.acuity > old.acuity)
         execute function note_lowered()",
];

#[tokio::test]
async fn what_was_said_again_before_triage_answered_is_not_lowered_by_an_answer_to_the_opening_alone() {
    let intake = Given::new().await;
    let participant = intake.enroll("+12025550101").await;
    let contact = intake.open_for(&participant).await;
    let signals = vec![Signal::Overdose.into()];
    intake.open_with(pb::OpenContactRequest { signals, ..asks(CallerKind::Participant, &participant) }).await;
    intake.triage_says(&contact, 1, Acuity::Routine);
    for statement in NOTE_LOWERED {
        sqlx::query(statement).execute(&owner(&intake.store)).await.unwrap();
    }
    let lowered = async || -> i64 {
        sqlx::query_scalar("select count(*) from lowered").fetch_one(&owner(&intake.store)).await.unwrap()
    };
    intake.neighbors.triage_answers_once.store(true, Ordering::SeqCst);
    let queued = wait_until("it is in the queue", || async {
        (intake.contact(&contact).await.state() == ContactState::Waiting).then_some(())
    });
    intake.working(queued).await;
    assert_eq!((intake.neighbors.to_assess.all().len(), lowered().await), (1, 0), "asked about the opening alone");
    assert_eq!(
        (intake.acuity(&contact).await, intake.requested(&contact).acuity.to_wire()),
        (Acuity::Emergency, Acuity::Emergency)
    );
    intake.neighbors.triage_away.store(false, Ordering::SeqCst);
    intake.triage_says(&contact, 2, Acuity::VeryHigh);
    intake.settle().await;
    assert_eq!((intake.acuity(&contact).await, lowered().await), (Acuity::VeryHigh, 1), "triage has judged it");
}

#[tokio::test]
async fn a_caller_who_had_left_the_counselor_and_is_back_waits_again_when_that_counselor_is_lost() {
    let intake = Given::new().await;
    let participant = intake.enroll("+12025550101").await;
    let contact = intake.waits_at(&participant, Acuity::High).await;
    assert!(intake.assign(&contact, "ana", 1).await);
    for times in 1..=2 {
        assert!(intake.leave(&contact).await.unwrap().caller_left_at.is_some());
        intake.settle().await;
        let back = intake.open_with(asks(CallerKind::Participant, &participant)).await;
        assert_eq!((&back.contact_id, back.caller_left_at), (&contact, None));
        intake.settle().await;
        let raised = intake.neighbors.raised.all();
        assert_eq!(raised.iter().filter(|raise| raise.caller_is_back).count(), times);
        let left = intake.neighbors.withdrawn.all();
        assert_eq!(left.len(), times, "each time it is told");
    }
    intake.lose(&contact, 1).await;
    assert_eq!(intake.contact(&contact).await.state(), ContactState::Waiting);
}

#[tokio::test]
async fn a_token_vouches_for_its_holder_and_for_nobody_else() {
    let intake = Given::new().await;
    let (one, two) = (intake.enroll("+12025550101").await, intake.enroll("+12025550102").await);
    let open = async |call: &Call, message: pb::OpenContactRequest| {
        intake.rpc.open_contact(request(call, message)).await.unwrap().into_inner().contact.unwrap().contact_id
    };
    let known = intake.open_for(&one).await;
    let own = participant(&intake, "subject-1", &one);
    assert_eq!(open(&own, asks(CallerKind::Participant, &one)).await, known);
    let other = participant(&intake, "subject-2", &two);
    assert_ne!(open(&other, asks(CallerKind::Participant, &one)).await, known);
    let family = person(intake.program, "family-1", &[Role::FamilyMember]);
    let about = open(&family, asks(CallerKind::FamilyMember, &one)).await;
    assert_ne!(about, known, "what a participant has is nobody else's");
    assert_eq!(open(&family, asks(CallerKind::FamilyMember, &one)).await, about);
    assert_ne!(open(&family, asks(CallerKind::FamilyMember, &two)).await, about);
    let told = asks(CallerKind::FamilyMember, &one);
    assert_ne!(intake.open_with(told).await.contact_id, about, "the front end's word for family names no one");
}
