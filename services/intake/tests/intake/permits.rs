//! Who may see and change which contact, and whose care brief.

use std::sync::atomic::Ordering;

use futures::StreamExt;
use harborline_identity::{Call, Caller, PersonCaller, Role};
use harborline_intake::ports::{AssignmentMade, InContact, JoinedNow};
use harborline_proto::common::v1::ClosingDuty;
use harborline_proto::intake::v1 as pb;
use harborline_proto::intake::v1::contact_service_server::ContactService;
use harborline_proto::intake::v1::mesh_service_server::MeshService;
use harborline_proto::intake::v1::program_service_server::ProgramService;
use harborline_status::Reason;
use harborline_testkit::{assert_refused, request};
use harborline_types::{Clock, Person, PersonId, TicketId};
use tonic::Status;

use crate::fixture::{Given, id, open_request};

/// A participant through the program's app.
pub(crate) fn participant(intake: &Given, person: &str, participant_id: &str) -> Call {
    let holder = PersonCaller::new(PersonId::parse(person).unwrap(), &[Role::Participant]);
    let holder = PersonCaller { participant: Some(participant_id.parse().unwrap()), ..holder };
    Call::new(Caller::Person(holder), Some(intake.program), None)
}

async fn get(intake: &Given, call: &Call, contact_id: &str) -> Result<pb::Contact, Status> {
    let message = pb::GetContactRequest { contact_id: contact_id.to_owned() };
    Ok(intake.rpc.get_contact(request(call, message)).await?.into_inner().contact.unwrap())
}

/// The first state that a stream sends.
async fn watch(intake: &Given, call: &Call, contact_id: &str) -> Result<pb::ContactState, Status> {
    let message = pb::WatchContactRequest { contact_id: contact_id.to_owned(), cursor: String::new() };
    let mut stream = intake.rpc.watch_contact(request(call, message)).await?.into_inner();
    Ok(stream.next().await.unwrap()?.contact.unwrap().state())
}

async fn leave(intake: &Given, call: &Call, contact_id: &str) -> Result<(), Status> {
    let message = pb::LeaveContactRequest { request_id: id(), contact_id: contact_id.to_owned(), channel: 0 };
    intake.rpc.leave_contact(request(call, message)).await.map(|_| ())
}

async fn brief(intake: &Given, call: &Call, participant_id: &str) -> Result<(), Status> {
    let message = pb::GetCareBriefRequest { participant_id: participant_id.to_owned() };
    intake.rpc.get_care_brief(request(call, message)).await.map(|_| ())
}

async fn open(intake: &Given, call: &Call) -> String {
    let answer = intake.rpc.open_contact(request(call, open_request())).await.unwrap();
    answer.into_inner().contact.unwrap().contact_id
}

#[tokio::test]
async fn a_participant_follows_and_leaves_their_own_contacts_and_nobody_elses() {
    let intake = Given::new().await;
    let (own, other) = (intake.enroll("+12025550101").await, intake.enroll("+12025550102").await);
    let ana = participant(&intake, "ana-app", &own);
    let contacts = [intake.open_for(&own).await, open(&intake, &ana).await];
    let others = [intake.open_for(&other).await, intake.open().await];
    for contact in &contacts {
        get(&intake, &ana, contact).await.unwrap();
        watch(&intake, &ana, contact).await.unwrap();
    }
    for contact in &others {
        assert_refused(get(&intake, &ana, contact).await, Reason::CallerNotAllowed);
        assert_refused(watch(&intake, &ana, contact).await, Reason::CallerNotAllowed);
        assert_refused(leave(&intake, &ana, contact).await, Reason::CallerNotAllowed);
        assert_eq!(intake.contact(contact).await.state(), pb::ContactState::Received, "nothing has changed");
    }
    leave(&intake, &ana, &contacts[0]).await.unwrap();
}

