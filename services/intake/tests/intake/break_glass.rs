//! Emergency access: narrow, short, and reviewed by somebody else.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use chrono::TimeDelta;
use harborline_identity::{Act, Call, Role, ServiceName};
use harborline_proto::common::v1::{DataClass, DisclosureBasis, DisclosurePurpose, DisclosureRefusal};
use harborline_proto::intake::v1 as pb;
use harborline_proto::intake::v1::disclosure_service_server::DisclosureService;
use harborline_proto::intake::v1::mesh_service_server::MeshService;
use harborline_proto::intake::v1::program_service_server::ProgramService;
use harborline_status::{Reason, violations_of};
use harborline_testkit::{assert_refused, owner, request, run_again, wait_until};
use harborline_types::wire::timestamp;
use harborline_types::{BreakGlassId, Clock, FacilityId, ParticipantId};
use tonic::Status;

use crate::fixture::{Given, id, somebody};

/// Somebody in crisis, whose own counselor cannot be reached.
fn asked(participant: &str) -> pb::BreakGlassRequest {
    pb::BreakGlassRequest {
        request_id: id(),
        participant_id: participant.to_owned(),
        data_classes: vec![DataClass::GeneralPhi.into()],
        reason: pb::BreakGlassReason::CounselorUnreachable.into(),
        explanation: "called from a bridge".to_owned(),
        lasts: None,
        emergency: None,
    }
}

/// A medical emergency, with the four fields.
fn emergency(participant: &str, facility: &str) -> pb::BreakGlassRequest {
    let recipient = pb::EmergencyRecipient { name: "Dr. Lee".to_owned(), facility_id: facility.to_owned() };
    pb::BreakGlassRequest {
        reason: pb::BreakGlassReason::MedicalEmergency.into(),
        emergency: Some(pb::MedicalEmergency {
            recipient: Some(recipient),
            discloser: Some(somebody("ana")),
            occurred_at: Some(timestamp(Clock::System.now())),
            nature: "overdose".to_owned(),
        }),
        ..asked(participant)
    }
}

impl Given {
    fn ana(&self) -> Call {
        self.as_("ana", Role::Counselor)
    }

    fn supervisor(&self) -> Call {
        self.as_("supervisor", Role::Supervisor)
    }

    async fn break_glass(&self, message: pb::BreakGlassRequest) -> pb::BreakGlassAccess {
        let answer = self.rpc.break_glass(request(&self.ana(), message)).await;
        answer.unwrap_or_else(|status| panic!("{status}")).into_inner().access.unwrap()
    }

    async fn end(&self, by: &Call, access: &str) -> Result<pb::BreakGlassAccess, Status> {
        let message = pb::EndBreakGlassRequest { request_id: id(), break_glass_id: access.to_owned() };
        Ok(self.rpc.end_break_glass(request(by, message)).await?.into_inner().access.unwrap())
    }

    async fn review(&self, by: &Call, access: &str) -> Result<pb::BreakGlassAccess, Status> {
        let message = pb::ReviewBreakGlassRequest {
            request_id: id(),
            break_glass_id: access.to_owned(),
            finding: pb::BreakGlassFinding::Justified.into(),
            note: "it was right to look".to_owned(),
        };
        Ok(self.rpc.review_break_glass(request(by, message)).await?.into_inner().access.unwrap())
    }

    async fn accesses(&self, unreviewed_only: bool) -> Vec<pb::BreakGlassAccess> {
        let message = pb::ListBreakGlassRequest { unreviewed_only, ..pb::ListBreakGlassRequest::default() };
        self.rpc.list_break_glass(request(&self.supervisor(), message)).await.unwrap().into_inner().accesses
    }

    /// Moves an access into the past, as if it had been taken so many minutes earlier.
    async fn age(&self, access: &str, minutes: i32) {
        let aged = "update break_glass set taken_at = taken_at - make_interval(mins => $2),
            expires_at = expires_at - make_interval(mins => $2) where break_glass_id = $1";
        let id: BreakGlassId = access.parse().unwrap();
        sqlx::query(aged).bind(id).bind(minutes).execute(&owner(&self.store)).await.unwrap();
    }
}

