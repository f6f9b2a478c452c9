//! Consents, and what may be told to a facility.

use chrono::TimeDelta;
use harborline_identity::{Role, ServiceName};
use harborline_proto::common::v1::{DataClass, DisclosureBasis, DisclosurePurpose, DisclosureRefusal};
use harborline_proto::intake::v1 as pb;
use harborline_proto::intake::v1::consent_service_server::ConsentService;
use harborline_proto::intake::v1::mesh_service_server::MeshService;
use harborline_status::{Reason, violations_of};
use harborline_testkit::{assert_refused, owner, request};
use harborline_types::wire::timestamp;
use harborline_types::{Clock, ConsentId, FacilityId, ParticipantId};

use crate::fixture::{Given, id};
use crate::permits::participant;

/// A consent to tell a facility about substance use disorder care, for treatment.
pub(crate) fn consent_of(participant: &str, facility: &str) -> pb::Consent {
    let signed_at = Clock::System.now();
    pb::Consent {
        participant_id: participant.to_owned(),
        disclosers: vec!["Harbor IOP".to_owned()],
        description: "what happened tonight".to_owned(),
        data_classes: vec![DataClass::Part2Sud.into()],
        recipients: vec![pb::ConsentRecipient {
            kind: pb::ConsentRecipientKind::Facility.into(),
            facility_id: facility.to_owned(),
            ..pb::ConsentRecipient::default()
        }],
        purposes: vec![DisclosurePurpose::Treatment.into()],
        expires_at: Some(timestamp(signed_at + TimeDelta::days(30))),
        signed_how: pb::ConsentSigned::Electronic.into(),
        signed_at: Some(timestamp(signed_at)),
        revocation_right_told: true,
        ..pb::Consent::default()
    }
}

/// Asks as referral does.
pub(crate) fn question(contact: &str, facility: &str) -> pb::CheckDisclosureRequest {
    pb::CheckDisclosureRequest {
        contact_id: contact.to_owned(),
        facility_id: facility.to_owned(),
        gives_care: true,
        data_classes: Vec::new(),
        purpose: DisclosurePurpose::Treatment.into(),
    }
}

impl Given {
    pub(crate) async fn record_consent(&self, consent: pb::Consent) -> pb::Consent {
        let message = pb::RecordConsentRequest { request_id: id(), consent: Some(consent) };
        let answer = self.rpc.record_consent(request(&self.as_("ana", Role::Counselor), message)).await;
        answer.unwrap_or_else(|status| panic!("{status}")).into_inner().consent.unwrap()
    }

    pub(crate) async fn revoke(&self, consent_id: &str) -> pb::Consent {
        let message = pb::RevokeConsentRequest { request_id: id(), consent_id: consent_id.to_owned() };
        let answer = self.rpc.revoke_consent(request(&self.as_("ana", Role::Counselor), message)).await;
        answer.unwrap().into_inner().consent.unwrap()
    }

    pub(crate) async fn check(&self, question: pb::CheckDisclosureRequest) -> pb::CheckDisclosureResponse {
        let call = self.as_service(ServiceName::Referral);
        self.rpc.check_disclosure(request(&call, question)).await.unwrap().into_inner()
    }
}

#[track_caller]
pub(crate) fn refused(answer: &pb::CheckDisclosureResponse, refusal: DisclosureRefusal) {
    assert_eq!(answer.refusal(), refusal);
    assert!(answer.grants.is_empty() && answer.redisclosure_notice.is_empty());
}

#[tokio::test]
async fn in_an_ordinary_program_who_gives_care_is_told_for_treatment_and_nobody_else() {
    let intake = Given::new().await;
    let contact = intake.open().await;
    let facility = FacilityId::new().to_string();
    let told = intake.check(question(&contact, &facility)).await;
    assert_eq!((told.grants.len(), told.grants[0].basis()), (1, DisclosureBasis::Treatment));
    assert_eq!(told.grants[0].data_class(), DataClass::GeneralPhi);
    assert!(told.redisclosure_notice.is_empty());

    let other = pb::CheckDisclosureRequest { gives_care: false, ..question(&contact, &facility) };
    refused(&intake.check(other).await, DisclosureRefusal::ConsentMissing);
    let notes = vec![DataClass::GeneralPhi.into(), DataClass::PsychotherapyNote.into()];
    let notes = intake.check(pb::CheckDisclosureRequest { data_classes: notes, ..question(&contact, &facility) }).await;
    refused(&notes, DisclosureRefusal::PsychotherapyNote);
    assert_eq!(notes.refused_classes, [i32::from(DataClass::PsychotherapyNote)]);
}

