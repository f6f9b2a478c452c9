//! `ExplainTicket`: why counselors were asked or ruled out, from records and not from the matcher's memory.

use harborline_availability::DispatchSettings;
use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::ticket_service_server::TicketService;
use harborline_proto::common::v1::{Acuity, Channel, Need};
use harborline_testkit::{owner, request};
use harborline_types::ContactId;
use pb::TicketEventKind as Kind;

use crate::fixture::{Given, a_counselor, need, unhurried};

async fn explained(given: &Given, contact: ContactId) -> pb::ExplainTicketResponse {
    let message = pb::ExplainTicketRequest { contact_id: contact.to_string() };
    given.services.explain_ticket(request(&given.administrator(), message)).await.unwrap().into_inner()
}

#[tokio::test]
async fn a_wait_is_explained_by_who_was_ruled_out_by_what_and_an_offer_by_who_else_could_be_asked() {
    let given = Given::new(unhurried()).await;
    given.hire(pb::Counselor { channels: vec![Channel::Message.into()], ..a_counselor("cem") }).await;
    given.hire(pb::Counselor { languages: vec!["fr".to_owned()], ..a_counselor("dua") }).await;
    let _cem = given.attend("cem").await;
    let _dua = given.attend("dua").await;
    let mut ana = given.on_duty("ana").await;
    let busy_with = given.enqueue(Acuity::High).await;
    ana.take_next().await;
    let contact = given.enqueue_needing(Acuity::Routine, Need { skills: vec!["veterans".to_owned()], ..need() }).await;
    let waits = given.enqueue(Acuity::Moderate).await;

    let offered = explained(&given, busy_with).await.considerations.pop().unwrap();
    assert_eq!((offered.on_duty, offered.channel, offered.language, offered.eligible), (3, 1, 1, 1));
    assert_eq!((offered.sequence, offered.counselor_ids.as_slice()), (2, ["ana".to_owned()].as_slice()));
    let unskilled = explained(&given, contact).await.considerations.remove(0);
    assert_eq!((unskilled.on_duty, unskilled.channel, unskilled.language, unskilled.skill), (3, 1, 1, 1));
    assert_eq!((unskilled.sequence, unskilled.eligible, unskilled.counselor_ids.len()), (1, 0, 0));
    let busy = explained(&given, waits).await.considerations.remove(0);
    assert_eq!((busy.busy, busy.eligible, busy.counselor_ids.as_slice()), (1, 0, ["ana".to_owned()].as_slice()));
}

#[tokio::test]
async fn an_explanation_is_what_was_recorded_with_the_counselor_who_declined_and_the_widening() {
    let given = Given::new(DispatchSettings { widen_after_ms: vec![150, 60_000, 60_000], ..unhurried() }).await;
    let mut ana = given.on_duty("ana").await;
    let contact = given.enqueue_needing(Acuity::High, Need { skills: vec!["veterans".to_owned()], ..need() }).await;
    let offer = ana.offer().await;
    ana.decline(&offer).await.unwrap();
    // The memory of the matcher that decided is gone; the records are not.
    let ended = "update matcher_lease set fence = fence + 1, until = '-infinity'";
    sqlx::query(ended).execute(&owner(&given.store)).await.unwrap();
    let pb::ExplainTicketResponse { ticket, considerations, races } = explained(&given, contact).await;
    let ticket = ticket.unwrap();
    let reasons: Vec<_> = ticket.events.iter().map(pb::TicketEvent::declined_because).collect();
    let kinds: Vec<_> = ticket.events.iter().map(pb::TicketEvent::kind).collect();
    assert_eq!(kinds, [Kind::Queued, Kind::Widened, Kind::Offered, Kind::Declined]);
    use pb::DeclinedBecause::{Conflict, Unspecified};
    assert_eq!(reasons, [Unspecified, Unspecified, Unspecified, Conflict]);
    let told: Vec<_> = considerations.iter().map(|one| (one.sequence, one.skill, one.declined, one.eligible)).collect();
    assert_eq!(told, [(1, 1, 0, 0), (3, 0, 0, 1), (4, 0, 1, 0)]);
    assert!(races.is_empty(), "it is no emergency");
}