#[tokio::test]
async fn it_lasts_an_hour_at_most_and_is_listed_until_somebody_else_has_reviewed_it() {
    let intake = Given::new().await;
    let participant = intake.enroll("+12025550101").await;
    let access = intake.break_glass(asked(&participant)).await;
    let (taken, expires) = (access.taken_at.unwrap(), access.expires_at.unwrap());
    assert_eq!((expires.seconds - taken.seconds, access.ended_at), (3600, None));
    assert_eq!(access.taken_by.as_ref().unwrap().person_id, "ana");
    assert!(intake.accesses(true).await == [access.clone()]);

    let id = &access.break_glass_id;
    assert_refused(intake.review(&intake.ana(), id).await, Reason::ReviewerNotIndependent);
    let reviewed = intake.review(&intake.supervisor(), id).await.unwrap();
    assert_eq!(reviewed.reviewer.as_ref().unwrap().person_id, "supervisor");
    assert_refused(intake.review(&intake.as_("cleo", Role::Supervisor), id).await, Reason::BreakGlassReviewed);
    assert!(intake.accesses(true).await.is_empty());
    assert!(intake.accesses(false).await == [reviewed]);
    assert!(intake.open_duties().await.is_empty(), "nobody is reminded any more");
}

#[tokio::test]
async fn it_ends_by_itself_at_its_time_and_before_it_by_who_took_it_or_a_supervisor() {
    let intake = Given::new().await;
    let participant = intake.enroll("+12025550101").await;
    let lasts = Some(prost_types::Duration { seconds: 600, nanos: 0 });
    let access = intake.break_glass(pb::BreakGlassRequest { lasts, ..asked(&participant) }).await;
    let stranger = intake.as_("ben", Role::Counselor);
    assert_refused(intake.end(&stranger, &access.break_glass_id).await, Reason::CallerNotAllowed);
    let ended = intake.end(&intake.ana(), &access.break_glass_id).await.unwrap();
    assert!(ended.ended_at.is_some() && ended.ended_at != ended.expires_at);
    let again = intake.end(&intake.supervisor(), &access.break_glass_id).await.unwrap();
    assert_eq!(again.ended_at, ended.ended_at);

    let access = intake.break_glass(asked(&participant)).await;
    intake.age(&access.break_glass_id, 60).await;
    let expired = intake.accesses(true).await.pop().unwrap();
    assert!(expired.ended_at.is_some() && expired.ended_at == expired.expires_at);
    let late = intake.end(&intake.ana(), &access.break_glass_id).await.unwrap();
    assert_eq!(late.ended_at, late.expires_at);
}

#[tokio::test]
async fn a_care_brief_opens_to_who_took_access_while_it_lasts_and_shows_as_such_in_the_accounting() {
    let intake = Given::new().await;
    let participant_id = intake.enroll("+12025550101").await;
    let sees = async || {
        let ana = intake.ana();
        let message = pb::GetCareBriefRequest { participant_id: participant_id.clone() };
        let answer = intake.rpc.get_care_brief(request(&ana, message)).await;
        answer.map(|_| ana.noted_act().map(|noted| (noted.act, noted.basis.unwrap_or_default())))
    };
    assert_refused(sees().await, Reason::CallerNotAllowed);
    let rosters = vec![DataClass::Operational.into()];
    intake.break_glass(pb::BreakGlassRequest { data_classes: rosters, ..asked(&participant_id) }).await;
    assert_refused(sees().await, Reason::CallerNotAllowed);

    let access = intake.break_glass(asked(&participant_id)).await.break_glass_id;
    assert_eq!(sees().await.unwrap(), Some((Act::BreakGlass, access.clone())));
    intake.age(&access, 60).await;
    assert_refused(sees().await, Reason::CallerNotAllowed);

    intake.break_glass(asked(&participant_id)).await;
    let contact = intake.open_for(&participant_id).await;
    intake.assign(&contact, "ana", 1).await;
    assert_eq!(sees().await.unwrap(), None, "who answers the participant needs no emergency access");
}

#[tokio::test]
async fn the_other_services_hear_of_it_while_it_lasts_and_of_nobody_else() {
    let intake = Given::new().await;
    let (participant_id, other) = (intake.enroll("+12025550101").await, intake.enroll("+12025550102").await);
    let contact_id = intake.open_for(&participant_id).await;
    let call = intake.as_service(ServiceName::Followup);
    let sees = async |participant_id: &str, person: &str| {
        let (participant_id, person_id) = (participant_id.to_owned(), person.to_owned());
        let message = pb::DescribeParticipantRequest { participant_id, person_id };
        intake.rpc.describe_participant(request(&call, message)).await.unwrap().into_inner().has_broken_glass
    };
    let sees_contact = async |person: &str| {
        let message = pb::DescribeContactRequest { contact_id: contact_id.clone(), person_id: person.to_owned() };
        intake.rpc.describe_contact(request(&call, message)).await.unwrap().into_inner().has_broken_glass
    };
    assert!(!sees(&participant_id, "ana").await && !sees_contact("ana").await);
    let access = intake.break_glass(asked(&participant_id)).await;
    assert!(sees(&participant_id, "ana").await && sees_contact("ana").await);
    intake.neighbors.availability_away.store(true, Ordering::SeqCst);
    assert!(sees(&participant_id, "ana").await && sees_contact("ana").await, "it waits for no other service");
    intake.neighbors.availability_away.store(false, Ordering::SeqCst);
    assert!(!sees(&other, "ana").await && !sees(&participant_id, "ben").await && !sees_contact("ben").await);
    intake.age(&access.break_glass_id, 60).await;
    assert!(!sees(&participant_id, "ana").await && !sees_contact("ana").await);
    let access = intake.break_glass(asked(&participant_id)).await;
    intake.end(&intake.ana(), &access.break_glass_id).await.unwrap();
    assert!(!sees(&participant_id, "ana").await);
}

