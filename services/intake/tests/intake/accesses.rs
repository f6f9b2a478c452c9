//! The accounting of accesses (P9): who touched what of a participant's.

use std::sync::atomic::Ordering;

use harborline_identity::{AccessLog, Call, Caller, PersonCaller, Recording, Role, Subject};
use harborline_proto::common::v1 as common;
use harborline_proto::intake::v1 as pb;
use harborline_proto::intake::v1::access_service_server::AccessService;
use harborline_status::Reason;
use harborline_store::AccessWriter;
use harborline_testkit::{assert_refused, request};
use harborline_types::{ContactId, ParticipantId, PersonId};
use tonic::Status;
use uuid::Uuid;

use crate::fixture::Given;

const READ: &str = "harborline.intake.v1.ContactService/GetContact";

async fn list(given: &Given, by: &Call, participant: &str, size: i32) -> Result<pb::ListAccessesResponse, Status> {
    page(given, by, participant, size, "").await
}

async fn page(
    given: &Given,
    by: &Call,
    participant: &str,
    page_size: i32,
    page_token: &str,
) -> Result<pb::ListAccessesResponse, Status> {
    let (participant_id, page_token) = (participant.to_owned(), page_token.to_owned());
    let message = pb::ListAccessesRequest { participant_id, page_size, page_token };
    given.rpc.list_accesses(request(by, message)).await.map(tonic::Response::into_inner)
}

/// Somebody looks, as the layer would have put it on record.
async fn look(given: &Given, who: &str, subject: Subject) {
    let call = given.as_(who, Role::Counselor);
    call.goes_on_record(Recording::Read, READ);
    call.concerns(subject);
    AccessWriter::start(&given.store).answered(&call).await.unwrap();
}

fn participant(id: &str) -> ParticipantId {
    id.parse().unwrap()
}

fn callers(answer: &pb::ListAccessesResponse) -> Vec<&str> {
    answer.accesses.iter().map(|access| access.caller_id.as_str()).collect()
}

fn own(given: &Given, participant: ParticipantId) -> Call {
    let who = PersonCaller::new(PersonId::parse("app-user").unwrap(), &[Role::Participant]);
    let who = PersonCaller { participant: Some(participant), ..who };
    Call::new(Caller::Person(who), Some(given.program), None)
}

#[tokio::test]
async fn a_participant_sees_who_touched_the_own_record_and_contacts_and_nobody_elses() {
    let given = Given::new().await;
    let (mine, other) = (given.enroll("+12025550101").await, given.enroll("+12025550102").await);
    let contact: ContactId = given.open_for(&mine).await.parse().unwrap();
    look(&given, "ana", Subject::Participant(participant(&mine))).await;
    look(&given, "ben", Subject::Contact(contact)).await;
    look(&given, "cleo", Subject::Participant(participant(&other))).await;
    look(&given, "dora", Subject::Contact(ContactId::new())).await;

    let answer = list(&given, &own(&given, participant(&mine)), &mine, 0).await.unwrap();
    assert_eq!(callers(&answer), ["ben", "ana"], "newest first");
    let newest = &answer.accesses[0];
    assert_eq!((newest.method.as_str(), newest.service.as_str()), (READ, "intake"));
    assert_eq!((newest.act(), newest.purpose.as_str()), (common::AccessAct::Read, "treatment"));
    assert_eq!((newest.roles.as_slice(), newest.by_service), (["counselor".to_owned()].as_slice(), false));
    assert_eq!(answer.incomplete_services, [""; 0]);
}

#[tokio::test]
async fn a_participant_lists_nobody_elses_accesses() {
    let given = Given::new().await;
    let (mine, other) = (given.enroll("+12025550101").await, given.enroll("+12025550102").await);
    let me = own(&given, participant(&mine));
    assert_refused(list(&given, &me, &other, 0).await.map(|_| ()), Reason::CallerNotAllowed);
    let counselor = given.as_("ana", Role::Counselor);
    assert_refused(list(&given, &counselor, &mine, 0).await.map(|_| ()), Reason::CallerNotAllowed);
    let auditor = given.as_("auditor", Role::Auditor);
    list(&given, &auditor, &other, 0).await.unwrap();
    let nobody = ParticipantId::new().to_string();
    assert_refused(list(&given, &auditor, &nobody, 0).await.map(|_| ()), Reason::ParticipantNotFound);
}

#[tokio::test]
async fn pages_hold_every_act_once_and_go_on_where_the_last_ended() {
    let given = Given::new().await;
    let mine = given.enroll("+12025550101").await;
    for number in 0..7 {
        look(&given, &format!("person-{number}"), Subject::Participant(participant(&mine))).await;
    }
    let auditor = given.as_("auditor", Role::Auditor);
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let answer = page(&given, &auditor, &mine, 3, &token).await.unwrap();
        seen.extend(callers(&answer).into_iter().map(str::to_owned));
        token = answer.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    let expected: Vec<_> = (0..7).rev().map(|number| format!("person-{number}")).collect();
    assert_eq!(seen, expected);
    let foreign = page(&given, &auditor, &mine, 3, "v1:yesterday").await.map(|_| ());
    assert_refused(foreign, Reason::CursorInvalid);
}

#[tokio::test]
async fn a_neighbors_acts_are_in_their_place_and_a_silent_neighbor_is_named() {
    let given = Given::new().await;
    let mine = given.enroll("+12025550101").await;
    look(&given, "ana", Subject::Participant(participant(&mine))).await;
    let earlier = common::Access {
        access_id: Uuid::now_v7().to_string(),
        at: Some(prost_types::Timestamp { seconds: 1_700_000_000, nanos: 0 }),
        service: "triage".to_owned(),
        caller_id: "intake".to_owned(),
        by_service: true,
        ..common::Access::default()
    };
    *given.neighbors.on_record.lock().unwrap() = vec![earlier];
    let auditor = given.as_("auditor", Role::Auditor);
    let answer = list(&given, &auditor, &mine, 2).await.unwrap();
    assert_eq!(callers(&answer), ["ana", "intake"]);

    given.neighbors.records_away.store(true, Ordering::SeqCst);
    let answer = list(&given, &auditor, &mine, 0).await.unwrap();
    assert_eq!(callers(&answer), ["ana"]);
    let silent: Vec<_> = answer.incomplete_services.iter().map(String::as_str).collect();
    assert_eq!(silent, ["triage", "availability", "referral", "followup"]);
}
