//! The offer of the backup line and the hand-off to it, outbound calls, and earlier waits.

use harborline_availability::DispatchSettings;
use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::ticket_service_server::TicketService;
use harborline_proto::common::v1::{Acuity, Reason};
use harborline_status::violations_of;
use harborline_testkit::{assert_refused, owner, request, wait_until};
use harborline_types::ContactId;
use pb::TicketEventKind as Kind;
use pb::TicketState as State;

use crate::fixture::{Given, steps, unhurried, wanted};

fn soon_backup() -> DispatchSettings {
    DispatchSettings { page_after_ms: 50, backup_after_ms: 100, ..unhurried() }
}

/// Puts a contact into the queue by a changed request.
async fn enqueue_as(given: &Given, change: impl FnOnce(&mut pb::RequestCounselorRequest)) -> ContactId {
    let contact = ContactId::new();
    let mut message = wanted(contact);
    change(&mut message);
    given.services.request_counselor(request(&given.intake_call(), message)).await.unwrap();
    contact
}

#[tokio::test]
async fn a_caller_who_was_offered_the_backup_line_keeps_the_place_and_may_still_be_taken() {
    let given = Given::new(soon_backup()).await;
    let contact = given.enqueue(Acuity::High).await;
    given.intake.until_told(&format!("backup offered {contact}")).await;
    assert_eq!(given.ticket(contact).await.state(), State::Queued);
    let mut ana = given.on_duty("ana").await;
    assert_eq!(ana.offer().await.contact_id, contact.to_string());
    assert!(given.hand_off(contact).await, "from an open offer too");
    ana.until(|state| state.offers.is_empty()).await;
    let ticket = given.ticket(contact).await;
    assert_eq!(ticket.state(), State::HandedOff);
    let own: Vec<_> = ticket.events.iter().filter(|event| event.page == 0).map(pb::TicketEvent::kind).collect();
    assert_eq!(own[2..], [Kind::BackupOffered, Kind::Offered, Kind::OfferWithdrawn, Kind::HandedOff]);
    assert!(!given.hand_off(contact).await, "it has left the queue already");
}

#[tokio::test]
async fn intake_is_told_how_long_the_present_wait_was_and_of_each_wait_once() {
    let settings = DispatchSettings { presence_grace_ms: 100, ..soon_backup() };
    let given = Given::new(settings).await;
    let contact = given.enqueue(Acuity::High).await;
    given.until_ticket_has(contact, Kind::BackupOffered).await;
    let mut ana = given.on_duty("ana").await;
    ana.take_next().await;
    drop(ana);
    let twice = || async {
        let offered =
            steps(&given.ticket(contact).await).into_iter().filter(|kind| *kind == Kind::BackupOffered).count();
        (offered == 2).then_some(())
    };
    wait_until("the backup line is offered in the next wait", twice).await;
    let told = || async {
        let told = given.intake.told.lock().unwrap().clone();
        (told.iter().filter(|told| **told == format!("backup offered {contact}")).count() == 2).then_some(())
    };
    wait_until("intake is told of both", told).await;
}

#[tokio::test]
async fn a_call_that_we_make_is_never_offered_the_backup_line() {
    let given = Given::new(soon_backup()).await;
    let outbound = enqueue_as(&given, |message| message.outbound = true).await;
    let inbound = given.enqueue(Acuity::High).await;
    given.until_ticket_has(inbound, Kind::BackupOffered).await;
    let own = steps(&given.ticket(outbound).await);
    assert!(own.contains(&Kind::SupervisorPaged) && !own.contains(&Kind::BackupOffered), "{own:?}");
}

#[tokio::test]
async fn an_outbound_call_stands_behind_every_inbound_one_of_its_acuity() {
    let mut given = Given::new(unhurried()).await;
    let outbound = enqueue_as(&given, |message| message.outbound = true).await;
    let inbound = given.enqueue(Acuity::High).await;
    let less_urgent = given.enqueue(Acuity::Moderate).await;
    // The next matcher reads from the database that the call is outbound.
    given.kill();
    let other = given.another_replica().await;
    given.services = other.services.clone();
    let mut ana = given.on_duty("ana").await;
    ana.assert_serves_in_turn(&given, &[inbound, outbound, less_urgent]).await;
}

