//! The way of a ticket through the queue.

use std::sync::atomic::Ordering;

use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::attend_service_server::AttendService;
use harborline_proto::availability::v1::roster_service_server::RosterService;
use harborline_proto::availability::v1::ticket_service_server::TicketService;
use harborline_proto::common::v1::{Acuity, Reason};
use harborline_testkit::{assert_refused, owner, request};
use pb::TicketEventKind as Kind;
use pb::TicketState as State;

use crate::fixture::{Given, id, need, steps, unhurried};

async fn slots_held(given: &Given) -> i64 {
    let held = "select (select count(*) from slot_hold) - (select count(*) from slot_release)";
    sqlx::query_scalar(held).fetch_one(&owner(&given.store)).await.unwrap()
}

#[tokio::test]
async fn an_accepted_offer_is_an_assignment_and_intake_is_told() {
    let given = Given::new(unhurried()).await;
    let mut ana = given.on_duty("ana").await;
    let contact = given.enqueue(Acuity::High).await;
    let offer = ana.offer().await;
    assert_eq!(offer.contact_id, contact.to_string());
    assert_eq!(ana.accept(&offer).await.unwrap().contact_id, contact.to_string());

    let engaged = ana.until(|state| !state.engagements.is_empty()).await;
    assert_eq!(engaged.activity(), pb::Activity::Engaged);
    given.intake.until_told(&format!("assigned {contact} 1 ana")).await;
    let ticket = given.ticket(contact).await;
    assert_eq!((ticket.state(), ticket.counselor_id.as_str()), (State::Assigned, "ana"));
    assert_eq!(steps(&ticket), [Kind::Queued, Kind::Offered, Kind::Accepted]);
}

#[tokio::test]
async fn a_contact_has_one_ticket_for_ever() {
    let given = Given::new(unhurried()).await;
    let contact = given.enqueue(Acuity::High).await;
    let message = pb::RequestCounselorRequest {
        request_id: id(),
        contact_id: contact.to_string(),
        acuity: Acuity::Routine.into(),
        need: Some(need()),
        ..pb::RequestCounselorRequest::default()
    };
    let again = given.services.request_counselor(request(&given.intake_call(), message)).await.unwrap();
    let ticket = given.ticket(contact).await;
    assert_eq!(again.into_inner().ticket_id, ticket.ticket_id);
    assert_eq!(ticket.acuity(), Acuity::High);
}

#[tokio::test]
async fn of_two_accepts_at_once_one_wins() {
    let given = Given::new(unhurried()).await;
    let mut ana = given.on_duty("ana").await;
    let contact = given.enqueue(Acuity::High).await;
    let offer = ana.offer().await;
    let (one, other) = tokio::join!(ana.accept(&offer), ana.accept(&offer));
    let (won, lost) = if one.is_ok() { (one, other) } else { (other, one) };
    assert!(won.is_ok());
    assert_refused(lost, Reason::OfferClosed);
    assert_eq!(steps(&given.ticket(contact).await).iter().filter(|kind| **kind == Kind::Accepted).count(), 1);
}

#[tokio::test]
async fn a_declined_offer_goes_to_another_counselor() {
    let given = Given::new(unhurried()).await;
    let (mut ana, mut ben) = (given.on_duty("ana").await, given.on_duty("ben").await);
    let contact = given.enqueue(Acuity::High).await;
    let first = ana.offer().await;
    ana.decline(&first).await.unwrap();
    let second = ben.offer().await;
    assert_eq!(second.contact_id, contact.to_string());
    assert_refused(ana.accept(&first).await, Reason::OfferClosed);
    assert_refused(ana.accept(&second).await, Reason::OfferNotFound);
    ben.accept(&second).await.unwrap();
}

#[tokio::test]
async fn an_offer_that_ran_out_goes_to_another_counselor_and_cannot_be_accepted_any_more() {
    let given = Given::new(harborline_availability::DispatchSettings { offer_timeout_ms: 300, ..unhurried() }).await;
    let (mut ana, mut ben) = (given.on_duty("ana").await, given.on_duty("ben").await);
    let contact = given.enqueue(Acuity::High).await;
    let first = ana.offer().await;
    let second = ben.offer().await;
    assert_eq!(second.contact_id, contact.to_string());
    assert_refused(ana.accept(&first).await, Reason::OfferExpired);
    ben.accept(&second).await.unwrap();
    let expected = [Kind::Queued, Kind::Offered, Kind::Expired, Kind::Offered, Kind::Accepted];
    assert_eq!(steps(&given.ticket(contact).await), expected);
}

