//! With what a consent ends, and consents that permit nothing: kept for the accounting, in doubt, or of no use.

use chrono::TimeDelta;
use harborline_identity::{Call, Role};
use harborline_proto::common::v1::{DataClass, DisclosurePurpose, DisclosureRefusal};
use harborline_proto::intake::v1 as pb;
use harborline_proto::intake::v1::consent_service_server::ConsentService;
use harborline_status::{Reason, violations_of};
use harborline_testkit::{assert_refused, owner, request, wait_until};
use harborline_types::wire::{instant, timestamp};
use harborline_types::{Clock, ConsentId, FacilityId};
use tonic::Status;

use crate::consents::{consent_of, question, refused};
use crate::fixture::{Given, id, put_request};
use crate::permits::participant;

/// An instant of the past.
fn ago(days: i64) -> Option<prost_types::Timestamp> {
    Some(timestamp(Clock::System.now() - TimeDelta::days(days)))
}

/// A participant of a Part 2 program, one of their contacts, and a facility.
struct Part2Person {
    intake: Given,
    participant: String,
    contact: String,
    facility: String,
}

impl Part2Person {
    async fn new() -> Self {
        let intake = Given::part2().await;
        let participant = intake.enroll("+12025550101").await;
        let contact = intake.open_for(&participant).await;
        Self { intake, participant, contact, facility: FacilityId::new().to_string() }
    }

    fn consent(&self) -> pb::Consent {
        consent_of(&self.participant, &self.facility)
    }

    fn ana(&self) -> Call {
        self.intake.as_("ana", Role::Counselor)
    }

    async fn record(&self, by: &Call, consent: pb::Consent) -> Result<pb::Consent, Status> {
        let message = pb::RecordConsentRequest { request_id: id(), consent: Some(consent) };
        Ok(self.intake.rpc.record_consent(request(by, message)).await?.into_inner().consent.unwrap())
    }

    async fn expire(&self, consent_id: &str) -> Result<pb::Consent, Status> {
        let message = pb::ExpireConsentRequest { request_id: id(), consent_id: consent_id.to_owned() };
        Ok(self.intake.rpc.expire_consent(request(&self.ana(), message)).await?.into_inner().consent.unwrap())
    }

    async fn confirm(&self, consent_id: &str) -> Result<pb::Consent, Status> {
        let message = pb::ConfirmConsentRequest { request_id: id(), consent_id: consent_id.to_owned() };
        Ok(self.intake.rpc.confirm_consent(request(&self.ana(), message)).await?.into_inner().consent.unwrap())
    }

    async fn checked(&self) -> pb::CheckDisclosureResponse {
        self.intake.check(question(&self.contact, &self.facility)).await
    }

    /// What the consent lacks that is not put on record.
    async fn lacks(&self, consent: pb::Consent) -> Vec<String> {
        violations_of(&assert_refused(self.record(&self.ana(), consent).await.map(drop), Reason::RequestInvalid))
    }
}

#[tokio::test]
async fn a_consent_ends_with_an_event_when_somebody_says_that_it_has_come() {
    let given = Part2Person::new().await;
    let until_then = pb::Consent {
        expires_at: None,
        expires_with: "the end of treatment at Harbor IOP".to_owned(),
        ..given.consent()
    };
    let recorded = given.record(&given.ana(), until_then).await.unwrap();
    assert_eq!((recorded.expires_with.as_str(), recorded.expires_at), ("the end of treatment at Harbor IOP", None));
    let told = given.checked().await;
    assert!(told.grants[0].consent_scope.contains("It ends with the end of treatment at Harbor IOP"));
    let ended = given.expire(&recorded.consent_id).await.unwrap();
    assert!(ended.expired_at.is_some() && ended.revoked_at.is_none());
    refused(&given.checked().await, DisclosureRefusal::ConsentExpired);
    assert_eq!(given.expire(&recorded.consent_id).await.unwrap().expired_at, ended.expired_at, "the first time counts");

    let dated = given.record(&given.ana(), given.consent()).await.unwrap();
    let otherwise = assert_refused(given.expire(&dated.consent_id).await.map(drop), Reason::RequestInvalid);
    assert_eq!(violations_of(&otherwise), ["consent_id"]);
    let nobodys = ConsentId::new().to_string();
    assert_refused(given.expire(&nobodys).await.map(drop), Reason::ConsentNotFound);
}

#[tokio::test]
async fn a_consent_for_treatment_payment_and_operations_may_end_with_its_revocation_alone() {
    let given = Part2Person::new().await;
    let lasting = pb::Consent { expires_at: None, does_not_expire: true, ..given.consent() };
    let recorded = given.record(&given.ana(), lasting.clone()).await.unwrap();
    assert!(recorded.does_not_expire && recorded.expires_at.is_none());
    assert!(given.checked().await.grants[0].consent_scope.contains("It ends when it is revoked."));
    let purposes = vec![DisclosurePurpose::Treatment.into(), DisclosurePurpose::FamilyInvolvement.into()];
    assert_eq!(given.lacks(pb::Consent { purposes, ..lasting.clone() }).await, ["consent.does_not_expire"]);

    for two in [
        pb::Consent { expires_with: "an event".to_owned(), ..lasting.clone() },
        pb::Consent { expires_with: "an event".to_owned(), ..given.consent() },
        pb::Consent { does_not_expire: true, ..given.consent() },
        pb::Consent { expires_at: None, ..given.consent() },
    ] {
        assert_eq!(given.lacks(two).await, ["consent.expires_at"]);
    }
}