#[tokio::test]
async fn an_earlier_wait_of_the_caller_counts_for_the_place_and_for_nothing_else() {
    let given = Given::new(unhurried()).await;
    let first = given.enqueue(Acuity::High).await;
    let hour = prost_types::Duration { seconds: 3600, nanos: 0 };
    let before = enqueue_as(&given, |message| message.waited_before = Some(hour)).await;
    let days = prost_types::Duration { seconds: 90 * 3600, nanos: 0 };
    let long = enqueue_as(&given, |message| message.waited_before = Some(days)).await;
    let bounded =
        "select count(*) from ticket where contact_id = $1 and waiting_since - queued_at = interval '24 hours'
                   and waiting_since > now() - interval '1 minute'";
    let bounded: i64 = sqlx::query_scalar(bounded).bind(long).fetch_one(&owner(&given.store)).await.unwrap();
    assert_eq!(bounded, 1);
    let mut ana = given.on_duty("ana").await;
    ana.assert_serves_in_turn(&given, &[long, before, first]).await;
}

#[tokio::test]
async fn a_wait_before_that_is_negative_is_refused() {
    let given = Given::new(unhurried()).await;
    let negative = prost_types::Duration { seconds: -1, nanos: 0 };
    let message = pb::RequestCounselorRequest { waited_before: Some(negative), ..wanted(ContactId::new()) };
    let refused = given.services.request_counselor(request(&given.intake_call(), message)).await;
    assert_eq!(violations_of(&assert_refused(refused, Reason::RequestInvalid)), ["waited_before"]);
}

#[tokio::test]
async fn no_counselor_is_asked_for_a_caller_who_left_before_the_loss_until_the_caller_is_back() {
    let given = Given::new(DispatchSettings { presence_grace_ms: 100, ..unhurried() }).await;
    let mut ana = given.on_duty("ana").await;
    let contact = given.enqueue(Acuity::High).await;
    ana.take_next().await;
    assert!(!given.withdraw(contact).await, "a human has it");
    assert!(!given.withdraw(contact).await);
    assert_eq!(given.ticket(contact).await.state(), State::Assigned, "the counselor keeps it");
    let mut ben = given.on_duty("ben").await;
    drop(ana);
    given.until_ticket_is(contact, State::Queued).await;
    given.intake.until_told(&format!("lost {contact} 1")).await;
    let next = given.enqueue(Acuity::Routine).await;
    assert_eq!(ben.offer().await.contact_id, next.to_string(), "no counselor was asked for a contact without a caller");
    let held = "select (select count(*) from slot_hold) - (select count(*) from slot_release)";
    let held: i64 = sqlx::query_scalar(held).fetch_one(&owner(&given.store)).await.unwrap();
    assert_eq!(held, 2, "both slots of ben, and none of ana");
    for _ in 0..2 {
        given.caller_is_back(contact).await;
    }
    let mut cora = given.on_duty("cora").await;
    assert_eq!(cora.offer().await.contact_id, contact.to_string());
    use Kind::{Accepted, CallerBack, CallerLeft, CounselorLost, Offered, Queued};
    let ticket = given.ticket(contact).await;
    assert_eq!(steps(&ticket), [Queued, Offered, Accepted, CallerLeft, CounselorLost, CallerBack, Offered]);
}

#[tokio::test]
async fn a_caller_who_is_back_before_the_counselor_is_lost_waits_again_like_any_other() {
    let given = Given::new(DispatchSettings { presence_grace_ms: 100, ..unhurried() }).await;
    let mut ana = given.on_duty("ana").await;
    let contact = given.enqueue(Acuity::High).await;
    ana.take_next().await;
    given.withdraw(contact).await;
    given.caller_is_back(contact).await;
    assert_eq!(given.ticket(contact).await.state(), State::Assigned);
    let mut ben = given.on_duty("ben").await;
    drop(ana);
    assert_eq!(ben.offer().await.contact_id, contact.to_string());
}
