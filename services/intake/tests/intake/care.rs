//! Programs and participants.

use harborline_identity::Role;
use harborline_proto::intake::v1::program_service_server::ProgramService;
use harborline_proto::intake::v1::{GetCareBriefRequest, GetProgramRequest};
use harborline_status::Reason;
use harborline_testkit::{assert_refused, owner, request};

use crate::fixture::{Given, enroll_request};

#[tokio::test]
async fn a_program_shows_its_director_as_on_call_until_a_supervisor_is_named() {
    let intake = Given::without_program().await;
    let call = intake.as_("admin", Role::Administrator);
    assert_refused(intake.rpc.get_program(request(&call, GetProgramRequest {})).await, Reason::ProgramNotReady);
    intake.put_program().await;
    let program = async || {
        let answer = intake.rpc.get_program(request(&call, GetProgramRequest {})).await;
        answer.unwrap().into_inner().program.unwrap()
    };
    assert_eq!(program().await.supervisor_on_call.unwrap().person_id, "director");
    intake.put_supervisor("supervisor", 1).await;
    assert_eq!(program().await.supervisor_on_call.unwrap().person_id, "supervisor");
}

#[tokio::test]
async fn a_counselor_reads_before_the_first_word_what_was_enrolled() {
    let intake = Given::new().await;
    let participant_id = intake.enroll("+12025550101").await;
    let contact = intake.open_for(&participant_id).await;
    assert!(intake.assign(&contact, "ana", 1).await);
    let message = GetCareBriefRequest { participant_id: participant_id.clone() };
    let brief = intake.rpc.get_care_brief(request(&intake.as_("ana", Role::Counselor), message)).await;
    let brief = brief.unwrap().into_inner();
    assert_eq!((brief.name.as_str(), brief.language.as_str()), ("participant-1", "es"));
    assert_eq!(brief.responsible_clinician.unwrap().person_id, "clinician");
    let care = brief.care_brief.unwrap();
    assert_eq!(care.goals, ["one day at a time"]);
    let plan = brief.safety_plan.unwrap();
    assert_eq!((plan.version, plan.entries[0].words.as_ref().unwrap().text.as_str()), (1, "not sleeping"));
}

#[tokio::test]
async fn a_dedicated_number_is_one_participants() {
    let intake = Given::new().await;
    intake.enroll("+12025550101").await;
    let call = intake.as_("admin", Role::Administrator);
    let again = intake.rpc.enroll_participant(request(&call, enroll_request("+12025550101"))).await;
    assert_refused(again, Reason::DedicatedNumberTaken);
    intake.enroll("+12025550102").await;
}

#[tokio::test]
async fn a_participant_needs_a_program_that_is_set_up() {
    let intake = Given::without_program().await;
    let call = intake.as_("admin", Role::Administrator);
    let refused = intake.rpc.enroll_participant(request(&call, enroll_request("+12025550101"))).await;
    assert_refused(refused, Reason::ProgramNotReady);
}

#[tokio::test]
async fn what_is_known_about_a_participant_cannot_be_read_in_the_database() {
    let intake = Given::new().await;
    intake.enroll("+12025550101").await;
    let rows =
        "select p::text || encode(record, 'escape') || encode(dedicated_number_hash, 'escape') from participant p";
    let row: String = sqlx::query_scalar(rows).fetch_one(&owner(&intake.store)).await.unwrap();
    for known in ["participant-1", "5550101", "one day at a time", "heron"] {
        assert!(!row.contains(known), "{known}");
    }
}
