//! Whose contact it is: an access token says who its holder is, and no id refuses anybody (P6, P9).

use futures::StreamExt;
use harborline_identity::{Call, Caller, PersonCaller, Role};
use harborline_proto::common::v1::CallerKind;
use harborline_proto::intake::v1 as pb;
use harborline_proto::intake::v1::contact_service_server::ContactService;
use harborline_status::Reason;
use harborline_testkit::{assert_refused, request};
use harborline_types::PersonId;

use crate::fixture::{Given, id, leaving, open_request};
use crate::permits::participant;

/// A family member whose access token may name a participant.
pub(crate) fn family_member(intake: &Given, person: &str, about: Option<&str>) -> Call {
    let holder = PersonCaller::new(PersonId::parse(person).unwrap(), &[Role::FamilyMember]);
    let holder = PersonCaller { participant: about.map(|about| about.parse().unwrap()), ..holder };
    Call::new(Caller::Person(holder), Some(intake.program), None)
}

pub(crate) async fn open_as(intake: &Given, call: &Call, caller: CallerKind, participant_id: &str) -> pb::Contact {
    let participant_id = participant_id.to_owned();
    let message = pb::OpenContactRequest { caller: caller.into(), participant_id, ..open_request() };
    intake.rpc.open_contact(request(call, message)).await.unwrap().into_inner().contact.unwrap()
}

/// Without what is another's in each contact: ids and instants.
fn but_for_ids_and_times(contact: pb::Contact) -> pb::Contact {
    let assessment = contact.assessment.map(|assessment| harborline_proto::common::v1::Assessment {
        contact_id: String::new(),
        assessed_at: None,
        ..assessment
    });
    pb::Contact {
        contact_id: String::new(),
        opened_at: None,
        last_opened_at: None,
        ended_at: None,
        assessment,
        ..contact
    }
}

#[tokio::test]
async fn a_participant_opens_nobody_elses_contact_whatever_the_request_says() {
    let intake = Given::new().await;
    let (own, other) = (intake.enroll("+12025550101").await, intake.enroll("+12025550102").await);
    let holder = participant(&intake, "app-1", &own);
    for (caller, named) in [
        (CallerKind::Participant, other.as_str()),
        (CallerKind::FamilyMember, &other),
        (CallerKind::Unknown, ""),
        (CallerKind::Participant, &id()),
    ] {
        let contact = open_as(&intake, &holder, caller, named).await;
        assert_eq!((contact.caller(), contact.participant_id.as_str()), (CallerKind::Participant, own.as_str()));
    }
}

#[tokio::test]
async fn a_family_members_token_makes_nobody_the_participant_that_it_names() {
    let intake = Given::new().await;
    let named = intake.enroll("+12025550101").await;
    let mother = family_member(&intake, "mother", Some(&named));
    let participants = intake.open_for(&named).await;
    let get = pb::GetContactRequest { contact_id: participants.clone() };
    assert_refused(intake.rpc.get_contact(request(&mother, get)).await, Reason::CallerNotAllowed);
    let watch = pb::WatchContactRequest { contact_id: participants.clone(), cursor: String::new() };
    assert_refused(intake.rpc.watch_contact(request(&mother, watch)).await.map(drop), Reason::CallerNotAllowed);
    let leave = leaving(&participants);
    assert_refused(intake.rpc.leave_contact(request(&mother, leave)).await, Reason::CallerNotAllowed);

    let hers = open_as(&intake, &mother, CallerKind::Participant, &named).await;
    assert_eq!(hers.caller(), CallerKind::FamilyMember);
    assert_ne!(hers.contact_id, participants);
    let known = intake.contact(&hers.contact_id).await;
    assert_eq!((known.caller(), &known.participant_id), (CallerKind::FamilyMember, &named), "as the counselor sees it");
}

#[tokio::test]
async fn a_family_member_learns_of_nobody_who_is_enrolled() {
    let intake = Given::part2().await;
    let enrolled = intake.enroll("+12025550101").await;
    let mut seen = Vec::new();
    for (person, named) in [("mother", enrolled.as_str()), ("father", &id()), ("brother", "nobody"), ("sister", "")] {
        let call = family_member(&intake, person, None);
        let opened = open_as(&intake, &call, CallerKind::FamilyMember, named).await;
        let contact = || opened.contact_id.clone();
        let again = open_as(&intake, &call, CallerKind::FamilyMember, named).await;
        assert_eq!((contact(), again.openings), (again.contact_id.clone(), 2));
        let get = request(&call, pb::GetContactRequest { contact_id: contact() });
        let got = intake.rpc.get_contact(get).await.unwrap().into_inner().contact.unwrap();
        let watch = request(&call, pb::WatchContactRequest { contact_id: contact(), cursor: String::new() });
        let mut watched = intake.rpc.watch_contact(watch).await.unwrap().into_inner();
        let watched = watched.next().await.unwrap().unwrap().contact.unwrap();
        let leave = request(&call, leaving(&contact()));
        let left = intake.rpc.leave_contact(leave).await.unwrap().into_inner().contact.unwrap();
        seen.push([opened, again, got, watched, left].map(but_for_ids_and_times));
    }
    assert_eq!((seen[0][0].language.as_str(), seen[0][0].jurisdiction.as_str()), ("en", ""));
    assert!(seen.iter().all(|answers| *answers == seen[0]));
    let token = open_as(&intake, &family_member(&intake, "aunt", Some(&enrolled)), CallerKind::FamilyMember, "").await;
    assert!(but_for_ids_and_times(token) == seen[0][0], "named by the token");
}

#[tokio::test]
async fn an_id_that_nobody_has_opens_the_contact_of_an_unknown_caller() {
    let intake = Given::new().await;
    for named in [id(), "not an id".to_owned(), String::new()] {
        let contact = open_as(&intake, &intake.front_end(), CallerKind::Participant, &named).await;
        assert_eq!((contact.caller(), contact.participant_id.as_str()), (CallerKind::Unknown, ""));
        let unknown = open_as(&intake, &intake.front_end(), CallerKind::Unknown, &named).await;
        assert_eq!((unknown.caller(), unknown.participant_id.as_str()), (CallerKind::Unknown, ""));
    }
    let unenrolled = participant(&intake, "app-1", &id());
    let contact = open_as(&intake, &unenrolled, CallerKind::Participant, "").await;
    assert_eq!((contact.caller(), contact.participant_id.as_str()), (CallerKind::Unknown, ""));
    let again = open_as(&intake, &unenrolled, CallerKind::Participant, "").await;
    assert_eq!(again.contact_id, contact.contact_id, "their token finds it again");
}
