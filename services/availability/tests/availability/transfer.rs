//! Transfers and conferences: another counselor for a contact, or one more.

use harborline_identity::Call;
use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::TicketEventKind as Kind;
use harborline_proto::availability::v1::target::Who;
use harborline_proto::availability::v1::ticket_service_server::TicketService;
use harborline_proto::availability::v1::transfer_service_server::TransferService;
use harborline_proto::common::v1::{Acuity, Channel, Need, Reason};
use harborline_status::violations_of;
use harborline_testkit::{assert_refused, owner, request, wait_until};
use harborline_types::ContactId;
use pb::TicketState as State;
use tonic::Status;

use crate::fixture::{Given, OnDuty, a_counselor, id, steps, unhurried};

fn person(name: &str) -> Option<pb::Target> {
    Some(pb::Target { who: Some(Who::CounselorId(name.to_owned())) })
}

async fn transfer(
    given: &Given,
    by: &Call,
    contact: ContactId,
    kind: pb::TransferKind,
    target: Option<pb::Target>,
) -> Result<String, Status> {
    let message = pb::RequestTransferRequest {
        request_id: id(),
        contact_id: contact.to_string(),
        kind: kind.into(),
        target,
        asked_for: pb::AskedFor::ShiftEnd.into(),
    };
    Ok(given.services.request_transfer(request(by, message)).await?.into_inner().ticket_id)
}

async fn confer(given: &Given, by: &Call, contact: ContactId, target: Option<pb::Target>) -> Result<String, Status> {
    let message = pb::RequestConferenceRequest {
        request_id: id(),
        contact_id: contact.to_string(),
        target,
        asked_for: pb::AskedFor::Supervision.into(),
    };
    Ok(given.services.request_conference(request(by, message)).await?.into_inner().ticket_id)
}

async fn complete(given: &Given, by: &Call, contact: ContactId) -> Result<(), Status> {
    let message = pb::CompleteTransferRequest { request_id: id(), contact_id: contact.to_string() };
    given.services.complete_transfer(request(by, message)).await.map(|_| ())
}

async fn cancel(given: &Given, by: &Call, contact: ContactId) -> Result<(), Status> {
    let message = pb::CancelTransferRequest { request_id: id(), contact_id: contact.to_string() };
    given.services.cancel_transfer(request(by, message)).await.map(|_| ())
}

async fn leave(given: &Given, by: &Call, contact: ContactId) -> Result<(), Status> {
    let message = pb::LeaveConferenceRequest { request_id: id(), contact_id: contact.to_string() };
    given.services.leave_conference(request(by, message)).await.map(|_| ())
}

/// A program with a contact that Ana has, and Ben, who is free.
async fn answered() -> (Given, OnDuty, OnDuty, ContactId) {
    let given = Given::new(unhurried()).await;
    let mut ana = given.on_duty("ana").await;
    let contact = given.enqueue(Acuity::High).await;
    ana.take_next().await;
    let ben = given.on_duty("ben").await;
    given.intake.until_told(&format!("assigned {contact} 1 ana")).await;
    (given, ana, ben, contact)
}

/// How many slots are held and not released.
async fn held(given: &Given) -> i64 {
    let held = "select (select count(*) from slot_hold) - (select count(*) from slot_release)";
    sqlx::query_scalar(held).fetch_one(&owner(&given.store)).await.unwrap()
}