#[tokio::test]
async fn a_medical_emergency_lets_its_recipient_be_told_while_it_lasts_and_nobody_else() {
    let intake = Given::part2().await;
    let participant = intake.enroll("+12025550101").await;
    let (contact, facility) = (intake.open_for(&participant).await, FacilityId::new().to_string());
    let question = |facility: &str| pb::CheckDisclosureRequest {
        contact_id: contact.clone(),
        facility_id: facility.to_owned(),
        gives_care: true,
        data_classes: Vec::new(),
        purpose: DisclosurePurpose::Emergency.into(),
    };
    let missing = DisclosureRefusal::ConsentMissing;
    assert_eq!(intake.check(question(&facility)).await.refusal(), missing);

    let access = intake.break_glass(emergency(&participant, &facility)).await;
    assert_eq!(access.data_classes, [i32::from(DataClass::Part2Sud)], "as it is in the program");
    let told = intake.check(question(&facility)).await;
    assert_eq!(told.grants[0].basis(), DisclosureBasis::MedicalEmergency);
    assert_eq!(told.grants[0].break_glass_id, access.break_glass_id);
    assert!(!told.redisclosure_notice.is_empty());
    assert_eq!(intake.check(question(&FacilityId::new().to_string())).await.refusal(), missing);
    let no_care = pb::CheckDisclosureRequest { gives_care: false, ..question(&facility) };
    assert_eq!(intake.check(no_care).await.refusal(), missing);
    let other = intake.open_for(&intake.enroll("+12025550102").await).await;
    let other = pb::CheckDisclosureRequest { contact_id: other, ..question(&facility) };
    assert_eq!(intake.check(other).await.refusal(), missing);

    intake.end(&intake.ana(), &access.break_glass_id).await.unwrap();
    assert_eq!(intake.check(question(&facility)).await.refusal(), missing);
    let access = intake.break_glass(emergency(&participant, &facility)).await;
    intake.age(&access.break_glass_id, 60).await;
    assert_eq!(intake.check(question(&facility)).await.refusal(), missing);
}

#[tokio::test]
async fn a_threat_lets_ordinary_information_go_out_and_never_what_is_under_part_2() {
    for (intake, expected) in [(Given::new().await, true), (Given::part2().await, false)] {
        let participant = intake.enroll("+12025550101").await;
        let (contact_id, facility_id) = (intake.open_for(&participant).await, FacilityId::new().to_string());
        let reason = pb::BreakGlassReason::SeriousThreat.into();
        intake.break_glass(pb::BreakGlassRequest { reason, ..emergency(&participant, &facility_id) }).await;
        let question = pb::CheckDisclosureRequest {
            contact_id,
            facility_id,
            gives_care: false,
            data_classes: Vec::new(),
            purpose: DisclosurePurpose::Emergency.into(),
        };
        let bases: Vec<_> = intake.check(question).await.grants.iter().map(pb::DisclosureGrant::basis).collect();
        assert_eq!(bases == [DisclosureBasis::SeriousThreat], expected);
    }
}