#[tokio::test]
async fn a_part_2_program_takes_no_consent_that_permits_nothing() {
    let given = Part2Person::new().await;
    let ordinary = pb::Consent { data_classes: vec![DataClass::GeneralPhi.into()], ..given.consent() };
    assert_eq!(given.lacks(ordinary.clone()).await, ["consent.data_classes"]);
    let spoken = pb::Consent { signed_how: pb::ConsentSigned::Spoken.into(), ..ordinary.clone() };
    assert_eq!(given.lacks(spoken).await, ["consent.data_classes", "consent.signed_how"]);
    let both = vec![DataClass::GeneralPhi.into(), DataClass::Part2Sud.into()];
    given.record(&given.ana(), pb::Consent { data_classes: both, ..ordinary }).await.unwrap();
    assert_eq!(given.checked().await.grants.len(), 1);
}

#[tokio::test]
async fn what_was_signed_before_a_revocation_and_keyed_in_after_permits_nothing_until_it_is_confirmed() {
    let given = Part2Person::new().await;
    let known = given.record(&given.ana(), given.consent()).await.unwrap();
    given.intake.revoke(&known.consent_id).await;
    let found = pb::Consent { signed_at: ago(3), ..given.consent() };
    let in_doubt = given.record(&given.ana(), found.clone()).await.unwrap();
    assert!(in_doubt.awaits_confirmation);
    refused(&given.checked().await, DisclosureRefusal::ConsentUnconfirmed);

    let confirmed = given.confirm(&in_doubt.consent_id).await.unwrap();
    assert!(!confirmed.awaits_confirmation && confirmed.confirmed_at.is_some());
    assert_eq!(confirmed.confirmed_by.as_ref().unwrap().person_id, "ana");
    assert_eq!(given.checked().await.grants[0].consent_id, in_doubt.consent_id);
    let again = given.confirm(&in_doubt.consent_id).await.unwrap();
    assert_eq!(again.confirmed_at, confirmed.confirmed_at, "the first time counts");

    let signed_anew = given.record(&given.ana(), given.consent()).await.unwrap();
    assert!(!signed_anew.awaits_confirmation, "it was signed after the revocation");
    assert!(
        given.confirm(&signed_anew.consent_id).await.unwrap().confirmed_by.is_none(),
        "there was nothing to confirm"
    );
    let app_user = participant(&given.intake, "app-user", &given.participant);
    let their_own = given.record(&app_user, found).await.unwrap();
    assert!(!their_own.awaits_confirmation, "the participant says so now");
    assert_eq!(their_own.confirmed_by.unwrap().name, "participant");
    assert_refused(given.confirm(&ConsentId::new().to_string()).await.map(drop), Reason::ConsentNotFound);
}

#[tokio::test]
async fn consents_from_elsewhere_that_have_ended_are_kept_for_the_accounting() {
    let given = Part2Person::new().await;
    let signed = pb::Consent { signed_at: ago(30), ..given.consent() };
    let expired = pb::Consent { expires_at: ago(5), ..signed.clone() };
    let revoked = pb::Consent { revoked_at: ago(10), ..signed.clone() };
    let with_event = pb::Consent { expires_at: None, expires_with: "discharge".to_owned(), ..signed.clone() };
    let came = pb::Consent { expired_at: ago(7), ..with_event };
    let mut kept = Vec::new();
    for consent in [expired.clone(), came.clone(), revoked.clone()] {
        let recorded = given.record(&given.ana(), consent.clone()).await.unwrap();
        assert_eq!(recorded.expires_at, consent.expires_at);
        assert_eq!((recorded.expired_at, recorded.revoked_at), (consent.expired_at, consent.revoked_at));
        kept.push(recorded.consent_id);
        assert!(given.checked().await.grants.is_empty());
    }
    let message = pb::ListConsentsRequest { participant_id: given.participant.clone() };
    let listed = given.intake.rpc.list_consents(request(&given.ana(), message)).await.unwrap().into_inner().consents;
    assert_eq!(listed.into_iter().map(|consent| consent.consent_id).collect::<Vec<_>>(), kept);

    // A revocation from elsewhere leaves in doubt what was signed before it.
    let older = given.record(&given.ana(), signed.clone()).await.unwrap();
    assert!(older.awaits_confirmation);
    let later = Some(timestamp(Clock::System.now() + TimeDelta::days(1)));
    assert_eq!(given.lacks(pb::Consent { revoked_at: later, ..revoked.clone() }).await, ["consent.revoked_at"]);
    assert_eq!(given.lacks(pb::Consent { revoked_at: ago(31), ..revoked }).await, ["consent.revoked_at"]);
    assert_eq!(given.lacks(pb::Consent { expired_at: ago(31), ..came }).await, ["consent.expired_at"]);
    assert_eq!(given.lacks(pb::Consent { expired_at: ago(7), ..expired }).await, ["consent.expired_at"]);
}