#[tokio::test]
async fn by_a_warm_transfer_the_contact_stays_until_the_other_has_accepted_and_the_giver_hands_over() {
    let (given, mut ana, mut ben, contact) = answered().await;
    transfer(&given, &ana.call, contact, pb::TransferKind::Warm, person("ben")).await.unwrap();
    let offer = ben.offer().await;
    assert_eq!((offer.kind(), offer.contact_id.as_str()), (pb::TicketKind::WarmTransfer, contact.to_string().as_str()));
    assert_refused(complete(&given, &ana.call, contact).await, Reason::TransferNotAccepted);
    ben.accept(&offer).await.unwrap();
    given.intake.until_told(&format!("joined {contact} ben")).await;
    let shown = ana.until(|state| state.asked_in.iter().any(|asked| asked.state() == State::Assigned)).await;
    assert_eq!(shown.asked_in[0].counselor_id, "ben");
    assert_eq!(shown.engagements[0].kind(), pb::TicketKind::Answer);
    let joined = ben.until(|state| !state.engagements.is_empty()).await;
    assert_eq!(joined.engagements[0].kind(), pb::TicketKind::WarmTransfer);
    assert_eq!(given.ticket(contact).await.counselor_id, "ana");

    complete(&given, &ana.call, contact).await.unwrap();
    given.intake.until_told(&format!("assigned {contact} 2 ben")).await;
    given.intake.until_told(&format!("joined {contact} nobody")).await;
    let ticket = given.ticket(contact).await;
    assert_eq!((ticket.state(), ticket.counselor_id.as_str()), (State::Assigned, "ben"));
    assert_eq!(steps(&ticket), [Kind::Queued, Kind::Offered, Kind::Accepted, Kind::Transferred]);
    ana.until(|state| state.engagements.iter().all(|one| one.wrapping_up)).await;
    ana.finish(contact).await;
    ana.until(|state| state.activity() == pb::Activity::Available).await;

    given.release(contact).await;
    ben.until(|state| state.engagements.iter().all(|one| one.wrapping_up)).await;
    ben.finish(contact).await;
    assert_eq!(held(&given).await, 0);
}

#[tokio::test]
async fn a_cold_transfer_ends_when_the_other_accepts_and_the_giver_wraps_up() {
    let (given, mut ana, mut ben, contact) = answered().await;
    let any = Some(pb::Target { who: Some(Who::Need(crate::fixture::need())) });
    transfer(&given, &ana.call, contact, pb::TransferKind::Cold, any).await.unwrap();
    ben.take_next().await;
    given.intake.until_told(&format!("assigned {contact} 2 ben")).await;
    assert_eq!(given.ticket(contact).await.counselor_id, "ben");
    let shown = ana.until(|state| state.activity() == pb::Activity::WrappingUp).await;
    assert!(shown.asked_in.is_empty());
    assert_refused(cancel(&given, &ana.call, contact).await, Reason::CounselorNotInContact);
}

#[tokio::test]
async fn after_a_declined_transfer_the_giver_keeps_the_contact_is_told_and_may_cancel() {
    let (given, mut ana, mut ben, contact) = answered().await;
    let carl = given.on_duty("carl").await;
    transfer(&given, &ana.call, contact, pb::TransferKind::Cold, person("ben")).await.unwrap();
    let another = transfer(&given, &ana.call, contact, pb::TransferKind::Cold, person("carl")).await;
    assert_refused(another, Reason::TransferOpen);
    let offer = ben.offer().await;
    ben.decline(&offer).await.unwrap();
    let shown = ana.until(|state| state.asked_in.iter().any(|asked| asked.unreachable)).await;
    assert_eq!(shown.asked_in[0].state(), State::Queued);
    assert_eq!(given.ticket(contact).await.counselor_id, "ana");
    assert_refused(cancel(&given, &carl.call, contact).await, Reason::CounselorNotInContact);
    cancel(&given, &ana.call, contact).await.unwrap();
    ana.until(|state| state.asked_in.is_empty()).await;
    transfer(&given, &ana.call, contact, pb::TransferKind::Cold, person("carl")).await.unwrap();
}

#[tokio::test]
async fn a_transfer_to_an_unknown_counselor_is_refused_and_one_to_a_counselor_off_duty_waits() {
    let (given, mut ana, _ben, contact) = answered().await;
    let nobody = transfer(&given, &ana.call, contact, pb::TransferKind::Warm, person("nobody")).await;
    assert_refused(nobody, Reason::CounselorNotFound);
    given.hire(a_counselor("dora")).await;
    transfer(&given, &ana.call, contact, pb::TransferKind::Warm, person("dora")).await.unwrap();
    ana.until(|state| state.asked_in.iter().any(|asked| asked.unreachable)).await;
    let mut dora = given.attend("dora").await;
    dora.take_next().await;
    ana.until(|state| state.asked_in.iter().any(|asked| asked.state() == State::Assigned)).await;
}

