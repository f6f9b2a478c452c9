//! Family members and other support persons as people of their own.

use harborline_identity::{Call, Role};
use harborline_proto::common::v1::{CallerKind, DataClass, DisclosurePurpose, Telling};
use harborline_proto::intake::v1 as pb;
use harborline_proto::intake::v1::caller_service_server::CallerService;
use harborline_proto::intake::v1::consent_service_server::ConsentService;
use harborline_proto::intake::v1::contact_service_server::ContactService;
use harborline_proto::intake::v1::support_person_service_server::SupportPersonService;
use harborline_status::{Reason, violations_of};
use harborline_testkit::{assert_refused, owner, request};
use tonic::Status;

use crate::callers::{family_member, open_as};
use crate::consents::consent_of;
use crate::family::asked;
use crate::fixture::{Given, id};
use crate::permits::participant;

const PHRASE: &str = "seven grey geese";
const NUMBER: &str = "+12025550143";

/// A parent who is on record.
fn details() -> pb::SupportPersonDetails {
    pb::SupportPersonDetails {
        name: "Mo Example".to_owned(),
        relationship: pb::Relationship::Parent.into(),
        phone_numbers: vec![NUMBER.to_owned()],
        language: "es".to_owned(),
        contact_rule: pb::ContactRule::MayBeContacted.into(),
        note: "hard of hearing".to_owned(),
        representative: None,
        person_id: "mother".to_owned(),
    }
}

impl Given {
    async fn add_supporter(
        &self,
        participant_id: &str,
        details: pb::SupportPersonDetails,
    ) -> Result<pb::SupportPerson, Status> {
        let message = pb::AddSupportPersonRequest {
            request_id: id(),
            participant_id: participant_id.to_owned(),
            details: Some(details),
            verification_phrase: PHRASE.to_owned(),
        };
        let call = self.as_("clinician", Role::CareTeam);
        Ok(self.rpc.add_support_person(request(&call, message)).await?.into_inner().support_person.unwrap())
    }

    async fn change_supporter(
        &self,
        person: &pb::SupportPerson,
        change: impl FnOnce(&mut pb::SupportPersonDetails),
    ) -> Result<pb::SupportPerson, Status> {
        let mut details = person.details.clone().unwrap();
        change(&mut details);
        let message = pb::UpdateSupportPersonRequest {
            request_id: id(),
            participant_id: person.participant_id.clone(),
            support_person_id: person.support_person_id.clone(),
            etag: person.etag.clone(),
            details: Some(details),
            verification_phrase: String::new(),
        };
        let call = self.as_("clinician", Role::CareTeam);
        Ok(self.rpc.update_support_person(request(&call, message)).await?.into_inner().support_person.unwrap())
    }

    async fn end_supporter(&self, person: &pb::SupportPerson) -> pb::SupportPerson {
        let message = pb::EndSupportPersonRequest {
            request_id: id(),
            participant_id: person.participant_id.clone(),
            support_person_id: person.support_person_id.clone(),
        };
        let call = self.as_("clinician", Role::CareTeam);
        self.rpc.end_support_person(request(&call, message)).await.unwrap().into_inner().support_person.unwrap()
    }

    async fn supporting(&self, by: &Call, participant_id: &str) -> Result<Vec<pb::SupportPerson>, Status> {
        let message = pb::ListSupportPersonsRequest { participant_id: participant_id.to_owned(), with_ended: false };
        Ok(self.rpc.list_support_persons(request(by, message)).await?.into_inner().support_persons)
    }

    async fn supporters_found(&self, number: &str, name: &str) -> Vec<String> {
        let message = pb::FindSupportPersonsRequest { phone_number: number.to_owned(), name: name.to_owned() };
        let call = self.as_("ana", Role::Counselor);
        let found = self.rpc.find_support_persons(request(&call, message)).await.unwrap().into_inner();
        assert!(!found.has_more);
        found.support_persons.into_iter().map(|person| person.support_person_id).collect()
    }

    /// A family member who says the phrase of a support person.
    async fn says(&self, contact_id: &str, person: &pb::SupportPerson, phrase: &str) -> pb::VerifyCallerResponse {
        let message = pb::VerifyCallerRequest {
            request_id: id(),
            contact_id: contact_id.to_owned(),
            participant_id: person.participant_id.clone(),
            dedicated_number: String::new(),
            phrase: phrase.to_owned(),
            support_person_id: person.support_person_id.clone(),
        };
        self.verify(message).await.unwrap()
    }