#[tokio::test]
async fn two_offers_in_a_row_without_an_answer_put_the_counselor_on_break() {
    let given = Given::new(harborline_availability::DispatchSettings { offer_timeout_ms: 100, ..unhurried() }).await;
    let mut ana = given.on_duty("ana").await;
    given.enqueue(Acuity::High).await;
    given.enqueue(Acuity::High).await;
    let shown = ana.until(|state| state.activity() == pb::Activity::OnBreak).await;
    assert!(shown.offers.is_empty());
    assert_eq!(slots_held(&given).await, 0);
    assert_eq!(shown.break_reason(), pb::BreakReason::UnansweredOffers, "the counselor is told why");
    // A second device reads the reason from the database.
    let mut other = given.another_device("ana").await;
    other.until(|state| state.break_reason() == pb::BreakReason::UnansweredOffers).await;

    let set = |on_break| pb::SetBreakRequest { request_id: id(), on_break };
    given.services.set_break(request(&ana.call, set(false))).await.unwrap();
    ana.until(|state| state.break_reason() == pb::BreakReason::Unspecified).await;
    given.services.set_break(request(&ana.call, set(true))).await.unwrap();
    ana.until(|state| state.break_reason() == pb::BreakReason::Chosen).await;
}

#[tokio::test]
async fn when_the_caller_leaves_the_open_offer_is_taken_back() {
    let given = Given::new(unhurried()).await;
    let mut ana = given.on_duty("ana").await;
    let contact = given.enqueue(Acuity::High).await;
    let offer = ana.offer().await;
    assert!(given.withdraw(contact).await);
    ana.until(|state| state.offers.is_empty()).await;
    assert_refused(ana.accept(&offer).await, Reason::OfferClosed);
    assert_eq!(slots_held(&given).await, 0);
    let expected = [Kind::Queued, Kind::Offered, Kind::OfferWithdrawn, Kind::Withdrawn];
    assert_eq!(steps(&given.ticket(contact).await), expected);

    let next = given.enqueue(Acuity::High).await;
    ana.take_next().await;
    assert!(!given.withdraw(next).await, "a human has it");
    assert_eq!(given.ticket(next).await.state(), State::Assigned);
}

#[tokio::test]
async fn a_caller_who_leaves_while_the_counselor_accepts_has_left_or_has_a_human_and_every_slot_comes_back() {
    let given = Given::new(unhurried()).await;
    let mut ana = given.on_duty("ana").await;
    for _ in 0..6 {
        let contact = given.enqueue(Acuity::Moderate).await;
        let offer = ana.offer().await;
        assert_eq!(offer.contact_id, contact.to_string());
        let (left, accepted) = tokio::join!(given.withdraw(contact), ana.accept(&offer));
        if left {
            assert_refused(accepted, Reason::OfferClosed);
            assert_eq!(given.ticket(contact).await.state(), State::Withdrawn);
        } else {
            assert_eq!(accepted.unwrap().contact_id, contact.to_string());
            given.release(contact).await;
            ana.finish(contact).await;
        }
        ana.until(|state| state.offers.is_empty() && state.engagements.is_empty()).await;
        assert_eq!(slots_held(&given).await, 0);
    }
}

#[tokio::test]
async fn the_slot_is_held_through_the_wrap_up_and_then_free_for_the_next() {
    let given = Given::new(unhurried()).await;
    let mut ana = given.on_duty("ana").await;
    let contact = given.enqueue(Acuity::High).await;
    ana.take_next().await;
    let next = given.enqueue(Acuity::High).await;
    given.release(contact).await;
    given.release(contact).await;
    let shown = ana.until(|state| state.activity() == pb::Activity::WrappingUp).await;
    assert!(shown.engagements[0].wrapping_up);
    assert_eq!(given.ticket(next).await.state(), State::Queued);

    ana.finish(contact).await;
    ana.finish(contact).await;
    assert_eq!(ana.offer().await.contact_id, next.to_string());
    let expected = [Kind::Queued, Kind::Offered, Kind::Accepted, Kind::Released, Kind::WrappedUp];
    assert_eq!(steps(&given.ticket(contact).await), expected);
}

