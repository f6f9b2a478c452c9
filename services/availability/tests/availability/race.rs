//! Parallel offers: several counselors are asked for an emergency at once, and the first to accept has it.

use harborline_availability::DispatchSettings;
use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::TicketEventKind as Kind;
use harborline_proto::availability::v1::roster_service_server::RosterService;
use harborline_proto::availability::v1::ticket_service_server::TicketService;
use harborline_proto::common::v1::{self as common, Acuity, Reason};
use harborline_testkit::{assert_refused, owner, request, wait_until};
use harborline_types::ContactId;
use pb::{TicketKind, TicketState as State};

use crate::fixture::{Given, OnDuty, id, need, steps, unhurried};
use crate::measures::measured;
use crate::wallboard::{until, waiting, watch};

/// A program that offers an emergency to three counselors, with Ana, Ben and Cem on duty; Ana is idle for the longest
/// time.
async fn three() -> (Given, [OnDuty; 3]) {
    let given = Given::new(DispatchSettings { emergency_offers: 3, ..unhurried() }).await;
    let counselors = [given.on_duty("ana").await, given.on_duty("ben").await, given.on_duty("cem").await];
    (given, counselors)
}

/// The offer of each of the three counselors.
async fn offers(counselors: &mut [OnDuty; 3]) -> [pb::Offer; 3] {
    let [ana, ben, cem] = counselors;
    [ana.offer().await, ben.offer().await, cem.offer().await]
}

/// Waits until the matcher knows all three counselors: a stream begins before the matcher has heard of it.
async fn until_all_are_heard_of(given: &Given) {
    let everybody = || async {
        let need = common::Need { language: "la".to_owned(), ..need() };
        let contact = given.enqueue_needing(Acuity::Routine, need).await;
        let considered = explained(given, contact).await.considerations;
        given.withdraw(contact).await;
        (considered[0].on_duty == 3).then_some(())
    };
    wait_until("the matcher knows all three counselors", everybody).await;
}

async fn slots_held(given: &Given) -> i64 {
    let held = "select (select count(*) from slot_hold) - (select count(*) from slot_release)";
    sqlx::query_scalar(held).fetch_one(&owner(&given.store)).await.unwrap()
}

async fn explained(given: &Given, contact: ContactId) -> pb::ExplainTicketResponse {
    let message = pb::ExplainTicketRequest { contact_id: contact.to_string() };
    given.services.explain_ticket(request(&given.administrator(), message)).await.unwrap().into_inner()
}

/// Ends the lease, so that a new matcher reads the pool from the database.
async fn forget(given: &Given) {
    let stolen = "update matcher_lease set holder = gen_random_uuid(), fence = fence + 1, until = now()";
    sqlx::query(stolen).execute(&owner(&given.store)).await.unwrap();
}

#[tokio::test]
async fn when_several_counselors_accept_at_once_one_has_the_contact_and_the_others_are_free() {
    let (given, mut counselors) = three().await;
    let contact = given.enqueue(Acuity::Emergency).await;
    let offers = offers(&mut counselors).await;
    assert!(offers.iter().all(|offer| offer.contact_id == contact.to_string()));
    assert_eq!(offers.iter().filter(|offer| offer.kind() == TicketKind::Race).count(), 2);
    let tried = counselors.iter().zip(&offers).map(|(counselor, offer)| counselor.accept(offer));
    let tried = futures::future::join_all(tried).await;
    let (won, lost): (Vec<_>, Vec<_>) = tried.into_iter().zip(&mut counselors).partition(|(tried, _)| tried.is_ok());
    assert_eq!((won.len(), lost.len()), (1, 2));
    for (refused, counselor) in lost {
        assert_refused(refused, Reason::OfferClosed);
        counselor.until(|state| state.offers.is_empty() && state.activity() == pb::Activity::Available).await;
    }
    let (taken, winner) = won.into_iter().next().unwrap();
    assert_eq!(taken.unwrap().kind(), TicketKind::Answer);
    let ticket = given.ticket(contact).await;
    assert_eq!(ticket.state(), State::Assigned);
    let shown = winner.until(|state| !state.engagements.is_empty()).await;
    assert_eq!(shown.engagements[0].ticket_id, ticket.ticket_id);
    given.intake.until_told(&format!("assigned {contact} 1 {}", ticket.counselor_id)).await;
    assert_eq!(slots_held(&given).await, 2, "the slots of the counselor who has it");

    given.release(contact).await;
    winner.finish(contact).await;
    assert_eq!(slots_held(&given).await, 0);
    let told = given.intake.told.lock().unwrap().clone();
    assert_eq!(told.len(), 1, "intake is told as of any contact: {told:?}");
}

#[tokio::test]
async fn the_history_and_the_explanation_tell_who_was_asked_and_who_took_it() {
    let (given, mut counselors) = three().await;
    until_all_are_heard_of(&given).await;
    let contact = given.enqueue(Acuity::Emergency).await;
    let [_, bens, cems] = offers(&mut counselors).await;
    counselors[1].decline(&bens).await.unwrap();
    counselors[2].accept(&cems).await.unwrap();
    let pb::ExplainTicketResponse { ticket, considerations, races } = explained(&given, contact).await;
    let ticket = ticket.unwrap();
    let own = [Kind::Queued, Kind::Offered, Kind::OfferWithdrawn, Kind::Offered, Kind::Accepted];
    assert_eq!((steps(&ticket), ticket.counselor_id.as_str()), (own.to_vec(), "cem"));
    assert_eq!(considerations.len(), 1);
    let asked = |race: &pb::ExplainedRace| {
        let ticket = race.ticket.clone().unwrap();
        assert_eq!((ticket.kind(), ticket.state(), race.considerations.len()), (TicketKind::Race, State::Withdrawn, 1));
        (ticket.events[1].counselor_id.clone(), steps(&ticket))
    };
    let declined = vec![Kind::Queued, Kind::Offered, Kind::Declined, Kind::Withdrawn];
    let passed_on = vec![Kind::Queued, Kind::Offered, Kind::OfferPassedOn];
    let asked: Vec<_> = races.iter().map(asked).collect();
    assert_eq!(asked, [("ben".to_owned(), declined), ("cem".to_owned(), passed_on)]);
    assert_eq!(races.iter().map(|race| race.considerations[0].eligible).collect::<Vec<_>>(), [2, 1]);
}

