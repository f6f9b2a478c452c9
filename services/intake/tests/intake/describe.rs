//! What intake tells the services that keep records about contacts.

use harborline_identity::{Role, ServiceName, Subject};
use harborline_proto::common::v1::{Acuity, Channel};
use harborline_proto::intake::v1 as pb;
use harborline_proto::intake::v1::mesh_service_server::MeshService;
use harborline_status::{Reason, violations_of};
use harborline_testkit::{assert_refused, request};
use harborline_types::{ContactId, ParticipantId, PlanId};
use tonic::Status;

use crate::fixture::{Given, id};
use crate::neighbors::assessment;

impl Given {
    async fn describe(&self, contact: &str, person: &str) -> Result<pb::DescribeContactResponse, Status> {
        let message = pb::DescribeContactRequest { contact_id: contact.to_owned(), person_id: person.to_owned() };
        let call = self.as_service(ServiceName::Triage);
        Ok(self.rpc.describe_contact(request(&call, message)).await?.into_inner())
    }

    async fn is_answering(&self, participant: &str, person: &str) -> Result<bool, Status> {
        let message =
            pb::DescribeParticipantRequest { participant_id: participant.to_owned(), person_id: person.to_owned() };
        let call = self.as_service(ServiceName::Followup);
        Ok(self.rpc.describe_participant(request(&call, message)).await?.into_inner().is_assigned)
    }
}

#[tokio::test]
async fn a_contact_is_described_by_whose_it_is_where_it_stands_and_who_is_in_it() {
    let intake = Given::new().await;
    let participant = intake.enroll("+15550100001").await;
    let contact = intake.open_for(&participant).await;
    intake.assess(assessment(&contact, 1, Acuity::VeryHigh)).await;
    intake.assign(&contact, "ana", 1).await;
    let described = intake.describe(&contact, "ana").await.unwrap();
    assert_eq!((&described.contact_id, &described.participant_id), (&contact, &participant));
    assert_eq!((described.state(), described.direction()), (pb::ContactState::Answered, pb::Direction::Inbound));
    assert_eq!((described.channel(), described.acuity()), (Channel::Phone, Acuity::VeryHigh));
    assert_eq!((described.counselor_id.as_str(), described.is_assigned), ("ana", true));
    assert_eq!(described.origin_contact_id, "");
    assert_eq!(intake.describe(&intake.open().await, "").await.unwrap().participant_id, "", "nobody knows who calls");
}

#[tokio::test]
async fn whoever_was_lost_or_never_there_is_not_assigned_and_who_closed_it_is() {
    let intake = Given::new().await;
    let contact = intake.open().await;
    assert!(!intake.describe(&contact, "ana").await.unwrap().is_assigned);
    intake.assign(&contact, "ana", 1).await;
    assert!(!intake.describe(&contact, "ben").await.unwrap().is_assigned);
    assert!(!intake.describe(&contact, "").await.unwrap().is_assigned);
    intake.lose(&contact, 1).await;
    let lost = intake.describe(&contact, "ana").await.unwrap();
    assert_eq!((lost.counselor_id.as_str(), lost.is_assigned), ("", false));
    let closed = intake.open().await;
    intake.closed(&closed).await;
    let ended = intake.describe(&closed, "ana").await.unwrap();
    assert_eq!((ended.state(), ended.counselor_id.as_str()), (pb::ContactState::Closed, "ana"));
    assert!(ended.is_assigned);
}

#[tokio::test]
async fn who_follows_a_contact_up_is_assigned_to_it_and_who_had_it_is_not_to_the_follow_up() {
    let intake = Given::new().await;
    let participant = intake.enroll("+15550100001").await;
    let contact = intake.open_for(&participant).await;
    intake.closed(&contact).await;
    let outbound = intake.open_outbound(&contact, &PlanId::new().to_string(), 1).await;
    assert!(!intake.describe(&contact, "ben").await.unwrap().is_assigned);
    intake.assign(&outbound, "ben", 1).await;
    assert!(intake.describe(&contact, "ben").await.unwrap().is_assigned);
    let described = intake.describe(&outbound, "ana").await.unwrap();
    assert_eq!((described.origin_contact_id, described.is_assigned), (contact, false));
}

