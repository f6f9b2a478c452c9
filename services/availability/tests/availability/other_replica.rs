//! Calls that reach another replica than the matcher's, and changes of the matcher.

use std::time::Duration;

use harborline_availability::DispatchSettings;
use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::attend_service_server::AttendService;
use harborline_proto::availability::v1::ticket_service_server::TicketService;
use harborline_proto::common::v1::{Acuity, Reason};
use harborline_testkit::{assert_refused, counselor, owner, request, wait_until};
use harborline_types::ContactId;
use pb::TicketEventKind as Kind;
use pb::TicketState as State;

use crate::fixture::{Given, OnDuty, a_counselor, id, steps, unhurried, wanted, work};

async fn count(given: &Given, what: &'static str) -> i64 {
    sqlx::query_scalar(what).fetch_one(&owner(&given.store)).await.unwrap()
}

#[tokio::test]
async fn a_call_to_any_replica_is_done_by_the_matcher() {
    let given = Given::new(unhurried()).await;
    let mut ana = given.on_duty("ana").await;
    let (elsewhere, intake, contact) = (given.silent_replica(), given.intake_call(), ContactId::new());
    let message = wanted(contact);
    let first = elsewhere.request_counselor(request(&intake, message.clone())).await.unwrap().into_inner();
    let again = elsewhere.request_counselor(request(&intake, message.clone())).await.unwrap().into_inner();
    assert!(first == again);
    let other = pb::RequestCounselorRequest { acuity: Acuity::Routine.into(), ..message };
    assert_refused(elsewhere.request_counselor(request(&intake, other)).await, Reason::RequestIdReused);

    let offer_id = ana.offer().await.offer_id;
    let accept = || pb::AcceptOfferRequest { request_id: id(), offer_id: offer_id.clone() };
    let taken = elsewhere.accept_offer(request(&ana.call, accept())).await.unwrap().into_inner();
    assert_eq!(taken.contact_id, contact.to_string());
    assert_refused(elsewhere.accept_offer(request(&ana.call, accept())).await, Reason::OfferClosed);
    let contact_id = contact.to_string();
    let release = pb::ReleaseCounselorRequest { request_id: id(), contact_id: contact_id.clone() };
    elsewhere.release_counselor(request(&intake, release)).await.unwrap();
    let finish = pb::FinishWrapUpRequest { request_id: id(), contact_id };
    elsewhere.finish_wrap_up(request(&ana.call, finish)).await.unwrap();
    let expected = [Kind::Queued, Kind::Offered, Kind::Accepted, Kind::Released, Kind::WrappedUp];
    assert_eq!(steps(&given.ticket(contact).await), expected);

    let contact_id = ContactId::new().to_string();
    let unknown = pb::WithdrawTicketRequest { request_id: id(), contact_id, handed_off: false };
    assert_refused(elsewhere.withdraw_ticket(request(&intake, unknown)).await, Reason::TicketNotFound);
    assert_eq!(count(&given, "select count(*) from matcher_post").await, 0, "what is done is not posted any more");
}

#[tokio::test]
async fn a_known_matcher_is_asked_without_a_row_and_a_call_that_is_lost_on_the_way_becomes_one() {
    let mut given = Given::new(unhurried()).await;
    let (mut ana, elsewhere) = (given.on_duty("ana").await, given.another_replica().await);
    let (services, intake) = (&elsewhere.services, given.intake_call());
    let refuse = "create function refuse() returns trigger language plpgsql as
                      $$ begin raise exception 'a row was posted'; end $$;
                  create trigger refuse before insert on matcher_post execute function refuse()";
    sqlx::raw_sql(refuse).execute(&owner(&given.store)).await.unwrap();
    let contact = ContactId::new();
    let message = wanted(contact);
    let ask = || services.request_counselor(request(&intake, message.clone()));
    let first = wait_until("the replica knows the leader", || async { ask().await.ok() }).await.into_inner();
    assert!(first == ask().await.unwrap().into_inner());
    let offer_id = ana.offer().await.offer_id;
    let accept = || pb::AcceptOfferRequest { request_id: id(), offer_id: offer_id.clone() };
    let taken = services.accept_offer(request(&ana.call, accept())).await.unwrap().into_inner();
    assert_eq!(taken.contact_id, contact.to_string());
    assert_refused(services.accept_offer(request(&ana.call, accept())).await, Reason::OfferClosed);
    let other = pb::RequestCounselorRequest { acuity: Acuity::Routine.into(), ..message.clone() };
    assert_refused(services.request_counselor(request(&intake, other)).await, Reason::RequestIdReused);

    // The matcher is gone, and has told no replica so.
    sqlx::raw_sql("drop trigger refuse on matcher_post").execute(&owner(&given.store)).await.unwrap();
    given.kill();
    services.request_counselor(request(&intake, wanted(ContactId::new()))).await.unwrap();
}

