//! What may be told to family, and the record of it.

use harborline_identity::{Call, Role};
use harborline_proto::common::v1::{DataClass, DisclosurePurpose};
use harborline_proto::intake::v1 as pb;
use harborline_proto::intake::v1::disclosure_service_server::DisclosureService;
use harborline_status::{Reason, violations_of};
use harborline_testkit::{assert_refused, owner, request};
use harborline_types::ParticipantId;
use tonic::Status;

use crate::consents::consent_of;
use crate::fixture::{Given, id};

/// A partner who was recognized asks; the participant was not asked.
pub(crate) fn asked(contact: &str, participant: &str) -> pb::DecideFamilyDisclosureRequest {
    pb::DecideFamilyDisclosureRequest {
        request_id: id(),
        contact_id: contact.to_owned(),
        participant_id: participant.to_owned(),
        name: "Rosa D\u{ED}az".to_owned(),
        relationship: pb::Relationship::Partner.into(),
        is_verified: true,
        participant_state: pb::ParticipantState::Able.into(),
        preference: pb::FamilyPreference::NotAsked.into(),
        threat: pb::FamilyThreat::Absent.into(),
        ..pb::DecideFamilyDisclosureRequest::default()
    }
}

/// A consent to tell Rosa.
fn consent_for_rosa(participant: &str) -> pb::Consent {
    pb::Consent {
        recipients: vec![pb::ConsentRecipient {
            kind: pb::ConsentRecipientKind::Person.into(),
            name: "rosa  d\u{ED}az".to_owned(),
            relationship: pb::Relationship::Partner.into(),
            ..pb::ConsentRecipient::default()
        }],
        purposes: vec![DisclosurePurpose::FamilyInvolvement.into()],
        ..consent_of(participant, "")
    }
}

impl Given {
    /// A contact that Ana is in.
    pub(crate) async fn answered(&self) -> String {
        let contact = self.open().await;
        assert!(self.assign(&contact, "ana", 1).await);
        contact
    }

    pub(crate) async fn decide(
        &self,
        by: &Call,
        asked: pb::DecideFamilyDisclosureRequest,
    ) -> Result<pb::DecideFamilyDisclosureResponse, Status> {
        self.rpc.decide_family_disclosure(request(by, asked)).await.map(tonic::Response::into_inner)
    }
}

#[tokio::test]
async fn a_part_2_program_answers_alike_about_a_participant_and_about_nobody_until_there_is_a_consent() {
    let intake = Given::part2().await;
    let (participant, contact) = (intake.enroll("+12025550101").await, intake.answered().await);
    let ana = intake.as_("ana", Role::Counselor);
    let about = intake.decide(&ana, asked(&contact, &participant)).await.unwrap();
    let nobody = intake.decide(&ana, asked(&contact, "")).await.unwrap();
    assert_eq!(about.outcome(), pb::FamilyOutcome::GeneralInfoOnly);
    assert_eq!((about.basis(), nobody.basis()), (pb::FamilyBasis::Part2WithoutConsent, pb::FamilyBasis::NotEnrolled));
    assert_eq!((&about.script, about.outcome), (&nobody.script, nobody.outcome));

    let consent = intake.record_consent(consent_for_rosa(&participant)).await;
    let told = intake.decide(&ana, asked(&contact, &participant)).await.unwrap();
    let scope = told.scope.as_ref().unwrap();
    assert_eq!((told.outcome(), scope.extent()), (pb::FamilyOutcome::Share, pb::FamilyExtent::AsConsented));
    assert_eq!((&scope.consent_id, &scope.data_classes), (&consent.consent_id, &vec![DataClass::Part2Sud.into()]));
    let parent = pb::Relationship::Parent.into();
    let name = "ROSA Di\u{301}az\u{200D}".to_owned();
    let typed_otherwise = pb::DecideFamilyDisclosureRequest { name, ..asked(&contact, &participant) };
    assert_eq!(intake.decide(&ana, typed_otherwise).await.unwrap().outcome(), pb::FamilyOutcome::Share);
    let another = pb::DecideFamilyDisclosureRequest { relationship: parent, ..asked(&contact, &participant) };
    assert_eq!(intake.decide(&ana, another).await.unwrap().outcome(), pb::FamilyOutcome::GeneralInfoOnly);

    intake.revoke(&consent.consent_id).await;
    let after = intake.decide(&ana, asked(&contact, &participant)).await.unwrap();
    assert_eq!((after.outcome(), &after.script), (pb::FamilyOutcome::GeneralInfoOnly, &nobody.script));
}