    async fn is_by_phrase(
        &self,
        contact_id: &str,
        person: &pb::SupportPerson,
    ) -> Result<pb::IdentifyCallerResponse, Status> {
        self.identify_as(pb::IdentifyCallerRequest {
            contact_id: contact_id.to_owned(),
            participant_id: person.participant_id.clone(),
            caller: CallerKind::FamilyMember.into(),
            basis: pb::IdentificationBasis::Phrase.into(),
            support_person_id: person.support_person_id.clone(),
            ..pb::IdentifyCallerRequest::default()
        })
        .await
    }

    /// Whom a contact is about, as a supervisor sees it.
    async fn is_about(&self, contact: &pb::Contact) -> String {
        let message = pb::GetContactRequest { contact_id: contact.contact_id.clone() };
        let call = self.as_("supervisor", Role::Supervisor);
        let contact = self.rpc.get_contact(request(&call, message)).await.unwrap().into_inner().contact.unwrap();
        contact.participant_id
    }

    /// The support person whose access token opened a contact.
    async fn bound(&self, contact_id: &str) -> String {
        let message = pb::ListIdentificationsRequest { contact_id: contact_id.to_owned() };
        let call = self.as_("supervisor", Role::Supervisor);
        self.rpc.list_identifications(request(&call, message)).await.unwrap().into_inner().support_person_id
    }
}

#[tokio::test]
async fn a_support_person_is_kept_as_told_and_seen_by_whom_the_participant_is_seen() {
    let intake = Given::new().await;
    let participant_id = intake.enroll("+12025550101").await;
    let added = intake.add_supporter(&participant_id, details()).await.unwrap();
    assert!(added.details == Some(details()) && added.has_verification_phrase && added.ended_at.is_none());
    let changed = intake.change_supporter(&added, |details| details.note = "calls at night".to_owned()).await.unwrap();
    assert_refused(intake.change_supporter(&added, |details| details.note.clear()).await, Reason::EtagMismatch);

    let own = participant(&intake, "app-1", &participant_id);
    assert!(intake.supporting(&own, &participant_id).await.unwrap() == [changed.clone()]);
    let ana = intake.as_("ana", Role::Counselor);
    assert_refused(intake.supporting(&ana, &participant_id).await, Reason::CallerNotAllowed);
    let contact = intake.open_for(&participant_id).await;
    assert!(intake.assign(&contact, "ana", 1).await);
    assert!(intake.supporting(&ana, &participant_id).await.unwrap() == [changed.clone()]);
    let supervisor = intake.as_("supervisor", Role::Supervisor);
    assert_refused(intake.supporting(&supervisor, &id()).await, Reason::ParticipantNotFound);

    let found = [changed.support_person_id.clone()];
    assert_eq!(intake.supporters_found(NUMBER, "").await, found);
    assert_eq!(intake.supporters_found("", "example MO").await, found);
    assert!(intake.supporters_found(NUMBER, "nobody").await.is_empty());
    let ended = intake.end_supporter(&changed).await;
    assert!(ended.ended_at.is_some() && intake.end_supporter(&changed).await == ended);
    assert!(intake.supporters_found(NUMBER, "").await.is_empty());
    assert!(intake.supporting(&supervisor, &participant_id).await.unwrap().is_empty());
}

#[tokio::test]
async fn nobody_is_a_support_person_of_another_participant() {
    let intake = Given::new().await;
    let (theirs, others) = (intake.enroll("+12025550101").await, intake.enroll("+12025550102").await);
    let person = intake.add_supporter(&theirs, details()).await.unwrap();
    let of_other = pb::SupportPerson { participant_id: others.clone(), ..person.clone() };
    assert_refused(intake.change_supporter(&of_other, |_| {}).await, Reason::SupportPersonNotFound);
    let contact = intake.open().await;
    assert!(!intake.says(&contact, &of_other, PHRASE).await.is_verified);
    assert_refused(intake.is_by_phrase(&contact, &of_other).await, Reason::SupportPersonNotFound);
}

