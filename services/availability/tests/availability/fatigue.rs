//! The fatigue guard: a counselor who needs rest is asked after all others, also by a matcher that has just begun.

use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::attend_service_server::AttendService;
use harborline_proto::availability::v1::roster_service_server::RosterService;
use harborline_proto::availability::v1::ticket_service_server::TicketService;
use harborline_proto::common::v1::Acuity;
use harborline_testkit::{counselor, owner, request};
use harborline_types::ContactId;

use crate::fixture::{Given, OnDuty, id, unhurried};

/// Ends the lease, so that a new matcher reads the pool from the database.
async fn forget(given: &Given) {
    let ended = "update matcher_lease set fence = fence + 1, until = '-infinity'";
    sqlx::query(ended).execute(&owner(&given.store)).await.unwrap();
}

/// Asserts that the next contact is offered to this counselor, who takes it to the end of its wrap-up.
async fn assert_is_offered_the_next(given: &Given, counselor: &mut OnDuty, acuity: Acuity) {
    let contact = given.enqueue(acuity).await;
    let own = contact.to_string();
    let offer =
        counselor.until(|state| state.offers.iter().any(|offer| offer.contact_id == own)).await.offers.remove(0);
    counselor.accept(&offer).await.unwrap();
    given.release(contact).await;
    counselor.finish(contact).await;
}

async fn set_break(given: &Given, name: &str, on_break: bool) {
    let call = counselor(given.program, name);
    given.services.set_break(request(&call, pb::SetBreakRequest { request_id: id(), on_break })).await.unwrap();
}

async fn last_considered(given: &Given, contact: ContactId) -> pb::Consideration {
    let message = pb::ExplainTicketRequest { contact_id: contact.to_string() };
    let answer = given.services.explain_ticket(request(&given.administrator(), message)).await.unwrap();
    answer.into_inner().considerations.pop().unwrap()
}

/// Puts rules without a recovery, so that only a row of urgent contacts and a long stretch count.
async fn put_rules(given: &Given, urgent_in_a_row: i32) {
    let recovery = Some(prost_types::Duration::default());
    let fatigue_rules = Some(pb::FatigueRules { urgent_in_a_row, recovery, longest_stretch: None });
    let message = pb::PutPoolRequest { request_id: id(), response_times: None, fatigue_rules, etag: String::new() };
    let put = given.services.put_pool(request(&given.administrator(), message)).await.unwrap().into_inner();
    let rules = put.fatigue_rules.unwrap();
    assert_eq!((rules.urgent_in_a_row, rules.longest_stretch.unwrap().seconds), (urgent_in_a_row, 7_200));
}

#[tokio::test]
async fn a_new_matcher_knows_from_the_ledger_who_has_had_an_urgent_contact_just_now() {
    let given = Given::new(unhurried()).await;
    let mut ana = given.on_duty("ana").await;
    assert_is_offered_the_next(&given, &mut ana, Acuity::Emergency).await;
    // Without the guard Ana would be asked first, since she is idle for longer.
    let mut ben = given.on_duty("ben").await;
    forget(&given).await;
    let first = given.enqueue(Acuity::High).await;
    assert_eq!(ben.offer().await.contact_id, first.to_string());
    assert_eq!(given.ticket(first).await.counselor_id, "ben");
    let told = last_considered(&given, first).await;
    assert_eq!((told.eligible, told.fatigue), (2, 1), "the guard is a preference, and rules no counselor out");

    let second = given.enqueue(Acuity::High).await;
    let nobody_else = ana.until(|state| !state.offers.is_empty()).await;
    assert_eq!(nobody_else.offers[0].contact_id, second.to_string(), "a contact does not wait for a counselor's rest");
}

#[tokio::test]
async fn a_break_ends_a_row_of_urgent_contacts_also_for_a_new_matcher() {
    let given = Given::new(unhurried()).await;
    put_rules(&given, 2).await;
    let mut ana = given.on_duty("ana").await;
    for _ in 0..2 {
        assert_is_offered_the_next(&given, &mut ana, Acuity::VeryHigh).await;
    }
    let mut ben = given.on_duty("ben").await;
    forget(&given).await;
    assert_is_offered_the_next(&given, &mut ben, Acuity::VeryHigh).await;

    set_break(&given, "ana", true).await;
    set_break(&given, "ana", false).await;
    forget(&given).await;
    assert_is_offered_the_next(&given, &mut ana, Acuity::VeryHigh).await;
}