#[tokio::test]
async fn in_a_part_2_program_a_clinic_is_told_by_consent_with_notice_reference_and_scope() {
    let intake = Given::part2().await;
    let participant = intake.enroll("+12025550101").await;
    let (contact, facility) = (intake.open_for(&participant).await, FacilityId::new().to_string());
    let answer = intake.check(question(&contact, &facility)).await;
    refused(&answer, DisclosureRefusal::ConsentMissing);
    assert_eq!(answer.refused_classes, [i32::from(DataClass::Part2Sud)]);

    let consent = intake.record_consent(consent_of(&participant, &facility)).await;
    let told = intake.check(question(&contact, &facility)).await;
    assert_eq!((told.refusal(), told.grants.len()), (DisclosureRefusal::Unspecified, 1));
    let grant = &told.grants[0];
    assert_eq!((grant.data_class(), grant.basis()), (DataClass::Part2Sud, DisclosureBasis::Consent));
    assert_eq!(grant.consent_id, consent.consent_id);
    assert!(grant.consent_scope.contains("what happened tonight"));
    assert!(told.redisclosure_notice.starts_with("42 CFR part 2"));
    assert_eq!(told.participant_id, participant);

    let elsewhere = FacilityId::new().to_string();
    refused(&intake.check(question(&contact, &elsewhere)).await, DisclosureRefusal::RecipientNotCovered);
    let payment = DisclosurePurpose::Payment.into();
    let payment = pb::CheckDisclosureRequest { purpose: payment, ..question(&contact, &facility) };
    refused(&intake.check(payment).await, DisclosureRefusal::PurposeNotCovered);
}

#[tokio::test]
async fn a_consent_of_one_participant_says_nothing_about_another_or_about_a_stranger() {
    let intake = Given::part2().await;
    let (one, other) = (intake.enroll("+12025550101").await, intake.enroll("+12025550102").await);
    let facility = FacilityId::new().to_string();
    intake.record_consent(consent_of(&one, &facility)).await;
    for contact in [intake.open_for(&other).await, intake.open().await] {
        refused(&intake.check(question(&contact, &facility)).await, DisclosureRefusal::ConsentMissing);
    }
}

#[tokio::test]
async fn a_revoked_consent_permits_nothing_from_the_answer_on_and_referral_is_told() {
    let intake = Given::part2().await;
    let participant = intake.enroll("+12025550101").await;
    let (contact, facility) = (intake.open_for(&participant).await, FacilityId::new().to_string());
    let consent = intake.record_consent(consent_of(&participant, &facility)).await;
    // The offer was made under it; it is revoked before the clinic accepts.
    assert_eq!(intake.check(question(&contact, &facility)).await.grants.len(), 1);
    let revoked = intake.revoke(&consent.consent_id).await;
    refused(&intake.check(question(&contact, &facility)).await, DisclosureRefusal::ConsentRevoked);

    intake.settle().await;
    let told = intake.neighbors.revoked.all();
    assert_eq!((told.len(), told[0].0.to_string()), (1, consent.consent_id.clone()));
    assert_eq!(Some(timestamp(told[0].1)), revoked.revoked_at);

    // Once more changes nothing: the first revocation counts.
    assert_eq!(intake.revoke(&consent.consent_id).await.revoked_at, revoked.revoked_at);
    assert!(!intake.open_duties().await.contains(&"consent-revoked".to_owned()));
}

#[tokio::test]
async fn an_expired_consent_permits_nothing() {
    let intake = Given::part2().await;
    let participant = intake.enroll("+12025550101").await;
    let (contact, facility) = (intake.open_for(&participant).await, FacilityId::new().to_string());
    let at = |days| Some(timestamp(Clock::System.now() - TimeDelta::days(days)));
    let expired = pb::Consent { signed_at: at(2), expires_at: at(1), ..consent_of(&participant, &facility) };
    intake.record_consent(expired).await;
    refused(&intake.check(question(&contact, &facility)).await, DisclosureRefusal::ConsentExpired);
}

