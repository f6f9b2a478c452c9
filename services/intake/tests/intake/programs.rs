//! Changes of a program: none undoes another's, and its protection under 42 CFR Part 2 ends by an act of its own alone.

use harborline_identity::Role;
use harborline_proto::intake::v1 as pb;
use harborline_proto::intake::v1::program_service_server::ProgramService;
use harborline_status::{Reason, violations_of};
use harborline_testkit::{assert_refused, request};
use tonic::Status;

use crate::fixture::{Given, id, put_request};

impl Given {
    async fn end_part2(&self, reason: &str, etag: &str) -> Result<pb::Program, Status> {
        let (reason, etag) = (reason.to_owned(), etag.to_owned());
        let message = pb::EndPart2ProtectionRequest { request_id: id(), reason, etag };
        let call = self.as_("admin", Role::Administrator);
        Ok(self.rpc.end_part2_protection(request(&call, message)).await?.into_inner().program.unwrap())
    }

    async fn program_as_read(&self) -> pb::GetProgramResponse {
        let call = self.as_("auditor", Role::Auditor);
        self.rpc.get_program(request(&call, pb::GetProgramRequest {})).await.unwrap().into_inner()
    }
}

#[tokio::test]
async fn a_change_that_says_nothing_of_part_2_leaves_the_protection_and_none_lifts_it() {
    let intake = Given::part2().await;
    let changed = intake.put(pb::PutProgramRequest { name: "Renamed IOP".to_owned(), ..put_request() }).await.unwrap();
    assert!(changed.part2_program && changed.name == "Renamed IOP");
    let lifting = pb::PutProgramRequest { part2_program: Some(false), ..put_request() };
    assert_refused(intake.put(lifting).await, Reason::Part2InForce);
    let read = intake.program_as_read().await;
    assert!(read.program.unwrap().part2_program && read.part2_end.is_none());
}

#[tokio::test]
async fn the_protection_ends_with_a_reason_that_is_kept_and_begins_again() {
    let intake = Given::part2().await;
    assert_eq!(violations_of(&assert_refused(intake.end_part2("no", "").await, Reason::RequestInvalid)), ["reason"]);
    let ended = intake.end_part2("no longer federally assisted", "").await.unwrap();
    assert!(!ended.part2_program);
    let again = intake.end_part2("a second time for nothing", "").await.unwrap();
    assert!(!again.part2_program);
    let end = intake.program_as_read().await.part2_end.unwrap();
    assert_eq!(
        (end.reason.as_str(), end.ended_by.unwrap().person_id.as_str()),
        ("no longer federally assisted", "admin")
    );
    assert!(end.ended_at.is_some());

    let begun = pb::PutProgramRequest { part2_program: Some(true), ..put_request() };
    assert!(intake.put(begun).await.unwrap().part2_program);
    assert!(intake.program_as_read().await.part2_end.is_none());
}

#[tokio::test]
async fn who_changes_a_program_that_somebody_else_has_changed_is_told() {
    let intake = Given::new().await;
    let read = intake.program_as_read().await.program.unwrap();
    intake.put_supervisor("supervisor", 1).await;
    let on_call = intake.program_as_read().await.program.unwrap();
    assert_eq!(on_call.etag, read.etag, "nobody edited it");
    let edit = |name: &str, etag: &str| pb::PutProgramRequest {
        name: name.to_owned(),
        etag: etag.to_owned(),
        ..put_request()
    };
    let first = intake.put(edit("One", &read.etag)).await.unwrap();
    assert_ne!(first.etag, read.etag);
    assert_refused(intake.put(edit("Two", &read.etag)).await, Reason::EtagMismatch);
    assert_refused(intake.end_part2("an edit of what was read before", &read.etag).await, Reason::EtagMismatch);
    assert_eq!(intake.program_as_read().await.program.unwrap().name, "One");
    intake.put(edit("Three", "")).await.unwrap();

    let nothing = Given::without_program().await;
    assert_refused(nothing.put(edit("Four", &read.etag)).await, Reason::EtagMismatch);
    assert_refused(nothing.end_part2("a program that is not there", "").await, Reason::ProgramNotReady);
}
