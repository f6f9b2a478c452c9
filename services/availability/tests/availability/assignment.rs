//! `GetAssignment`: intake asks which counselor has a contact now.

use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::ticket_service_server::TicketService;
use harborline_proto::availability::v1::transfer_service_server::TransferService;
use harborline_proto::common::v1::{Acuity, Reason};
use harborline_testkit::{assert_refused, request};
use harborline_types::ContactId;

use crate::fixture::{Given, id, unhurried};

async fn assignment(given: &Given, contact: ContactId) -> Result<pb::GetAssignmentResponse, tonic::Status> {
    let message = pb::GetAssignmentRequest { contact_id: contact.to_string() };
    Ok(given.services.get_assignment(request(&given.intake_call(), message)).await?.into_inner())
}

/// The counselor who has the contact, with the number of the assignment, and the counselors who have joined.
fn people(answer: &pb::GetAssignmentResponse) -> (Option<(&str, i32)>, Vec<&str>) {
    let has = answer.assignment.as_ref().map(|one| (one.counselor_id.as_str(), one.number));
    (has, answer.joined.iter().map(|joined| joined.person_id.as_str()).collect())
}

#[tokio::test]
async fn the_ledger_tells_who_has_a_contact_from_the_accept_to_the_end() {
    let given = Given::new(unhurried()).await;
    assert_refused(assignment(&given, ContactId::new()).await, Reason::TicketNotFound);
    let contact = given.enqueue(Acuity::High).await;
    assert_eq!(people(&assignment(&given, contact).await.unwrap()), (None, vec![]), "no counselor has it");
    let mut ana = given.on_duty("ana").await;
    let offer = ana.offer().await;
    assert_eq!(people(&assignment(&given, contact).await.unwrap()), (None, vec![]), "to be asked is not to have it");
    ana.accept(&offer).await.unwrap();
    let answer = assignment(&given, contact).await.unwrap();
    assert_eq!(people(&answer), (Some(("ana", 1)), vec![]));
    assert!(answer.assignment.unwrap().accepted_at.is_some());
    given.intake.until_told(&format!("assigned {contact} 1 ana")).await;
    given.release(contact).await;
    assert_eq!(
        people(&assignment(&given, contact).await.unwrap()),
        (None, vec![]),
        "a counselor who wraps up is not in it"
    );
}

#[tokio::test]
async fn a_joined_counselor_has_the_numbers_of_the_duty_and_a_transfer_is_the_next_assignment() {
    let given = Given::new(unhurried()).await;
    let mut ana = given.on_duty("ana").await;
    let contact = given.enqueue(Acuity::High).await;
    ana.take_next().await;
    let mut ben = given.on_duty("ben").await;
    let message = pb::RequestTransferRequest {
        request_id: id(),
        contact_id: contact.to_string(),
        kind: pb::TransferKind::Warm.into(),
        target: Some(pb::Target { who: Some(pb::target::Who::CounselorId("ben".to_owned())) }),
        asked_for: pb::AskedFor::ShiftEnd.into(),
    };
    given.services.request_transfer(request(&ana.call, message)).await.unwrap();
    ben.take_next().await;
    given.intake.until_told(&format!("joined {contact} ben")).await;
    let answer = assignment(&given, contact).await.unwrap();
    assert_eq!(people(&answer), (Some(("ana", 1)), vec!["ben"]));
    assert_eq!(answer.joined[0].sequence, 3, "queued, offered, accepted");

    let complete = pb::CompleteTransferRequest { request_id: id(), contact_id: contact.to_string() };
    given.services.complete_transfer(request(&ana.call, complete)).await.unwrap();
    assert_eq!(people(&assignment(&given, contact).await.unwrap()), (Some(("ben", 2)), vec![]));
}
