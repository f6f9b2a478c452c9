//! What the asking services make of intake's word.

use std::sync::Arc;

use harborline_contacts::{Contacts, Described, Hub, Standing};
use harborline_identity::{ProgramScope, ServiceName, Subject};
use harborline_status::{Reason, ServiceError};
use harborline_testkit::{KnowingHub, assert_refused, counselor, service, some_program};
use harborline_types::{ContactId, ParticipantId, PersonId};
use tonic::Status;

fn refusal<T>(answer: Result<T, ServiceError>, reason: Reason) -> Status {
    assert_refused(answer.map_err(Status::from), reason)
}

#[tokio::test]
async fn a_described_contact_concerns_the_call_and_so_does_its_participant() {
    let hub = Arc::new(KnowingHub::default());
    let (contact, participant) = (ContactId::new(), ParticipantId::new());
    hub.tells_of(participant);
    let call = counselor(some_program(), "ana");
    let described = Contacts::of(hub).describe(&call, contact).await.unwrap();
    assert_eq!((described.participant, described.is_assigned), (Some(participant), true));
    assert_eq!(call.subjects(), [Subject::Participant(participant), Subject::Contact(contact)]);
}

#[tokio::test]
async fn an_unknown_contact_concerns_nobody() {
    let hub = Arc::new(KnowingHub::default());
    let contact = ContactId::new();
    hub.forgets(contact);
    let call = counselor(some_program(), "ana");
    let refused = refusal(Contacts::of(hub).describe(&call, contact).await, Reason::ContactNotFound);
    assert!(!refused.details().is_empty());
    assert!(call.subjects().is_empty());
}

#[tokio::test]
async fn only_a_person_answers_a_participant() {
    let contacts = Contacts::of(Arc::new(KnowingHub::default()));
    let program = some_program();
    let standing = contacts.standing(&counselor(program, "ana"), ParticipantId::new()).await.unwrap();
    assert!(standing.facts().is_assigned && !standing.facts().has_broken_glass);
    let of_a_service = contacts.standing(&service(program, ServiceName::Intake), ParticipantId::new()).await;
    refusal(of_a_service, Reason::CallerNotAllowed);
}

/// An intake that refuses in one way.
struct Refusing(Status);

#[tonic::async_trait]
impl Hub for Refusing {
    async fn describe_contact(&self, _: &ProgramScope, _: ContactId, _: Option<PersonId>) -> Result<Described, Status> {
        Err(self.0.clone())
    }

    async fn describe_participant(&self, _: &ProgramScope, _: ParticipantId, _: PersonId) -> Result<Standing, Status> {
        Err(self.0.clone())
    }
}

#[tokio::test]
async fn intakes_refusal_becomes_one_that_the_caller_can_do_something_with() {
    let of = |reason| Status::from(ServiceError::new(reason, "refused"));
    let becomes = [
        (of(Reason::ParticipantNotFound), Reason::ParticipantNotFound),
        (of(Reason::DeadlineOver), Reason::DeadlineOver),
        (of(Reason::Overloaded), Reason::TemporarilyUnavailable),
        (Status::unavailable("gone"), Reason::TemporarilyUnavailable),
        // Ours to mend: the caller did nothing wrong.
        (of(Reason::CallerNotAllowed), Reason::InternalFault),
        (of(Reason::RequestInvalid), Reason::InternalFault),
        (Status::unknown("what"), Reason::InternalFault),
    ];
    for (refused, reason) in becomes {
        let contacts = Contacts::of(Arc::new(Refusing(refused)));
        let call = counselor(some_program(), "ana");
        refusal(contacts.standing(&call, ParticipantId::new()).await, reason);
        assert!(call.subjects().is_empty());
    }
}