#[tokio::test]
async fn in_danger_who_can_lessen_it_is_told_and_help_is_owed() {
    let intake = Given::new().await;
    let (participant, contact) = (intake.enroll("+12025550101").await, intake.answered().await);
    let ana = intake.as_("ana", Role::Counselor);
    let threat = pb::DecideFamilyDisclosureRequest {
        threat: pb::FamilyThreat::CallerCanLessen.into(),
        preference: pb::FamilyPreference::Objected.into(),
        ..asked(&contact, &participant)
    };
    let told = intake.decide(&ana, threat).await.unwrap();
    assert_eq!(told.outcome(), pb::FamilyOutcome::EmergencyShare);
    assert!(told.duties.contains(&pb::EmergencyDuty::GetHelp.into()) && told.script.contains("safe"));
}

#[tokio::test]
async fn each_decision_is_on_record_with_who_asked_what_and_why_and_without_words() {
    let intake = Given::new().await;
    let (participant, contact) = (intake.enroll("+12025550101").await, intake.answered().await);
    let preference = pb::FamilyPreference::Agreed.into();
    let agreed = pb::DecideFamilyDisclosureRequest { preference, ..asked(&contact, &participant) };
    let told = intake.decide(&intake.as_("ana", Role::Counselor), agreed).await.unwrap();
    let row: (String, String, String, String, Vec<String>, String) = sqlx::query_as(
        "select decision_id::text, relationship, outcome, basis, shared_classes, decided_by_id from family_decision",
    )
    .fetch_one(&owner(&intake.store))
    .await
    .unwrap();
    let (partner, share, involvement) = ("partner".to_owned(), "share".to_owned(), "involvement".to_owned());
    let classes = vec!["general_phi".to_owned()];
    assert_eq!(row, (told.decision_id, partner, share, involvement, classes, "ana".to_owned()));
    let all = "select f::text || encode(asker, 'escape') from family_decision f";
    let all: String = sqlx::query_scalar(all).fetch_one(&owner(&intake.store)).await.unwrap();
    assert!(!all.contains("Rosa"));
}

#[tokio::test]
async fn only_the_counselor_in_the_contact_or_a_supervisor_decides() {
    let intake = Given::new().await;
    let contact = intake.answered().await;
    let ben = intake.as_("ben", Role::Counselor);
    assert_refused(intake.decide(&ben, asked(&contact, "")).await, Reason::CallerNotAllowed);
    let supervisor = intake.as_("supervisor", Role::Supervisor);
    assert!(intake.decide(&supervisor, asked(&contact, "")).await.is_ok());
}

#[tokio::test]
async fn wrong_fields_are_named_and_foreign_ids_are_not_there() {
    let intake = Given::new().await;
    let contact = intake.answered().await;
    let ana = intake.as_("ana", Role::Counselor);
    let refused = intake.decide(&ana, pb::DecideFamilyDisclosureRequest::default()).await;
    let fields = ["request_id", "contact_id", "name", "relationship", "participant_state", "preference", "threat"];
    assert_eq!(violations_of(&assert_refused(refused, Reason::RequestInvalid)), fields);
    let nobody = ParticipantId::new().to_string();
    assert_refused(intake.decide(&ana, asked(&contact, &nobody)).await, Reason::ParticipantNotFound);
    let elsewhere = intake.elsewhere();
    elsewhere.put_program().await;
    let stranger = elsewhere.as_("stranger", Role::Supervisor);
    assert_refused(elsewhere.decide(&stranger, asked(&contact, "")).await, Reason::ContactNotFound);
}

#[tokio::test]
async fn a_spoken_consent_is_not_announced_as_a_written_one() {
    let intake = Given::new().await;
    let (participant, contact) = (intake.enroll("+12025550101").await, intake.answered().await);
    let ana = intake.as_("ana", Role::Counselor);
    let data_classes = vec![DataClass::GeneralPhi.into()];
    let spoken = pb::ConsentSigned::Spoken.into();
    intake.record_consent(pb::Consent { data_classes, signed_how: spoken, ..consent_for_rosa(&participant) }).await;
    let told = intake.decide(&ana, asked(&contact, &participant)).await.unwrap();
    assert_eq!((told.outcome(), told.basis()), (pb::FamilyOutcome::Share, pb::FamilyBasis::SpokenConsent));
    assert!(!told.script.contains("writing"), "{}", told.script);
}
