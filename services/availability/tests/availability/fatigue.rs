//! Who has had enough for now is asked after who has not, also by a matcher that has only just begun.

use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::attend_service_server::AttendService;
use harborline_proto::availability::v1::roster_service_server::RosterService;
use harborline_proto::availability::v1::ticket_service_server::TicketService;
use harborline_proto::common::v1::Acuity;
use harborline_testkit::{counselor, owner, request};
use harborline_types::ContactId;

use crate::fixture::{Desk, Line, id, patient};

/// A new matcher reads the pool: whoever leads has lost it.
async fn forget(line: &Line) {
    let ended = "update matcher_lease set fence = fence + 1, until = '-infinity'";
    sqlx::query(ended).execute(&owner(&line.store)).await.unwrap();
}

/// A contact from its offer to the end of its wrap-up.
async fn have(line: &Line, desk: &mut Desk, acuity: Acuity) {
    let contact = line.enqueue(acuity).await;
    let own = contact.to_string();
    let offer = desk.until(|state| state.offers.iter().any(|offer| offer.contact_id == own)).await.offers.remove(0);
    desk.accept(&offer).await.unwrap();
    line.release(contact).await;
    desk.finish(contact).await;
}

async fn set_break(line: &Line, name: &str, on_break: bool) {
    let call = counselor(line.program, name);
    line.services.set_break(request(&call, pb::SetBreakRequest { request_id: id(), on_break })).await.unwrap();
}

async fn last_considered(line: &Line, contact: ContactId) -> pb::Consideration {
    let message = pb::ExplainTicketRequest { contact_id: contact.to_string() };
    let answer = line.services.explain_ticket(request(&line.administrator(), message)).await.unwrap();
    answer.into_inner().considerations.pop().unwrap()
}

/// The rules of the program: no recovery, so that only a row of urgent contacts and a long stretch count.
async fn put_rules(line: &Line, urgent_in_a_row: i32) {
    let recovery = Some(prost_types::Duration::default());
    let fatigue_rules = Some(pb::FatigueRules { urgent_in_a_row, recovery, longest_stretch: None });
    let message = pb::PutPoolRequest { request_id: id(), response_times: None, fatigue_rules, etag: String::new() };
    let put = line.services.put_pool(request(&line.administrator(), message)).await.unwrap().into_inner();
    let rules = put.fatigue_rules.unwrap();
    assert_eq!((rules.urgent_in_a_row, rules.longest_stretch.unwrap().seconds), (urgent_in_a_row, 7_200));
}

#[tokio::test]
async fn a_new_matcher_knows_from_the_ledger_who_has_had_an_urgent_contact_just_now() {
    let line = Line::open(patient()).await;
    let mut ana = line.desk("ana").await;
    have(&line, &mut ana, Acuity::Emergency).await;
    // Ana would be asked first: she is idle for longer.
    let mut ben = line.desk("ben").await;
    forget(&line).await;
    let first = line.enqueue(Acuity::High).await;
    assert_eq!(ben.offer().await.contact_id, first.to_string());
    assert_eq!(line.ticket(first).await.counselor_id, "ben");
    let told = last_considered(&line, first).await;
    assert_eq!((told.eligible, told.fatigue), (2, 1), "a preference, and no rule that rules anybody out");

    let second = line.enqueue(Acuity::High).await;
    let nobody_else = ana.until(|state| !state.offers.is_empty()).await;
    assert_eq!(nobody_else.offers[0].contact_id, second.to_string(), "nobody waits for somebody's rest");
}

#[tokio::test]
async fn a_row_of_urgent_contacts_is_ended_by_a_break_that_a_new_matcher_knows_of_too() {
    let line = Line::open(patient()).await;
    put_rules(&line, 2).await;
    let mut ana = line.desk("ana").await;
    for _ in 0..2 {
        have(&line, &mut ana, Acuity::VeryHigh).await;
    }
    let mut ben = line.desk("ben").await;
    forget(&line).await;
    have(&line, &mut ben, Acuity::VeryHigh).await;

    set_break(&line, "ana", true).await;
    set_break(&line, "ana", false).await;
    forget(&line).await;
    have(&line, &mut ana, Acuity::VeryHigh).await;
}