#[tokio::test]
async fn a_call_made_while_there_was_no_matcher_is_done_although_its_caller_has_gone() {
    let given = Given::new(unhurried()).await;
    let mut ana = given.on_duty("ana").await;
    let taken_away = "update matcher_lease set holder = gen_random_uuid(), fence = fence + 1,
                             until = clock_timestamp() + interval '700 milliseconds' returning 1::int8";
    wait_until("there is a lease", || async {
        sqlx::query_scalar::<_, i64>(taken_away).fetch_optional(&owner(&given.store)).await.unwrap()
    })
    .await;
    let (elsewhere, intake, contact) = (given.silent_replica(), given.intake_call(), ContactId::new());
    let asked = elsewhere.request_counselor(request(&intake, wanted(contact)));
    let posted = async {
        wait_until("it is posted", || async {
            (count(&given, "select count(*) from matcher_post").await == 1).then_some(())
        })
        .await;
    };
    tokio::select! {
        _ = asked => panic!("no matcher can have done it yet"),
        () = posted => {}
    }
    assert_eq!(ana.offer().await.contact_id, contact.to_string());
}

#[tokio::test]
async fn a_call_repeated_to_the_next_matcher_gets_the_first_answer() {
    let given = Given::new(unhurried()).await;
    let mut ana = given.on_duty("ana").await;
    let (intake, contact) = (given.intake_call(), ContactId::new());
    let message = wanted(contact);
    let first = given.services.request_counselor(request(&intake, message.clone())).await.unwrap().into_inner();
    let offer_id = ana.offer().await.offer_id;
    let accept = pb::AcceptOfferRequest { request_id: id(), offer_id };
    let taken = given.services.accept_offer(request(&ana.call, accept.clone())).await.unwrap().into_inner();
    let ended = "update matcher_lease set holder = gen_random_uuid(), fence = fence + 1, until = '-infinity'
                 returning 1::int8";
    count(&given, ended).await;

    let again = given.services.request_counselor(request(&intake, message)).await.unwrap().into_inner();
    assert!(first == again);
    let again = given.services.accept_offer(request(&ana.call, accept)).await.unwrap().into_inner();
    assert!(taken == again);
    let asked_anew = given.services.request_counselor(request(&intake, wanted(contact))).await.unwrap().into_inner();
    assert!(first == asked_anew, "a contact has one ticket for ever");
    assert_eq!(steps(&given.ticket(contact).await), [Kind::Queued, Kind::Offered, Kind::Accepted]);
}

#[tokio::test]
async fn a_call_that_cannot_be_done_twice_gets_the_first_answer_from_the_next_matcher_too() {
    let given = Given::new(unhurried()).await;
    let mut ana = given.on_duty("ana").await;
    given.enqueue(Acuity::High).await;
    let offer_id = ana.offer().await.offer_id;
    let accept = pb::AcceptOfferRequest { request_id: id(), offer_id: offer_id.clone() };
    let taken = given.services.accept_offer(request(&ana.call, accept.clone())).await.unwrap().into_inner();
    let ended = "update matcher_lease set holder = gen_random_uuid(), fence = fence + 1, until = '-infinity'
                 returning 1::int8";
    count(&given, ended).await;
    // A new matcher leads, which has not answered those calls.
    given.enqueue(Acuity::High).await;
    let again = given.services.accept_offer(request(&ana.call, accept)).await.unwrap().into_inner();
    assert!(taken == again);
    let another = pb::AcceptOfferRequest { request_id: id(), offer_id };
    assert_refused(given.services.accept_offer(request(&ana.call, another)).await, Reason::OfferClosed);
}