#[tokio::test]
async fn a_family_member_follows_the_contact_that_they_opened_and_no_other() {
    let intake = Given::new().await;
    let (mother, brother) = (intake.as_("mother", Role::FamilyMember), intake.as_("brother", Role::FamilyMember));
    let hers = open(&intake, &mother).await;
    let enrolled = intake.enroll("+12025550101").await;
    let participants = intake.open_for(&enrolled).await;
    get(&intake, &mother, &hers).await.unwrap();
    watch(&intake, &mother, &hers).await.unwrap();
    for (call, contact) in [(&brother, &hers), (&mother, &participants)] {
        assert_refused(get(&intake, call, contact).await, Reason::CallerNotAllowed);
        assert_refused(leave(&intake, call, contact).await, Reason::CallerNotAllowed);
    }
    leave(&intake, &mother, &hers).await.unwrap();
}

#[tokio::test]
async fn a_counselor_sees_whom_they_answer_and_nobody_else() {
    let intake = Given::new().await;
    let enrolled = intake.enroll("+12025550101").await;
    let contact = intake.open_for(&enrolled).await;
    let (ana, ben) = (intake.as_("ana", Role::Counselor), intake.as_("ben", Role::Counselor));
    assert_refused(get(&intake, &ana, &contact).await, Reason::CallerNotAllowed);
    assert_refused(brief(&intake, &ana, &enrolled).await, Reason::CallerNotAllowed);
    assert!(intake.assign(&contact, "ana", 1).await);
    get(&intake, &ana, &contact).await.unwrap();
    brief(&intake, &ana, &enrolled).await.unwrap();
    assert_refused(get(&intake, &ben, &contact).await, Reason::CallerNotAllowed);
    assert_refused(watch(&intake, &ben, &contact).await, Reason::CallerNotAllowed);
    assert_refused(brief(&intake, &ben, &enrolled).await, Reason::CallerNotAllowed);
    intake.complete(&ana, &contact, &[ClosingDuty::ReasonCoded]).await.unwrap();
    intake.close(&ana, &contact, pb::Outcome::Disconnected).await.unwrap();
    get(&intake, &ana, &contact).await.unwrap();
    assert_refused(brief(&intake, &ana, &enrolled).await, Reason::CallerNotAllowed);
    for role in [Role::Supervisor, Role::CareTeam] {
        get(&intake, &intake.as_("cora", role), &contact).await.unwrap();
        brief(&intake, &intake.as_("cora", role), &enrolled).await.unwrap();
    }
}

/// Availability has given the contact to Ana, and intake was not told yet.
fn taken_by_ana(intake: &Given, contact: &str) {
    let counselor = Person { id: PersonId::parse("ana").unwrap(), name: "Name of ana".to_owned() };
    let made = AssignmentMade { counselor, number: 1, accepted_at: Clock::System.now() };
    let taken = InContact { counselor: Some(made), joined: Vec::new() };
    intake.neighbors.in_contact.lock().unwrap().insert(contact.parse().unwrap(), taken);
}

#[tokio::test]
async fn a_counselor_who_has_just_taken_a_contact_is_not_refused_before_intake_has_learned_of_it() {
    for first_call in 0..6 {
        let intake = Given::new().await;
        let enrolled = intake.enroll("+12025550101").await;
        let contact = intake.open_for(&enrolled).await;
        taken_by_ana(&intake, &contact);
        let ana = intake.as_("ana", Role::Counselor);
        match first_call {
            0 => drop(get(&intake, &ana, &contact).await.unwrap()),
            1 => assert_eq!(watch(&intake, &ana, &contact).await.unwrap(), pb::ContactState::Answered),
            2 => brief(&intake, &ana, &enrolled).await.unwrap(),
            3 => assert!(is_assigned(&intake, &contact, "ana").await.unwrap()),
            4 => assert!(is_assigned_to(&intake, &enrolled, "ana").await.unwrap()),
            _ => drop(intake.complete(&ana, &contact, &[ClosingDuty::ReasonCoded]).await.unwrap()),
        }
        assert_eq!(intake.owners(&contact).await.0, ["supervisor", "ana"], "it was applied");
        let ben = intake.as_("ben", Role::Counselor);
        assert_refused(get(&intake, &ben, &contact).await, Reason::CallerNotAllowed);
        assert!(intake.assign(&contact, "ana", 1).await, "what the duty tells later changes nothing");
        assert_eq!(intake.contact(&contact).await.assignments, 1);
    }
}