#[tokio::test]
async fn wrong_fields_are_all_named() {
    let intake = Given::new().await;
    let participant = intake.enroll("+12025550101").await;
    let assert_names = async |message: pb::BreakGlassRequest, expected: &[&str]| {
        let answer = intake.rpc.break_glass(request(&intake.ana(), message)).await;
        assert_eq!(violations_of(&assert_refused(answer, Reason::RequestInvalid)), expected);
    };
    let nothing = ["request_id", "participant_id", "data_classes", "reason", "explanation"];
    assert_names(pb::BreakGlassRequest::default(), &nothing).await;
    for seconds in [0, 3601] {
        let lasts = Some(prost_types::Duration { seconds, nanos: 0 });
        assert_names(pb::BreakGlassRequest { lasts, ..asked(&participant) }, &["lasts"]).await;
    }
    let notes = vec![DataClass::PsychotherapyNote.into()];
    assert_names(pb::BreakGlassRequest { data_classes: notes, ..asked(&participant) }, &["data_classes"]).await;

    let whole = emergency(&participant, &FacilityId::new().to_string());
    let reason = pb::BreakGlassReason::CounselorUnreachable.into();
    assert_names(pb::BreakGlassRequest { reason, ..whole.clone() }, &["emergency"]).await;
    let all_of_it = [
        "emergency",
        "emergency.recipient",
        "emergency.recipient.name",
        "emergency.recipient.facility_id",
        "emergency.discloser",
        "emergency.discloser.person_id",
        "emergency.discloser.name",
        "emergency.occurred_at",
        "emergency.nature",
    ];
    assert_names(pb::BreakGlassRequest { emergency: None, ..whole.clone() }, &all_of_it).await;
    let bare = Some(pb::MedicalEmergency::default());
    assert_names(pb::BreakGlassRequest { emergency: bare, ..whole.clone() }, &all_of_it[1..]).await;
    let mut later = whole;
    later.emergency.as_mut().unwrap().occurred_at = Some(timestamp(Clock::System.now() + TimeDelta::hours(1)));
    assert_names(later, &["emergency.occurred_at"]).await;

    let nobody = ParticipantId::new().to_string();
    let answer = intake.rpc.break_glass(request(&intake.ana(), asked(&nobody))).await;
    assert_refused(answer, Reason::ParticipantNotFound);
}

#[tokio::test]
async fn another_programs_accesses_are_not_there() {
    let intake = Given::new().await;
    let access = intake.break_glass(asked(&intake.enroll("+12025550101").await)).await.break_glass_id;
    let elsewhere = intake.elsewhere();
    elsewhere.put_program().await;
    assert_refused(elsewhere.end(&elsewhere.supervisor(), &access).await, Reason::BreakGlassNotFound);
    assert_refused(elsewhere.review(&elsewhere.supervisor(), &access).await, Reason::BreakGlassNotFound);
    assert!(elsewhere.accesses(false).await.is_empty());
}

#[tokio::test]
async fn a_review_is_asked_for_from_the_end_on_and_again_the_next_day() {
    let intake = Arc::new(Given::new().await);
    let access = intake.break_glass(asked(&intake.enroll("+12025550101").await)).await;
    intake.age(&access.break_glass_id, 60).await;
    let due = "select due_at - now() > interval '23 hours' from duty where kind = 'break-glass-review'";
    run_again(&intake.store, "break-glass-review", &access.break_glass_id).await;
    let asked_again = wait_until("the review is asked for again tomorrow", || async {
        let tomorrow: bool = sqlx::query_scalar(due).fetch_one(&owner(&intake.store)).await.unwrap();
        tomorrow.then_some(())
    });
    intake.working(asked_again).await;
    intake.review(&intake.supervisor(), &access.break_glass_id).await.unwrap();
    assert!(intake.open_duties().await.is_empty());
}

#[tokio::test]
async fn the_database_refuses_what_no_access_may_be_and_shows_no_words() {
    let intake = Given::new().await;
    let access = emergency(&intake.enroll("+12025550101").await, &FacilityId::new().to_string());
    intake.break_glass(access).await;
    let database = owner(&intake.store);
    for (change, constraint) in [
        ("expires_at = taken_at + interval '61 minutes'", "break_glass_at_most_an_hour"),
        ("data_classes = '{psychotherapy_note}'", "break_glass_of_what_can_be_seen"),
        ("emergency = null, facility_id = null", "break_glass_emergency_by_reason"),
        ("facility_id = null", "break_glass_emergency_whole"),
        ("reviewer_id = 'ben'", "break_glass_review_whole"),
        (
            "reviewer_id = taken_by_id, reviewer_name = 'Ana', reviewed_at = now(), finding = 'justified', review_note = ''",
            "break_glass_reviewer_is_another",
        ),
        ("ended_at = expires_at + interval '1 second'", "break_glass_ends_in_its_time"),
    ] {
        let statement = sqlx::AssertSqlSafe(format!("update break_glass set {change}"));
        let refused = sqlx::raw_sql(statement).execute(&database).await.unwrap_err();
        assert_eq!(refused.as_database_error().and_then(|error| error.constraint()), Some(constraint));
    }
    let words = "select b::text || encode(explanation, 'escape') || encode(emergency, 'escape') from break_glass b";
    let row: String = sqlx::query_scalar(words).fetch_one(&database).await.unwrap();
    assert!(!row.contains("bridge") && !row.contains("overdose") && !row.contains("Lee"));
}