#[tokio::test]
async fn a_wrap_up_that_ends_before_the_release_arrives_ends_with_it_also_after_the_matcher_was_killed() {
    let mut given = Given::new(unhurried()).await;
    let mut ana = given.on_duty("ana").await;
    let contact = given.enqueue(Acuity::High).await;
    ana.take_next().await;
    let finish = pb::FinishWrapUpRequest { request_id: id(), contact_id: contact.to_string() };
    for _ in 0..2 {
        given.services.finish_wrap_up(request(&ana.call, finish.clone())).await.unwrap();
    }
    assert_eq!(given.ticket(contact).await.state(), State::Assigned, "the conversation goes on");
    given.kill();
    let other = given.another_replica().await;
    given.services = other.services.clone();
    let mut ana = given.attend("ana").await;

    given.release(contact).await;
    let expected = [Kind::Queued, Kind::Offered, Kind::Accepted, Kind::FinishedEarly, Kind::Released, Kind::WrappedUp];
    assert_eq!(steps(&given.ticket(contact).await), expected);
    assert_eq!(slots_held(&given).await, 0);
    let next = given.enqueue(Acuity::High).await;
    assert_eq!(ana.offer().await.contact_id, next.to_string());
}

#[tokio::test]
async fn a_contact_that_ended_while_it_waited_leaves_the_queue() {
    let given = Given::new(unhurried()).await;
    let contact = given.enqueue(Acuity::High).await;
    given.release(contact).await;
    assert_eq!(given.ticket(contact).await.state(), State::Withdrawn);
}

#[tokio::test]
async fn a_counselor_who_accepted_an_ended_contact_is_free_at_once() {
    let given = Given::new(unhurried()).await;
    given.intake.all_ended.store(true, Ordering::SeqCst);
    let mut ana = given.on_duty("ana").await;
    let contact = given.enqueue(Acuity::High).await;
    ana.take_next().await;
    given.until_ticket_is(contact, State::Released).await;
    given.intake.all_ended.store(false, Ordering::SeqCst);
    let next = given.enqueue(Acuity::High).await;
    ana.until(|state| state.offers.iter().any(|offer| offer.contact_id == next.to_string())).await;
}

#[tokio::test]
async fn a_long_wait_pages_the_supervisor_offers_the_backup_line_and_lasts_until_the_caller_is_there() {
    let settings = harborline_availability::DispatchSettings {
        widen_after_ms: vec![50, 100, 150],
        page_after_ms: 200,
        backup_after_ms: 400,
        ..unhurried()
    };
    let given = Given::new(settings).await;
    let contact = given.enqueue(Acuity::Emergency).await;
    given.intake.until_told(&format!("backup offered {contact}")).await;
    assert_eq!(
        given.ticket(contact).await.state(),
        State::Queued,
        "it keeps its place until the caller is known to be there"
    );
    assert!(given.hand_off(contact).await);
    let ticket = given.ticket(contact).await;
    assert_eq!(ticket.state(), State::HandedOff);
    // The outcome of the page may be recorded after the hand-off, which does not wait for it.
    let own: Vec<_> = ticket.events.iter().filter(|event| event.page == 0).map(pb::TicketEvent::kind).collect();
    assert_eq!(own.iter().filter(|kind| **kind == Kind::SupervisorPaged).count(), 1);
    assert_eq!(own[own.len() - 2..], [Kind::BackupOffered, Kind::HandedOff]);
}

#[tokio::test]
async fn intake_learns_who_is_supervisor_on_call() {
    let given = Given::new(unhurried()).await;
    for (name, sequence) in [("sue", 1), ("tom", 2)] {
        assert_eq!(given.put_on_call(name, name).await, sequence);
        given.intake.until_told(&format!("on call {name} {sequence}")).await;
    }
}

#[tokio::test]
async fn a_person_who_is_on_no_roster_does_not_become_supervisor_on_call() {
    let given = Given::new(unhurried()).await;
    let (supervisor_id, name) = ("nobody".to_owned(), "Nobody".to_owned());
    let message = pb::PutSupervisorOnCallRequest { request_id: id(), supervisor_id, name };
    let refused = given.services.put_supervisor_on_call(request(&given.administrator(), message)).await;
    assert_refused(refused, Reason::CounselorNotFound);
}