#[tokio::test]
async fn somebody_who_has_joined_a_contact_is_not_refused_before_intake_has_learned_of_it() {
    let intake = Given::new().await;
    let contact = intake.open().await;
    assert!(intake.assign(&contact, "ana", 1).await);
    let joined = JoinedNow { ticket: TicketId::new(), sequence: 2, person: PersonId::parse("ben").unwrap() };
    let in_contact = InContact { counselor: None, joined: vec![joined] };
    intake.neighbors.in_contact.lock().unwrap().insert(contact.parse().unwrap(), in_contact);
    get(&intake, &intake.as_("ben", Role::Counselor), &contact).await.unwrap();
}

#[tokio::test]
async fn while_availability_is_silent_a_counselor_is_told_to_repeat_and_that_is_no_denial() {
    let intake = Given::new().await;
    let enrolled = intake.enroll("+12025550101").await;
    let contact = intake.open_for(&enrolled).await;
    intake.neighbors.availability_away.store(true, Ordering::SeqCst);
    let ana = intake.as_("ana", Role::Counselor);
    assert_refused(get(&intake, &ana, &contact).await, Reason::TemporarilyUnavailable);
    assert_refused(brief(&intake, &ana, &enrolled).await, Reason::TemporarilyUnavailable);
    assert_refused(is_assigned(&intake, &contact, "ana").await, Reason::TemporarilyUnavailable);
    assert_refused(is_assigned_to(&intake, &enrolled, "ana").await, Reason::TemporarilyUnavailable);
    let refused = intake.complete(&ana, &contact, &[ClosingDuty::ReasonCoded]).await;
    assert_refused(refused, Reason::TemporarilyUnavailable);
    get(&intake, &intake.as_("supervisor", Role::Supervisor), &contact).await.unwrap();
}

/// What intake tells the other services of a participant.
async fn is_assigned_to(intake: &Given, participant: &str, person: &str) -> Result<bool, Status> {
    let message =
        pb::DescribeParticipantRequest { participant_id: participant.to_owned(), person_id: person.to_owned() };
    let call = intake.as_service(harborline_identity::ServiceName::Followup);
    Ok(intake.rpc.describe_participant(request(&call, message)).await?.into_inner().is_assigned)
}

/// What intake tells the other services of a contact.
async fn is_assigned(intake: &Given, contact: &str, person: &str) -> Result<bool, Status> {
    let message = pb::DescribeContactRequest { contact_id: contact.to_owned(), person_id: person.to_owned() };
    let call = intake.as_service(harborline_identity::ServiceName::Triage);
    Ok(intake.rpc.describe_contact(request(&call, message)).await?.into_inner().is_assigned)
}

#[tokio::test]
async fn what_a_counselor_was_permitted_is_answered_again_after_somebody_else_took_the_contact_over() {
    let intake = Given::new().await;
    let contact = intake.open().await;
    assert!(intake.assign(&contact, "ana", 1).await);
    let duties = vec![ClosingDuty::ReasonCoded.into()];
    let message =
        pb::CompleteClosingDutyRequest { request_id: id(), contact_id: contact.clone(), closing_duties: duties };
    let complete = async |who: &str| {
        let call = intake.as_(who, Role::Counselor);
        let asked = request(&call, message.clone());
        let judged = asked.extensions().get::<Call>().unwrap().clone();
        let answer = intake.rpc.complete_closing_duty(asked).await;
        (answer.map(|answer| answer.into_inner().contact.unwrap().revision), judged.was_permitted())
    };
    let (first, _) = complete("ana").await;
    intake.lose(&contact, 1).await;
    assert!(intake.assign(&contact, "ben", 2).await);
    let (again, was_permitted) = complete("ana").await;
    assert_eq!(again.unwrap(), first.unwrap());
    assert!(was_permitted, "the stack lets the answer leave");
}
