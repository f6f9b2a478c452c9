//! Who may see and change which contact, and whose care brief.

use futures::StreamExt;
use harborline_identity::{Call, Caller, PersonCaller, Role};
use harborline_proto::intake::v1 as pb;
use harborline_proto::intake::v1::contact_service_server::ContactService;
use harborline_proto::intake::v1::program_service_server::ProgramService;
use harborline_status::Reason;
use harborline_testkit::{assert_refused, request};
use harborline_types::PersonId;
use tonic::Status;

use crate::fixture::{Fixture, id, open_request};

/// A participant through the program's app.
pub(crate) fn participant(intake: &Fixture, person: &str, participant_id: &str) -> Call {
    let holder = PersonCaller::new(PersonId::parse(person).unwrap(), &[Role::Participant]);
    let holder = PersonCaller { participant: Some(participant_id.parse().unwrap()), ..holder };
    Call::new(Caller::Person(holder), Some(intake.program), None)
}

async fn get(intake: &Fixture, call: &Call, contact_id: &str) -> Result<pb::Contact, Status> {
    let message = pb::GetContactRequest { contact_id: contact_id.to_owned() };
    Ok(intake.rpc.get_contact(request(call, message)).await?.into_inner().contact.unwrap())
}

/// The first state that a stream sends.
async fn watch(intake: &Fixture, call: &Call, contact_id: &str) -> Result<pb::ContactState, Status> {
    let message = pb::WatchContactRequest { contact_id: contact_id.to_owned(), cursor: String::new() };
    let mut stream = intake.rpc.watch_contact(request(call, message)).await?.into_inner();
    Ok(stream.next().await.unwrap()?.contact.unwrap().state())
}

async fn leave(intake: &Fixture, call: &Call, contact_id: &str) -> Result<(), Status> {
    let message = pb::LeaveContactRequest { request_id: id(), contact_id: contact_id.to_owned() };
    intake.rpc.leave_contact(request(call, message)).await.map(|_| ())
}

async fn brief(intake: &Fixture, call: &Call, participant_id: &str) -> Result<(), Status> {
    let message = pb::GetCareBriefRequest { participant_id: participant_id.to_owned() };
    intake.rpc.get_care_brief(request(call, message)).await.map(|_| ())
}

async fn open(intake: &Fixture, call: &Call) -> String {
    let answer = intake.rpc.open_contact(request(call, open_request())).await.unwrap();
    answer.into_inner().contact.unwrap().contact_id
}

#[tokio::test]
async fn a_participant_follows_and_leaves_their_own_contacts_and_nobody_elses() {
    let intake = Fixture::new().await;
    let (own, other) = (intake.enroll("+15550101").await, intake.enroll("+15550102").await);
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
    let intake = Fixture::new().await;
    let (mother, brother) = (intake.as_("mother", Role::FamilyMember), intake.as_("brother", Role::FamilyMember));
    let hers = open(&intake, &mother).await;
    let enrolled = intake.enroll("+15550101").await;
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
    let intake = Fixture::new().await;
    let enrolled = intake.enroll("+15550101").await;
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
    intake.complete(&ana, &contact, &[harborline_proto::common::v1::ClosingDuty::ReasonCoded]).await.unwrap();
    intake.close(&ana, &contact, pb::Outcome::Disconnected).await.unwrap();
    get(&intake, &ana, &contact).await.unwrap();
    assert_refused(brief(&intake, &ana, &enrolled).await, Reason::CallerNotAllowed);
    for role in [Role::Supervisor, Role::CareTeam] {
        get(&intake, &intake.as_("cora", role), &contact).await.unwrap();
        brief(&intake, &intake.as_("cora", role), &enrolled).await.unwrap();
    }
}

#[tokio::test]
async fn a_counselor_who_has_just_taken_a_contact_is_not_refused_before_intake_has_learned_of_it() {
    let intake = Fixture::new().await;
    let contact = intake.open().await;
    let ana = intake.as_("ana", Role::Counselor);
    let watching = watch(&intake, &ana, &contact);
    let (state, _) = tokio::join!(watching, async { intake.assign(&contact, "ana", 1).await });
    assert_eq!(state.unwrap(), pb::ContactState::Answered);
}

#[tokio::test]
async fn what_a_counselor_was_permitted_is_answered_again_after_somebody_else_took_the_contact_over() {
    let intake = Fixture::new().await;
    let contact = intake.open().await;
    assert!(intake.assign(&contact, "ana", 1).await);
    let duties = vec![harborline_proto::common::v1::ClosingDuty::ReasonCoded.into()];
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