#[tokio::test]
async fn a_family_member_is_recognized_by_their_own_phrase_which_makes_nobody_the_participant() {
    let intake = Given::new().await;
    let participant_id = intake.enroll("+12025550101").await;
    let person = intake.add_supporter(&participant_id, details()).await.unwrap();
    let contact = intake.open().await;
    assert!(!intake.says(&contact, &person, "another phrase").await.is_verified);
    assert_refused(intake.is_by_phrase(&contact, &person).await, Reason::CallerNotVerified);
    let right = intake.says(&contact, &person, " Seven GREY geese").await;
    assert_eq!((right.is_verified, right.participant_id), (true, participant_id.clone()));

    let as_participant = pb::IdentifyCallerRequest {
        contact_id: contact.clone(),
        participant_id: participant_id.clone(),
        caller: CallerKind::Participant.into(),
        basis: pb::IdentificationBasis::Phrase.into(),
        ..pb::IdentifyCallerRequest::default()
    };
    assert_refused(intake.identify_as(as_participant).await, Reason::CallerNotVerified);
    let identification = intake.is_by_phrase(&contact, &person).await.unwrap().identification.unwrap();
    assert_eq!(identification.support_person_id, person.support_person_id);
    assert_eq!((identification.caller(), identification.telling()), (CallerKind::FamilyMember, Telling::AsDecided));

    intake.end_supporter(&person).await;
    let again = intake.open().await;
    assert!(!intake.says(&again, &person, PHRASE).await.is_verified);
    assert_refused(intake.is_by_phrase(&again, &person).await, Reason::SupportPersonNotFound);
}

#[tokio::test]
async fn the_access_token_of_a_support_person_is_bound_to_them() {
    let intake = Given::new().await;
    let (first, second) = (intake.enroll("+12025550101").await, intake.enroll("+12025550102").await);
    let person = intake.add_supporter(&first, details()).await.unwrap();
    let mother = family_member(&intake, "mother", None);
    let opened = open_as(&intake, &mother, CallerKind::FamilyMember, "").await;
    assert_eq!((opened.caller(), opened.participant_id.as_str()), (CallerKind::FamilyMember, ""), "she learns nothing");
    assert_eq!(intake.is_about(&opened).await, first);
    assert_eq!(intake.bound(&opened.contact_id).await, person.support_person_id);

    let aunt = open_as(&intake, &family_member(&intake, "aunt", None), CallerKind::FamilyMember, &first).await;
    assert_eq!(intake.bound(&aunt.contact_id).await, "", "her token is nobody's");
    let alike = open_as(&intake, &family_member(&intake, "Mother", None), CallerKind::FamilyMember, "").await;
    assert_eq!(intake.is_about(&alike).await, "", "subjects are compared as they are");
    let about_another = open_as(&intake, &mother, CallerKind::FamilyMember, &second).await;
    assert_eq!(intake.is_about(&about_another).await, second);
    assert_eq!(intake.bound(&about_another.contact_id).await, "", "she is on record with the other");

    // Of two children neither is meant until somebody says which.
    let grandmother = pb::SupportPersonDetails { person_id: "grandmother".to_owned(), ..details() };
    for child in [&first, &second] {
        intake.add_supporter(child, grandmother.clone()).await.unwrap();
    }
    let opened = open_as(&intake, &family_member(&intake, "grandmother", None), CallerKind::FamilyMember, "").await;
    assert_eq!(intake.is_about(&opened).await, "");
}