#[tokio::test]
async fn a_consent_that_lacks_what_the_law_wants_names_all_of_it() {
    let intake = Given::new().await;
    let call = intake.as_("ana", Role::Counselor);
    let assert_names = async |consent: pb::Consent, expected: &[&str]| {
        let message = pb::RecordConsentRequest { request_id: id(), consent: Some(consent) };
        let refused = assert_refused(intake.rpc.record_consent(request(&call, message)).await, Reason::RequestInvalid);
        assert_eq!(violations_of(&refused), expected);
    };
    let participant = intake.enroll("+12025550101").await;
    let whole = consent_of(&participant, &FacilityId::new().to_string());
    let bare = pb::Consent {
        participant_id: participant.clone(),
        expires_at: whole.signed_at,
        signed_how: whole.signed_how,
        signed_at: whole.signed_at,
        ..pb::Consent::default()
    };
    let lacks = ["disclosers", "description", "data_classes", "recipients", "purposes", "expires_at"];
    let lacks: Vec<_> =
        lacks.iter().chain(&["revocation_right_told"]).map(|field| format!("consent.{field}")).collect();
    assert_names(bare, &lacks.iter().map(String::as_str).collect::<Vec<_>>()).await;

    // What cannot be read at all is named beside what the law wants, not before it.
    let unread = ["participant_id", "expires_at", "signed_how", "signed_at", "disclosers", "description"];
    let unread = unread.iter().chain(&["data_classes", "recipients", "purposes", "revocation_right_told"]);
    let unread: Vec<_> = unread.map(|field| format!("consent.{field}")).collect();
    assert_names(pb::Consent::default(), &unread.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let nothing = intake.rpc.record_consent(request(&call, pb::RecordConsentRequest::default())).await;
    let named = violations_of(&assert_refused(nothing, Reason::RequestInvalid));
    let expected = ["request_id", "consent"].into_iter().chain(unread.iter().map(String::as_str));
    assert_eq!(named, expected.collect::<Vec<_>>());

    let later = Some(timestamp(Clock::System.now() + TimeDelta::hours(1)));
    assert_names(pb::Consent { signed_at: later, ..whole.clone() }, &["consent.signed_at"]).await;
    let spoken = pb::ConsentSigned::Spoken.into();
    assert_names(pb::Consent { signed_how: spoken, ..whole.clone() }, &["consent.signed_how"]).await;
    let nobody = pb::ConsentRecipient { kind: pb::ConsentRecipientKind::Person.into(), ..Default::default() };
    let fields = ["consent.recipients[0].name", "consent.recipients[0].relationship"];
    assert_names(pb::Consent { recipients: vec![nobody], ..whole.clone() }, &fields).await;

    let person = pb::ConsentRecipient {
        kind: pb::ConsentRecipientKind::Person.into(),
        name: "x".repeat(201),
        relationship: pb::Relationship::Partner.into(),
        ..Default::default()
    };
    let event = pb::Consent { recipients: vec![person], expires_at: None, expires_with: "x".repeat(501), ..whole };
    assert_names(event, &["consent.recipients[0].name", "consent.expires_with"]).await;
}

#[tokio::test]
async fn a_participants_consents_are_listed_and_others_are_not_there() {
    let intake = Given::new().await;
    let participant = intake.enroll("+12025550101").await;
    let person = pb::ConsentRecipient {
        kind: pb::ConsentRecipientKind::Person.into(),
        name: "Rosa Diaz".to_owned(),
        relationship: pb::Relationship::Partner.into(),
        ..Default::default()
    };
    let recipients = vec![person, pb::ConsentRecipient { kind: 4, name: "exchange".to_owned(), ..Default::default() }];
    let consent = pb::Consent { recipients, ..consent_of(&participant, "") };
    let recorded = intake.record_consent(consent.clone()).await;
    assert_eq!(recorded.recorded_by.as_ref().unwrap().person_id, "ana");
    assert!(recorded.recipients == consent.recipients && recorded.description == consent.description);

    let call = intake.as_("ana", Role::Counselor);
    let list = async |participant_id: String| {
        let message = pb::ListConsentsRequest { participant_id };
        intake.rpc.list_consents(request(&call, message)).await
    };
    assert!(list(participant).await.unwrap().into_inner().consents == [recorded]);
    assert_refused(list(ParticipantId::new().to_string()).await, Reason::ParticipantNotFound);
    let nobody = consent_of(&ParticipantId::new().to_string(), &FacilityId::new().to_string());
    let message = pb::RecordConsentRequest { request_id: id(), consent: Some(nobody) };
    assert_refused(intake.rpc.record_consent(request(&call, message)).await, Reason::ParticipantNotFound);
}

#[tokio::test]
async fn another_programs_consents_and_contacts_are_not_there() {
    let intake = Given::part2().await;
    let participant = intake.enroll("+12025550101").await;
    let (contact, facility) = (intake.open_for(&participant).await, FacilityId::new().to_string());
    let consent = intake.record_consent(consent_of(&participant, &facility)).await;
    let elsewhere = intake.elsewhere();
    elsewhere.put_program().await;
    let stranger = elsewhere.as_("stranger", Role::Supervisor);
    for consent_id in [consent.consent_id, ConsentId::new().to_string()] {
        let message = pb::RevokeConsentRequest { request_id: id(), consent_id };
        assert_refused(intake.rpc.revoke_consent(request(&stranger, message)).await, Reason::ConsentNotFound);
    }
    let message = pb::ListConsentsRequest { participant_id: participant };
    assert_refused(intake.rpc.list_consents(request(&stranger, message)).await, Reason::ParticipantNotFound);
    let referral = elsewhere.as_service(ServiceName::Referral);
    let asked = intake.rpc.check_disclosure(request(&referral, question(&contact, &facility))).await;
    assert_refused(asked, Reason::ContactNotFound);
    assert_eq!(intake.check(question(&contact, &facility)).await.grants.len(), 1, "nothing was revoked");
}

#[tokio::test]
async fn the_database_refuses_what_no_consent_may_be() {
    let intake = Given::new().await;
    let participant = intake.enroll("+12025550101").await;
    intake.record_consent(consent_of(&participant, &FacilityId::new().to_string())).await;
    let database = owner(&intake.store);
    for (change, constraint) in [
        ("data_classes = '{psychotherapy_note}'", "consent_of_what_can_be_told"),
        ("data_classes = '{sud_counseling_note,part2_sud}'", "consent_notes_alone"),
        ("expires_at = signed_at", "consent_expires_after_it_is_signed"),
        ("revocation_right_told = false", "consent_right_to_revoke_told"),
        ("revoked_at = now()", "consent_revocation_whole"),
    ] {
        let statement = sqlx::AssertSqlSafe(format!("update consent set {change}"));
        let refused = sqlx::raw_sql(statement).execute(&database).await.unwrap_err();
        assert_eq!(refused.as_database_error().and_then(|error| error.constraint()), Some(constraint));
    }
}

#[tokio::test]
async fn what_a_consent_says_is_not_to_be_read_in_the_database() {
    let intake = Given::new().await;
    let participant = intake.enroll("+12025550101").await;
    intake.record_consent(consent_of(&participant, &FacilityId::new().to_string())).await;
    let row: String = sqlx::query_scalar("select c::text || encode(terms, 'escape') from consent c")
        .fetch_one(&owner(&intake.store))
        .await
        .unwrap();
    assert!(!row.contains("tonight") && !row.contains("Harbor IOP"));
}

#[tokio::test]
async fn a_participant_keeps_the_own_consents_and_nobody_elses() {
    let intake = Given::new().await;
    let (own, other) = (intake.enroll("+12025550101").await, intake.enroll("+12025550102").await);
    let app_user = participant(&intake, "app-user", &own);
    let record = async |participant: &str| {
        let consent = Some(consent_of(participant, &FacilityId::new().to_string()));
        intake.rpc.record_consent(request(&app_user, pb::RecordConsentRequest { request_id: id(), consent })).await
    };
    let revoke = async |consent_id: String| {
        let message = pb::RevokeConsentRequest { request_id: id(), consent_id };
        intake.rpc.revoke_consent(request(&app_user, message)).await
    };
    let list = async |participant_id: String| {
        intake.rpc.list_consents(request(&app_user, pb::ListConsentsRequest { participant_id })).await
    };
    let recorded = record(&own).await.unwrap().into_inner().consent.unwrap();
    let by = recorded.recorded_by.as_ref().unwrap();
    assert_eq!((by.person_id.as_str(), by.name.as_str()), ("app-user", "participant"));
    assert_eq!(list(own).await.unwrap().into_inner().consents.len(), 1);
    assert!(revoke(recorded.consent_id).await.unwrap().into_inner().consent.unwrap().revoked_at.is_some());

    assert_refused(record(&other).await, Reason::CallerNotAllowed);
    let theirs = intake.record_consent(consent_of(&other, &FacilityId::new().to_string())).await;
    assert_refused(revoke(theirs.consent_id).await, Reason::CallerNotAllowed);
    assert_refused(list(other).await, Reason::CallerNotAllowed);
}