#[tokio::test]
async fn a_new_matcher_finds_a_race_where_the_old_one_left_it() {
    let (given, mut counselors) = three().await;
    let contact = given.enqueue(Acuity::Emergency).await;
    let [anas, bens, cems] = offers(&mut counselors).await;
    counselors[1].decline(&bens).await.unwrap();
    forget(&given).await;
    // Ben has declined the contact by his parallel offer. Cem's parallel offer becomes that of the contact's own
    // ticket.
    counselors[0].decline(&anas).await.unwrap();
    let shown = counselors[2].until(|state| state.offers.iter().any(|offer| offer.kind() == TicketKind::Answer)).await;
    assert_eq!(shown.offers[0].offer_id, cems.offer_id);
    forget(&given).await;
    counselors[2].decline(&cems).await.unwrap();
    assert_eq!(given.ticket(contact).await.state(), State::Queued);
    forget(&given).await;
    let mut dua = given.on_duty("dua").await;
    dua.take_next().await;
    let ticket = given.ticket(contact).await;
    assert_eq!((ticket.state(), ticket.counselor_id.as_str()), (State::Assigned, "dua"));
    given.release(contact).await;
    dua.finish(contact).await;
    wait_until("every slot back", || async { (slots_held(&given).await == 0).then_some(()) }).await;
}

#[tokio::test]
async fn a_race_that_a_new_matcher_finds_is_won_and_ends_all_other_offers() {
    let (given, mut counselors) = three().await;
    let contact = given.enqueue(Acuity::Emergency).await;
    let [anas, bens, _] = offers(&mut counselors).await;
    forget(&given).await;
    counselors[1].accept(&bens).await.unwrap();
    assert_refused(counselors[0].accept(&anas).await, Reason::OfferClosed);
    forget(&given).await;
    assert_refused(counselors[0].accept(&anas).await, Reason::OfferClosed);
    given.intake.until_told(&format!("assigned {contact} 1 ben")).await;
    assert_eq!(slots_held(&given).await, 2);
}

#[tokio::test]
async fn a_caller_who_waits_is_offered_to_whom_a_race_asks_and_the_emergency_loses_nothing() {
    let (given, mut counselors) = three().await;
    let emergency = given.enqueue(Acuity::Emergency).await;
    let [anas, bens, _] = offers(&mut counselors).await;
    let routine = given.enqueue(Acuity::Routine).await;
    let ticket = given.until_ticket_is(routine, State::Offered).await;
    assert!(["ben", "cem"].contains(&ticket.counselor_id.as_str()), "ana is asked by the emergency itself");
    assert_eq!(given.ticket(emergency).await.state(), State::Offered);
    if ticket.counselor_id == "ben" {
        assert_refused(counselors[1].accept(&bens).await, Reason::OfferClosed);
    }
    counselors[0].accept(&anas).await.unwrap();
    assert_eq!(given.ticket(emergency).await.counselor_id, "ana");
}

#[tokio::test]
async fn a_parallel_offer_is_no_contact_on_the_wallboard_and_none_in_the_measures() {
    let (given, mut counselors) = three().await;
    given.enqueue(Acuity::Emergency).await;
    let [_, bens, _] = offers(&mut counselors).await;
    let mut board = watch(&given, &given.administrator(), "").await;
    let shown = until(&mut board, |board| waiting(board).iter().any(|waiting| *waiting > 0)).await;
    assert_eq!(waiting(&shown), [1, 0, 0, 0, 0]);
    counselors[1].accept(&bens).await.unwrap();
    let all = measured(&given, |_| ()).await.all_contacts.unwrap();
    assert_eq!((all.offered, all.answered, all.abandoned, all.short_abandoned), (1, 1, 0, 0));
    until(&mut board, |board| waiting(board) == [0; 5]).await;
}

#[tokio::test]
async fn a_program_says_how_many_are_asked_and_one_turns_it_off() {
    let (given, _desks) = three().await;
    let put = |emergency_offers| {
        let response_times = Some(pb::ResponseTimes { emergency_offers, ..pb::ResponseTimes::default() });
        let message = pb::PutPoolRequest { request_id: id(), response_times, fatigue_rules: None, etag: String::new() };
        given.services.put_pool(request(&given.administrator(), message))
    };
    assert_refused(put(9).await.map(|_| ()), Reason::RequestInvalid);
    let answer = put(0).await.unwrap().into_inner();
    assert_eq!(answer.response_times.unwrap().emergency_offers, 3, "as configured");
    put(1).await.unwrap();
    // The matcher hears of the change a moment later.
    wait_until("an emergency is offered to one", || async {
        let contact = given.enqueue(Acuity::Emergency).await;
        let ticket = given.until_ticket_is(contact, State::Offered).await;
        let response = explained(&given, contact).await;
        assert_eq!(response.ticket.map(|ticket| ticket.ticket_id), Some(ticket.ticket_id));
        given.withdraw(contact).await;
        response.races.is_empty().then_some(())
    })
    .await;
}