#[tokio::test]
async fn a_counselor_who_leaves_a_warm_transfer_gives_it_back_and_another_is_asked() {
    let (given, ana, mut ben, contact) = answered().await;
    let any = Some(pb::Target { who: Some(Who::Need(crate::fixture::need())) });
    transfer(&given, &ana.call, contact, pb::TransferKind::Warm, any).await.unwrap();
    ben.take_next().await;
    given.intake.until_told(&format!("joined {contact} ben")).await;
    leave(&given, &ben.call, contact).await.unwrap();
    given.intake.until_told(&format!("joined {contact} nobody")).await;
    ben.until(|state| state.activity() == pb::Activity::Available).await;
    let mut carl = given.on_duty("carl").await;
    carl.take_next().await;
    complete(&given, &ana.call, contact).await.unwrap();
    given.intake.until_told(&format!("assigned {contact} 2 carl")).await;
}

#[tokio::test]
async fn a_supervisor_on_call_joins_a_conference_custody_stays_and_the_contact_s_end_frees_them() {
    let (given, ana, _ben, contact) = answered().await;
    let mut sue = given.on_duty("sue").await;
    given.put_on_call("sue", "sue").await;
    let target = Some(pb::Target { who: Some(Who::SupervisorOnCall(true)) });
    confer(&given, &ana.call, contact, target).await.unwrap();
    let offer = sue.offer().await;
    assert_eq!(offer.kind(), pb::TicketKind::Conference);
    sue.accept(&offer).await.unwrap();
    given.intake.until_told(&format!("joined {contact} sue")).await;
    assert_eq!(given.ticket(contact).await.counselor_id, "ana");
    given.release(contact).await;
    sue.until(|state| state.engagements.is_empty() && state.activity() == pb::Activity::Available).await;
    given.intake.until_told(&format!("joined {contact} nobody")).await;
    let assigned = given.intake.told.lock().unwrap().iter().filter(|told| told.starts_with("assigned")).count();
    assert_eq!(assigned, 1, "custody did not move");
}

#[tokio::test]
async fn a_rule_of_the_program_has_another_counselor_join_and_nobody_once_the_counselor_has_it_no_more() {
    let (given, ana, mut ben, contact) = answered().await;
    let asking = |counselor: &str| pb::RequestSecondCounselorRequest {
        request_id: id(),
        contact_id: contact.to_string(),
        counselor_id: counselor.to_owned(),
        need: Some(Need { channel: Channel::Message.into(), ..Need::default() }),
    };
    let call = given.intake_call();
    let refused = given.services.request_second_counselor(request(&call, asking("ben"))).await;
    assert_refused(refused, Reason::CounselorNotInContact);
    let message = asking("ana");
    let first = given.services.request_second_counselor(request(&call, message.clone())).await.unwrap().into_inner();
    let again = given.services.request_second_counselor(request(&call, message)).await.unwrap().into_inner();
    assert!(first == again);
    let offer = ben.offer().await;
    assert_eq!(offer.kind(), pb::TicketKind::Conference);
    ben.accept(&offer).await.unwrap();
    given.intake.until_told(&format!("joined {contact} ben")).await;
    assert_eq!(given.ticket(contact).await.counselor_id, "ana");
    drop(ana);
}

#[tokio::test]
async fn a_contact_that_ends_takes_its_open_transfer_and_conferences_with_it() {
    let (given, ana, mut ben, contact) = answered().await;
    transfer(&given, &ana.call, contact, pb::TransferKind::Warm, person("ben")).await.unwrap();
    given.hire(a_counselor("dora")).await;
    confer(&given, &ana.call, contact, person("dora")).await.unwrap();
    let offer = ben.offer().await;
    given.release(contact).await;
    ben.until(|state| state.offers.is_empty()).await;
    assert_refused(ben.accept(&offer).await, Reason::OfferClosed);
    assert_refused(
        transfer(&given, &ana.call, contact, pb::TransferKind::Warm, person("ben")).await,
        Reason::CounselorNotInContact,
    );
    ana.finish(contact).await;
    let open = "select count(*) from ticket where state in ('queued', 'offered', 'assigned') or offer_id is not null";
    let open: i64 = sqlx::query_scalar(open).fetch_one(&owner(&given.store)).await.unwrap();
    assert_eq!((open, held(&given).await), (0, 0));
}