#[tokio::test]
async fn somebody_answers_a_participant_while_their_contact_is_open() {
    let intake = Given::new().await;
    let participant = intake.enroll("+15550100001").await;
    assert!(!intake.is_answering(&participant, "ana").await.unwrap());
    let contact = intake.open_for(&participant).await;
    assert!(!intake.is_answering(&participant, "ana").await.unwrap());
    intake.assign(&contact, "ana", 1).await;
    assert!(intake.is_answering(&participant, "ana").await.unwrap());
    assert!(!intake.is_answering(&participant, "ben").await.unwrap());
    let ana = intake.as_("ana", Role::Counselor);
    intake.complete(&ana, &contact, &[harborline_proto::common::v1::ClosingDuty::ReasonCoded]).await.unwrap();
    intake.close(&ana, &contact, pb::Outcome::Disconnected).await.unwrap();
    assert!(!intake.is_answering(&participant, "ana").await.unwrap());
}

#[tokio::test]
async fn what_is_another_programs_or_nobodys_is_not_there() {
    let intake = Given::new().await;
    let participant = intake.enroll("+15550100001").await;
    let contact = intake.open_for(&participant).await;
    let elsewhere = intake.elsewhere();
    assert_refused(elsewhere.describe(&contact, "ana").await, Reason::ContactNotFound);
    assert_refused(intake.describe(&ContactId::new().to_string(), "").await, Reason::ContactNotFound);
    assert_refused(elsewhere.is_answering(&participant, "ana").await, Reason::ParticipantNotFound);
    assert_refused(intake.is_answering(&ParticipantId::new().to_string(), "ana").await, Reason::ParticipantNotFound);
    let refused = assert_refused(intake.is_answering("", "").await, Reason::RequestInvalid);
    assert_eq!(violations_of(&refused), ["participant_id", "person_id"]);
    let refused = assert_refused(intake.describe("", "\u{7}").await, Reason::RequestInvalid);
    assert_eq!(violations_of(&refused), ["contact_id", "person_id"]);
}

#[tokio::test]
async fn a_description_concerns_the_contact() {
    let intake = Given::new().await;
    let contact = intake.open().await;
    let call = intake.as_service(ServiceName::Referral);
    let message = pb::DescribeContactRequest { contact_id: contact.clone(), person_id: String::new() };
    intake.rpc.describe_contact(request(&call, message)).await.unwrap();
    assert_eq!(call.subjects(), [Subject::Contact(contact.parse().unwrap())]);
}

#[tokio::test]
async fn who_has_joined_a_contact_is_assigned_to_it_until_they_leave_and_custody_stays_whatever_order_it_is_told_in() {
    let intake = Given::new().await;
    let participant = intake.enroll("+15550100001").await;
    let contact = intake.open_for(&participant).await;
    intake.assign(&contact, "ana", 1).await;
    let owners = intake.owners(&contact).await;
    let ticket = id();
    let tell = async |sequence: i32, person: &str| {
        let message = pb::RecordJoinedRequest {
            request_id: id(),
            contact_id: contact.clone(),
            ticket_id: ticket.clone(),
            sequence,
            person_id: person.to_owned(),
        };
        let call = intake.as_service(ServiceName::Availability);
        intake.rpc.record_joined(request(&call, message)).await.unwrap();
    };
    let sees = async || {
        let of_contact = intake.describe(&contact, "ben").await.unwrap().is_assigned;
        (of_contact, intake.is_answering(&participant, "ben").await.unwrap())
    };
    assert_eq!(sees().await, (false, false));
    tell(3, "ben").await;
    assert_eq!(sees().await, (true, true));
    tell(2, "").await;
    assert_eq!(sees().await, (true, true), "an older word changes nothing");
    assert_eq!(intake.owners(&contact).await, owners);
    tell(5, "").await;
    assert_eq!(sees().await, (false, false));
    tell(7, "ben").await;
    intake.closed(&contact).await;
    assert_eq!(sees().await, (false, false), "nobody is in a contact that has ended");
}

#[tokio::test]
async fn a_transfer_moves_custody_from_counselor_to_counselor_and_the_first_one_sees_the_contact_no_more() {
    let intake = Given::new().await;
    let contact = intake.open().await;
    intake.assign(&contact, "ana", 1).await;
    intake.assign(&contact, "ben", 2).await;
    // Without a gap: the fixture looks at every pair.
    let (owners, is_open) = intake.owners(&contact).await;
    assert!(is_open);
    assert_eq!(owners[owners.len() - 2..], ["ana", "ben"]);
    assert!(!intake.describe(&contact, "ana").await.unwrap().is_assigned);
    assert!(intake.describe(&contact, "ben").await.unwrap().is_assigned);
}