#[tokio::test]
async fn what_consents_allow_is_shown_and_decided_for_the_person_on_record() {
    let intake = Given::new().await;
    let participant_id = intake.enroll("+12025550101").await;
    let guardian = pb::PersonalRepresentative {
        representation: pb::Representation::Guardian.into(),
        scope: "medical decisions".to_owned(),
        confirmed_on: "2026-01-01".to_owned(),
        holds_until: String::new(),
    };
    let sister = pb::SupportPersonDetails { relationship: pb::Relationship::Sibling.into(), ..details() };
    let sister = intake.add_supporter(&participant_id, sister).await.unwrap();
    let represents = pb::SupportPersonDetails { representative: Some(guardian), ..details() };
    let guardian = intake.add_supporter(&participant_id, represents).await.unwrap();
    let recipient = pb::ConsentRecipient {
        kind: pb::ConsentRecipientKind::Person.into(),
        name: "mo example".to_owned(),
        relationship: pb::Relationship::Sibling.into(),
        ..pb::ConsentRecipient::default()
    };
    let consent = pb::Consent {
        recipients: vec![recipient],
        purposes: vec![DisclosurePurpose::FamilyInvolvement.into()],
        data_classes: vec![DataClass::GeneralPhi.into()],
        ..consent_of(&participant_id, "")
    };
    let message = pb::RecordConsentRequest { request_id: id(), consent: Some(consent) };
    let call = intake.as_("clinician", Role::CareTeam);
    let consent = intake.rpc.record_consent(request(&call, message)).await.unwrap().into_inner().consent.unwrap();
    let supporting = intake.supporting(&call, &participant_id).await.unwrap();
    let allowed: Vec<_> = supporting.iter().map(|person| person.allowed.len()).collect();
    assert_eq!((allowed, supporting[0].allowed[0].consent_id.clone()), (vec![1, 0], consent.consent_id.clone()));

    let (contact, ana) = (intake.answered().await, intake.as_("ana", Role::Counselor));
    let asks = |person: &pb::SupportPerson| pb::DecideFamilyDisclosureRequest {
        name: String::new(),
        relationship: 0,
        support_person_id: person.support_person_id.clone(),
        ..asked(&contact, &participant_id)
    };
    let told = intake.decide(&ana, asks(&sister)).await.unwrap();
    assert_eq!((told.basis(), told.scope.unwrap().consent_id), (pb::FamilyBasis::WrittenConsent, consent.consent_id));
    let told = intake.decide(&ana, asks(&guardian)).await.unwrap();
    assert_eq!(told.basis(), pb::FamilyBasis::Representative);
    intake.end_supporter(&guardian).await;
    assert_refused(intake.decide(&ana, asks(&guardian)).await, Reason::SupportPersonNotFound);
}

#[tokio::test]
async fn whom_nobody_may_contact_is_told_nothing_and_is_no_emergency_contact() {
    let intake = Given::new().await;
    let participant_id = intake.enroll("+12025550101").await;
    let never = pb::SupportPersonDetails { contact_rule: pb::ContactRule::Never.into(), ..details() };
    let person = intake.add_supporter(&participant_id, never).await.unwrap();
    let (contact, ana) = (intake.answered().await, intake.as_("ana", Role::Counselor));
    let asks = pb::DecideFamilyDisclosureRequest {
        support_person_id: person.support_person_id.clone(),
        ..asked(&contact, &participant_id)
    };
    assert_eq!(intake.decide(&ana, asks).await.unwrap().basis(), pb::FamilyBasis::Objection);

    let with_contact = |details: &mut pb::ParticipantDetails| {
        let contacts = &mut details.profile.get_or_insert_default().emergency_contacts;
        let (name, phone_number) = ("Mo Example".to_owned(), NUMBER.to_owned());
        contacts.push(pb::EmergencyContact { name, phone_number, ..pb::EmergencyContact::default() });
    };
    let refused = intake.update(&intake.participant(&participant_id).await, with_contact).await;
    let refused = assert_refused(refused, Reason::RequestInvalid);
    assert_eq!(violations_of(&refused), ["details.profile.emergency_contacts[0].phone_number"]);
    let allowed = intake.change_supporter(&person, |details| details.contact_rule = 0).await.unwrap();
    intake.update(&intake.participant(&participant_id).await, with_contact).await.unwrap();
    let never_again = |details: &mut pb::SupportPersonDetails| details.contact_rule = pb::ContactRule::Never.into();
    let refused = assert_refused(intake.change_supporter(&allowed, never_again).await, Reason::RequestInvalid);
    assert_eq!(violations_of(&refused), ["details.contact_rule"]);
}

#[tokio::test]
async fn nothing_of_a_support_person_is_in_clear() {
    let intake = Given::new().await;
    let participant_id = intake.enroll("+12025550101").await;
    intake.add_supporter(&participant_id, details()).await.unwrap();
    let rows: Vec<String> = sqlx::query_scalar(
        "select support_person::text from support_person union all
         select support_person_look_up::text from support_person_look_up",
    )
    .fetch_all(&owner(&intake.store))
    .await
    .unwrap();
    assert!(rows.len() > 3);
    for value in ["Example", "example", "202555", "hearing", "mother", "geese"] {
        assert!(!rows.iter().any(|row| row.contains(value)), "{value}");
    }
}