#[tokio::test]
async fn a_new_matcher_finds_transfers_and_conferences_where_the_old_one_left_them() {
    let (given, mut ana, mut ben, contact) = answered().await;
    transfer(&given, &ana.call, contact, pb::TransferKind::Warm, person("ben")).await.unwrap();
    ben.take_next().await;
    let forget = "update matcher_lease set holder = gen_random_uuid(), fence = fence + 1, until = now()";
    sqlx::query(forget).execute(&owner(&given.store)).await.unwrap();
    complete(&given, &ana.call, contact).await.unwrap();
    ana.until(|state| state.activity() == pb::Activity::WrappingUp).await;
    let forget = "update matcher_lease set holder = gen_random_uuid(), fence = fence + 1, until = now()";
    sqlx::query(forget).execute(&owner(&given.store)).await.unwrap();
    ana.finish(contact).await;
    given.release(contact).await;
    ben.finish(contact).await;
    wait_until("every slot back", || async { (held(&given).await == 0).then_some(()) }).await;
}

#[tokio::test]
async fn the_supervisor_on_call_is_asked_into_an_emergency_that_a_counselor_has_and_nothing_waits_for_them() {
    let given = Given::new(unhurried()).await;
    // Ana is idle for longer, and so she is asked for the contact.
    let mut ana = given.on_duty("ana").await;
    let mut sue = given.on_duty("sue").await;
    given.put_on_call("sue", "sue").await;
    let contact = given.enqueue(Acuity::Emergency).await;
    ana.take_next().await;
    given.intake.until_told(&format!("assigned {contact} 1 ana")).await;
    let offer = sue.offer().await;
    assert_eq!((offer.kind(), offer.contact_id.as_str()), (pb::TicketKind::Conference, contact.to_string().as_str()));
    let shown = ana.until(|state| !state.asked_in.is_empty()).await;
    assert_eq!(shown.asked_in[0].counselor_id, "sue");
    sue.accept(&offer).await.unwrap();
    given.intake.until_told(&format!("joined {contact} sue")).await;

    let message = pb::EndConferenceRequest {
        request_id: id(),
        contact_id: contact.to_string(),
        ticket_id: shown.asked_in[0].ticket_id.clone(),
    };
    assert_refused(
        given.services.end_conference(request(&sue.call, message.clone())).await,
        Reason::CounselorNotInContact,
    );
    given.services.end_conference(request(&ana.call, message)).await.unwrap();
    sue.until(|state| state.activity() == pb::Activity::Available).await;
    given.intake.until_told(&format!("joined {contact} nobody")).await;
}

#[tokio::test]
async fn no_counselor_asks_for_themselves_and_the_next_transfer_is_open_to_others() {
    let (given, ana, mut ben, contact) = answered().await;
    for kind in [pb::TransferKind::Cold, pb::TransferKind::Warm] {
        let refused = transfer(&given, &ana.call, contact, kind, person("ana")).await;
        assert_eq!(violations_of(&assert_refused(refused, Reason::RequestInvalid)), ["target"]);
    }
    let refused = confer(&given, &ana.call, contact, person("ana")).await;
    assert_refused(refused, Reason::RequestInvalid);
    given.put_on_call("ana", "ana").await;
    let supervisor = || Some(pb::Target { who: Some(Who::SupervisorOnCall(true)) });
    wait_until("the matcher knows the supervisor on call", || async {
        let refused = confer(&given, &ana.call, contact, supervisor()).await;
        refused.is_err().then_some(())
    })
    .await;
    transfer(&given, &ana.call, contact, pb::TransferKind::Cold, person("ben")).await.unwrap();
    assert_eq!(ben.offer().await.contact_id, contact.to_string());
}