#[tokio::test]
async fn a_participant_ends_and_confirms_their_own_consents_alone() {
    let given = Part2Person::new().await;
    let theirs = given.record(&given.ana(), given.consent()).await.unwrap().consent_id;
    let another = given.intake.enroll("+12025550102").await;
    let stranger = participant(&given.intake, "app-user", &another);
    let message = pb::ExpireConsentRequest { request_id: id(), consent_id: theirs.clone() };
    assert_refused(given.intake.rpc.expire_consent(request(&stranger, message)).await, Reason::CallerNotAllowed);
    let message = pb::ConfirmConsentRequest { request_id: id(), consent_id: theirs };
    assert_refused(given.intake.rpc.confirm_consent(request(&stranger, message)).await, Reason::CallerNotAllowed);
}

#[tokio::test]
async fn a_consent_that_is_recorded_while_another_is_revoked_is_before_it_or_in_doubt() {
    let given = Part2Person::new().await;
    let call = given.ana();
    for _ in 0..8 {
        let known = given.record(&call, given.consent()).await.unwrap();
        let found = || pb::Consent { signed_at: ago(1), ..given.consent() };
        let revoke = given.intake.revoke(&known.consent_id);
        let (first, second, revoked) = tokio::join!(given.record(&call, found()), given.record(&call, found()), revoke);
        let revoked_at = instant(revoked.revoked_at.as_ref().unwrap()).unwrap();
        for recorded in [first.unwrap(), second.unwrap()] {
            let recorded_at = instant(recorded.recorded_at.as_ref().unwrap()).unwrap();
            assert!(recorded.awaits_confirmation || recorded_at < revoked_at, "{recorded_at} and {revoked_at}");
        }
        // Whatever came after the revocation's answer is in doubt.
        assert!(given.record(&call, found()).await.unwrap().awaits_confirmation);
    }
}

#[tokio::test]
async fn the_lock_of_a_participant_keeps_recording_and_revoking_apart() {
    let given = Part2Person::new().await;
    let known = given.record(&given.ana(), given.consent()).await.unwrap();
    let database = owner(&given.intake.store);
    let mut tx = database.begin().await.unwrap();
    sqlx::query("select 1 from participant for no key update").execute(&mut *tx).await.unwrap();
    let found = pb::Consent { signed_at: ago(1), ..given.consent() };
    let ana = given.ana();
    let recorded = given.record(&ana, found);
    let released = async {
        // Both wait for the lock, and neither has taken its time yet.
        wait_until("the consent waits", || async {
            let waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'
                           and datname = current_database()";
            let waiting: i64 = sqlx::query_scalar(waiting).fetch_one(&database).await.unwrap();
            (waiting > 0).then_some(())
        })
        .await;
        let before = "update consent set revoked_at = now(), revoked_by_id = 'ana' where consent_id = $1::uuid";
        sqlx::query(before).bind(&known.consent_id).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
    };
    let (recorded, ()) = tokio::join!(recorded, released);
    assert!(recorded.unwrap().awaits_confirmation, "it is after the revocation that it waited for");
}

#[tokio::test]
async fn a_repeat_is_answered_as_before_in_a_program_that_has_come_under_part_2() {
    let intake = Given::new().await;
    let participant = intake.enroll("+12025550101").await;
    let ordinary = pb::Consent {
        data_classes: vec![DataClass::GeneralPhi.into()],
        ..consent_of(&participant, &FacilityId::new().to_string())
    };
    let message = pb::RecordConsentRequest { request_id: id(), consent: Some(ordinary) };
    let call = intake.as_("ana", Role::Counselor);
    let record =
        async |message| intake.rpc.record_consent(request(&call, message)).await.map(tonic::Response::into_inner);
    let first = record(message.clone()).await.unwrap();
    intake.put(pb::PutProgramRequest { part2_program: Some(true), ..put_request() }).await.unwrap();
    assert!(record(message.clone()).await.unwrap() == first);
    let anew = record(pb::RecordConsentRequest { request_id: id(), ..message }).await;
    assert_eq!(violations_of(&assert_refused(anew.map(drop), Reason::RequestInvalid)), ["consent.data_classes"]);
}

#[tokio::test]
async fn an_expiry_within_the_microsecond_of_the_signature_is_the_callers_fault() {
    let given = Part2Person::new().await;
    let signed_at = ago(1).map(|at| prost_types::Timestamp { nanos: 1_000, ..at });
    let expires_at = signed_at.map(|at| prost_types::Timestamp { nanos: at.nanos + 500, ..at });
    assert_eq!(given.lacks(pb::Consent { signed_at, expires_at, ..given.consent() }).await, ["consent.expires_at"]);
}