#[tokio::test]
async fn the_next_matcher_does_not_ask_again_who_gave_an_offer_back_or_let_it_run_out() {
    let given = Given::new(unhurried()).await;
    let mut ana = given.on_duty("ana").await;
    let forget = "update matcher_lease set holder = gen_random_uuid(), fence = fence + 1, until = now()";
    let given_back = given.enqueue(Acuity::High).await;
    let offer = ana.offer().await;
    ana.decline(&offer).await.unwrap();
    let silent = given.enqueue(Acuity::High).await;
    let offer = ana.offer().await;
    assert_eq!(offer.contact_id, silent.to_string());
    // Written while there is no matcher: the next one finds that the offer has run out.
    let over = "update offer set expires_at = now() where state = 'offered'";
    sqlx::query(over).execute(&owner(&given.store)).await.unwrap();
    sqlx::query(forget).execute(&owner(&given.store)).await.unwrap();
    given.until_ticket_is(silent, State::Queued).await;
    sqlx::query(forget).execute(&owner(&given.store)).await.unwrap();

    let last = given.enqueue(Acuity::Routine).await;
    let is_another = |state: &pb::AttendResponse| state.offers.iter().any(|other| other.offer_id != offer.offer_id);
    let shown = ana.until(is_another).await;
    assert_eq!(shown.offers[0].contact_id, last.to_string(), "the offer went to a counselor again");
    assert_eq!(steps(&given.ticket(given_back).await), [Kind::Queued, Kind::Offered, Kind::Declined]);
    assert_eq!(steps(&given.ticket(silent).await), [Kind::Queued, Kind::Offered, Kind::Expired]);
}

#[tokio::test]
async fn matchers_that_die_in_the_middle_of_their_rounds_lose_and_double_nothing() {
    let given =
        Given::new(DispatchSettings { matcher_lease_ms: 1_000, replica_silence_ms: 10_000, ..unhurried() }).await;
    let names = ["ana", "ben", "cem", "dua"];
    for name in names {
        given.hire(a_counselor(name)).await;
    }
    let at_work = async {
        let mut at_work = Vec::new();
        for name in names {
            at_work.push(work(&given, OnDuty::attend(&given.services, counselor(given.program, name)).await));
        }
        futures::future::join_all(at_work).await;
    };
    let dying = async {
        let mut contacts = Vec::new();
        for life in 0..12 {
            let short_lived = given.another_replica().await;
            // The leading replica loses its lease, and the new one may take it.
            count(
                &given,
                "with gone as (update matcher_lease set fence = fence + 1, until = '-infinity' returning 1)
                          select count(*) from gone",
            )
            .await;
            for number in 0..8 {
                let services = if number % 2 == 0 { &short_lived.services } else { &given.services };
                let contact = ContactId::new();
                let message = wanted(contact);
                let mut answered = false;
                while !answered {
                    // A call without an answer is repeated, as intake's duty does it.
                    let asked = services.request_counselor(request(&given.intake_call(), message.clone()));
                    answered = matches!(tokio::time::timeout(Duration::from_secs(5), asked).await, Ok(Ok(_)));
                }
                contacts.push(contact);
            }
            tokio::time::sleep(Duration::from_millis(life * 7)).await;
            drop(short_lived);
        }
        for contact in &contacts {
            given.until_ticket_is(*contact, State::Released).await;
        }
        contacts
    };
    let contacts = tokio::select! {
        () = at_work => unreachable!("counselors work until the end"),
        contacts = dying => contacts,
    };
    for contact in contacts {
        let ticket = given.ticket(contact).await;
        let accepted = ticket.events.iter().filter(|event| event.kind() == Kind::Accepted);
        assert_eq!(accepted.count(), 1, "a contact was given to two counselors, or to none");
    }
    wait_until("every slot is back", || async {
        let held = count(&given, "select (select count(*) from slot_hold) - (select count(*) from slot_release)").await;
        (held == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn cut_connections_cost_the_matcher_its_memory_and_the_caller_nothing() {
    let given = Given::new(unhurried()).await;
    let mut ana = given.on_duty("ana").await;
    let first = given.enqueue(Acuity::High).await;
    ana.take_next().await;
    let cut = "select count(pg_terminate_backend(pid)) from pg_stat_activity
               where datname = current_database() and pid <> pg_backend_pid()";
    assert!(count(&given, cut).await > 0);
    let second = given.enqueue(Acuity::High).await;
    given.release(first).await;
    ana.finish(first).await;
    assert_eq!(ana.offer().await.contact_id, second.to_string());
}
