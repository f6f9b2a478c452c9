//! What a clinic is told, on what basis, and what becomes of it when the basis ends.

use harborline_disclosure::{DataClass, Notice, Refusal};
use harborline_identity::{Act, Call, Recording, ServiceName};
use harborline_proto::common::v1 as common;
use harborline_proto::partner::v1 as pb;
use harborline_proto::partner::v1::Withheld;
use harborline_proto::partner::v1::partner_service_server::PartnerService;
use harborline_proto::referral::v1 as program_pb;
use harborline_proto::referral::v1::ReferralState as State;
use harborline_proto::referral::v1::disclosure_service_server::DisclosureService;
use harborline_proto::referral::v1::referral_service_server::ReferralService;
use harborline_referral::Rpc;
use harborline_status::{Reason, violations_of};
use harborline_testkit::{assert_refused, owner, request, service};
use harborline_types::wire::timestamp;
use harborline_types::{ConsentId, ContactId, FacilityId, Timestamp};
use tonic::Status;
use tonic_types::StatusExt;

use crate::fixture::{Given, SCOPE, SUMMARY, consented, referral_request, refusing, some_id};
use crate::watch::{next, watch, watch_as};

/// One row of what was told: the class, the basis, the consent, the facility.
type Row = (String, String, Option<ConsentId>, FacilityId);

impl Given {
    async fn on_record(&self) -> Vec<Row> {
        let rows = "select data_class, basis, consent_id, facility_id from disclosure order by at, disclosure_id";
        sqlx::query_as(rows).fetch_all(&owner(&self.store)).await.unwrap()
    }

    async fn count(&self, table: &str) -> i64 {
        let rows = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select count(*) from {table}")));
        rows.fetch_one(&owner(&self.store)).await.unwrap()
    }

    async fn try_to_refer(&self, classes: &[common::DataClass]) -> Result<program_pb::Referral, Status> {
        let data_classes = classes.iter().map(|class| i32::from(*class)).collect();
        let message = program_pb::CreateReferralRequest { data_classes, ..referral_request(ContactId::new()) };
        let answer = self.rpc.create_referral(request(&self.counselor(), message)).await?;
        Ok(answer.into_inner().referral.unwrap())
    }

    /// What intake tells when a consent is revoked, under a request id of its own.
    async fn revoke(&self, consent: ConsentId, revoked_at: Timestamp) {
        let message = program_pb::RecordConsentRevokedRequest {
            request_id: some_id(),
            consent_id: consent.to_string(),
            revoked_at: Some(timestamp(revoked_at)),
        };
        let rpc = Rpc::new(self.app.clone());
        rpc.record_consent_revoked(request(&service(self.program, ServiceName::Intake), message)).await.unwrap();
    }

    /// One clinic that may be told under a consent.
    async fn with_consent(&self) -> (FacilityId, ConsentId) {
        let [clinic] = self.facilities().await;
        let consent = ConsentId::new();
        self.intake.says(clinic, consented(consent));
        (clinic, consent)
    }
}

fn told_why(status: &Status) -> (String, String) {
    let metadata = status.get_details_error_info().unwrap().metadata;
    (metadata["refusal"].clone(), metadata["data_classes"].clone())
}

#[tokio::test]
async fn a_part_2_summary_comes_with_notice_consent_and_scope_and_each_telling_is_on_record() {
    let given = Given::new().await;
    let (clinic, consent) = given.with_consent().await;
    let referral = given.refer().await;
    assert_eq!(referral.data_classes, [i32::from(common::DataClass::Part2Sud)], "as intake decided it");
    let offered = given.seen(clinic, &referral.referral_id).await.unwrap();
    assert_eq!((offered.summary.as_str(), offered.redisclosure_notice.as_str()), ("", ""));
    assert!(given.on_record().await.is_empty(), "an offer tells nothing");

    for told in [
        given.claim(clinic, &referral.referral_id).await.unwrap(),
        given.seen(clinic, &referral.referral_id).await.unwrap(),
        given.accept(clinic, &referral.referral_id).await.unwrap(),
    ] {
        assert_eq!((told.summary.as_str(), told.redisclosure_notice.as_str()), (SUMMARY, Notice::short().text()));
        assert_eq!((told.consent_ref, told.consent_scope.as_str()), (consent.to_string(), SCOPE));
        assert_eq!((told.emergency_ref.as_str(), told.withheld), ("", 0));
    }
    let row = ("part2_sud".to_owned(), "consent".to_owned(), Some(consent), clinic);
    assert_eq!(given.on_record().await, [row.clone(), row.clone(), row]);
}

#[tokio::test]
async fn ordinary_information_goes_for_treatment_without_a_notice_and_is_on_record_too() {
    let given = Given::new().await;
    let [clinic] = given.facilities().await;
    let id = given.refer().await.referral_id;
    let told = given.claim(clinic, &id).await.unwrap();
    assert_eq!(
        (told.summary.as_str(), told.redisclosure_notice.as_str(), told.consent_ref.as_str()),
        (SUMMARY, "", "")
    );
    assert_eq!(given.on_record().await, [("general_phi".to_owned(), "treatment".to_owned(), None, clinic)]);
    let asked = given.intake.asked.lock().unwrap();
    assert!(asked.iter().all(|question| question.gives_care && question.classes == [DataClass::GeneralPhi]));
}

#[tokio::test]
async fn a_repeated_claim_is_one_disclosure_and_one_that_was_let_go_since_tells_nothing() {
    let given = Given::new().await;
    let (clinic, _) = given.with_consent().await;
    let id = given.refer().await.referral_id;
    let message = pb::ClaimReferralRequest { request_id: some_id(), referral_id: id.clone() };
    let claim = || given.rpc.claim_referral(request(&given.clinic(clinic), message.clone()));
    for _ in 0..2 {
        assert_eq!(claim().await.unwrap().into_inner().referral.unwrap().summary, SUMMARY);
    }
    assert_eq!(given.on_record().await.len(), 1);
    given.decline(clinic, &id).await.unwrap();
    assert_eq!(claim().await.unwrap().into_inner().referral.unwrap().summary, "");
    assert_eq!(given.on_record().await.len(), 1);
}

#[tokio::test]
async fn a_consent_revoked_between_offer_and_acceptance_tells_nothing_and_the_person_is_accepted_all_the_same() {
    let given = Given::new().await;
    let (clinic, _) = given.with_consent().await;
    let id = given.refer().await.referral_id;
    given.intake.says(clinic, refusing(Refusal::ConsentRevoked));
    let accepted = given.accept(clinic, &id).await.unwrap();
    assert_eq!((accepted.state(), accepted.summary.as_str()), (pb::ReferralState::Accepted, ""));
    assert_eq!((accepted.withheld(), accepted.redisclosure_notice.as_str()), (Withheld::ConsentRevoked, ""));
    assert!(given.on_record().await.is_empty());
}

#[tokio::test]
async fn what_was_told_once_is_not_told_again_when_its_basis_has_ended_not_even_to_a_repeated_call() {
    let given = Given::new().await;
    let (clinic, _) = given.with_consent().await;
    let id = given.refer().await.referral_id;
    let message = pb::ClaimReferralRequest { request_id: some_id(), referral_id: id.clone() };
    let claim = || given.rpc.claim_referral(request(&given.clinic(clinic), message.clone()));
    assert_eq!(claim().await.unwrap().into_inner().referral.unwrap().summary, SUMMARY);
    for (refusal, withheld) in [
        (Refusal::ConsentRevoked, Withheld::ConsentRevoked),
        (Refusal::ConsentExpired, Withheld::ConsentExpired),
        (Refusal::RecipientNotCovered, Withheld::NotPermitted),
    ] {
        given.intake.says(clinic, refusing(refusal));
        for told in [claim().await.unwrap().into_inner().referral.unwrap(), given.seen(clinic, &id).await.unwrap()] {
            assert_eq!((told.summary.as_str(), told.consent_scope.as_str(), told.withheld()), ("", "", withheld));
        }
    }
    assert_eq!(given.on_record().await.len(), 1);
}

#[tokio::test]
async fn a_referral_without_a_basis_for_any_facility_is_refused_with_what_is_missing_and_nothing_is_written() {
    let given = Given::new().await;
    let [first, second] = given.facilities().await;
    given.intake.says(first, refusing(Refusal::RecipientNotCovered));
    given.intake.says(second, refusing(Refusal::ConsentMissing));
    let refused = assert_refused(given.try_to_refer(&[]).await, Reason::DisclosureRefused);
    assert_eq!(told_why(&refused), ("RECIPIENT_NOT_COVERED".to_owned(), "PART2_SUD".to_owned()));
    for table in ["referral", "referral_offer", "referral_event", "clinic_cursor", "duty"] {
        assert_eq!(given.count(table).await, 0, "{table}");
    }
}

#[tokio::test]
async fn a_referral_that_was_made_is_answered_again_though_its_basis_has_ended_since() {
    let given = Given::new().await;
    let (clinic, _) = given.with_consent().await;
    let message = referral_request(ContactId::new());
    let create = || given.rpc.create_referral(request(&given.counselor(), message.clone()));
    let first = create().await.unwrap().into_inner();
    given.intake.says(clinic, refusing(Refusal::ConsentRevoked));
    assert!(create().await.unwrap().into_inner() == first);
    assert_refused(given.try_to_refer(&[]).await, Reason::DisclosureRefused);
}

#[tokio::test]
async fn a_referral_that_was_made_is_answered_again_though_its_counselor_has_lost_the_contact() {
    let given = Given::new().await;
    let [clinic] = given.facilities().await;
    let message = referral_request(ContactId::new());
    let create = || given.rpc.create_referral(request(&given.counselor(), message.clone()));
    let first = create().await.unwrap().into_inner();
    given.hub.unassigns("counselor-1");
    given.intake.says(clinic, refusing(Refusal::ConsentRevoked));
    let asked = given.intake.asked.lock().unwrap().len();
    assert!(create().await.unwrap().into_inner() == first);
    let note = [common::DataClass::PsychotherapyNote];
    for classes in [&[][..], &note] {
        assert_refused(given.try_to_refer(classes).await, Reason::CallerNotAllowed);
    }
    assert_eq!(given.intake.asked.lock().unwrap().len(), asked, "nothing is asked for who may not refer");
    assert_eq!(given.count("referral").await, 1);
}

#[tokio::test]
async fn a_facility_that_may_not_be_told_is_passed_over_at_the_first_offer_and_at_the_next() {
    let given = Given::new().await;
    let [first, second, third] = given.facilities().await;
    given.intake.says(first, refusing(Refusal::RecipientNotCovered));
    given.intake.says(second, consented(ConsentId::new()));
    given.intake.says(third, refusing(Refusal::RecipientNotCovered));
    let referral = given.refer().await;
    assert_eq!(referral.facility_id, second.to_string());
    assert_refused(given.seen(first, &referral.referral_id).await, Reason::ReferralNotFound);
    given.decline(second, &referral.referral_id).await.unwrap();
    assert_eq!(given.get(&referral.referral_id).await.state(), State::Unplaced);
}

#[tokio::test]
async fn notes_kept_apart_and_confidences_go_to_no_facility_whatever_intake_says_and_counseling_notes_stand_alone() {
    let given = Given::new().await;
    given.facilities::<1>().await;
    let general = common::DataClass::GeneralPhi;
    for (class, refusal) in [
        (common::DataClass::PsychotherapyNote, "PSYCHOTHERAPY_NOTE"),
        (common::DataClass::FamilyConfidence, "TOLD_IN_CONFIDENCE"),
    ] {
        let refused = assert_refused(given.try_to_refer(&[general, class]).await, Reason::DisclosureRefused);
        assert_eq!(told_why(&refused).0, refusal);
    }
    let counseling = common::DataClass::SudCounselingNote;
    let refused = assert_refused(given.try_to_refer(&[general, counseling]).await, Reason::RequestInvalid);
    assert_eq!(violations_of(&refused), ["data_classes"]);
    assert_eq!(given.count("referral").await, 0);
    assert!(given.intake.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn while_intake_is_silent_nothing_is_told_and_what_clinics_do_stands() {
    let given = Given::new().await;
    let [first, second] = given.facilities().await;
    let (kept, passed_on) = (given.refer().await.referral_id, given.refer().await.referral_id);
    let mut changes = watch(&given, first, "").await.unwrap();
    given.intake.is_silent(true);
    let unavailable = assert_refused(given.try_to_refer(&[]).await, Reason::TemporarilyUnavailable);
    assert!(unavailable.get_details_retry_info().is_some(), "it says when to repeat");

    let message = pb::ClaimReferralRequest { request_id: some_id(), referral_id: kept.clone() };
    let claim = || given.rpc.claim_referral(request(&given.clinic(first), message.clone()));
    assert_refused(claim().await, Reason::TemporarilyUnavailable);
    assert_eq!(given.get(&kept).await.state(), State::Claimed, "the claim stands");
    assert_refused(given.seen(first, &kept).await, Reason::TemporarilyUnavailable);
    given.decline(first, &passed_on).await.unwrap();
    assert_eq!(given.get(&passed_on).await.facility_id, second.to_string(), "an offer goes on");

    let mut seen = Vec::new();
    for _ in 0..4 {
        let (referral, _) = next(&mut changes).await;
        seen.push((referral.state(), referral.summary.clone(), referral.withheld()));
    }
    let bare = |state, withheld| (state, String::new(), withheld);
    assert_eq!(
        seen,
        [
            bare(pb::ReferralState::Offered, Withheld::Unspecified),
            bare(pb::ReferralState::Offered, Withheld::Unspecified),
            bare(pb::ReferralState::Claimed, Withheld::NotDecided),
            bare(pb::ReferralState::Declined, Withheld::Unspecified),
        ]
    );
    assert!(given.on_record().await.is_empty());

    given.intake.is_silent(false);
    assert_eq!(claim().await.unwrap().into_inner().referral.unwrap().summary, SUMMARY);
    assert_eq!(given.on_record().await.len(), 1);
}

#[tokio::test]
async fn a_revoked_consent_is_a_change_on_the_stream_of_whoever_was_told_under_it_and_of_nobody_else() {
    let given = Given::new().await;
    let (clinic, consent) = given.with_consent().await;
    let (told, untold) = (given.refer().await.referral_id, given.refer().await.referral_id);
    given.claim(clinic, &told).await.unwrap();
    let mut changes = watch(&given, clinic, "").await.unwrap();
    let mut open = [next(&mut changes).await.0, next(&mut changes).await.0].map(|referral| referral.summary);
    open.sort_unstable();
    assert_eq!(open, ["", SUMMARY]);

    given.intake.says(clinic, refusing(Refusal::ConsentRevoked));
    let revoked_at = given.clock.now();
    given.revoke(ConsentId::new(), revoked_at).await;
    given.revoke(consent, revoked_at).await;
    given.revoke(consent, revoked_at).await;
    let (change, cursor) = next(&mut changes).await;
    assert_eq!((change.referral_id.as_str(), change.state()), (told.as_str(), pb::ReferralState::Claimed));
    assert_eq!((change.summary.as_str(), change.withheld()), ("", Withheld::ConsentRevoked));
    assert_eq!(change.consent_revoked_at.map(|at| at.seconds), Some(revoked_at.timestamp()));
    given.cancel(&untold).await.unwrap();
    let (after, _) = next(&mut changes).await;
    assert_eq!(after.referral_id, untold, "told once, after {cursor}");
    assert!(after.consent_revoked_at.is_none());
    let kinds: Vec<_> = given.get(&told).await.events.iter().map(|event| event.kind()).collect();
    assert_eq!(kinds.last(), Some(&program_pb::ReferralEventKind::ConsentRevoked));
    assert_eq!(given.get(&told).await.state(), State::Claimed);
}

fn recorded(call: Call, method: &'static str) -> Call {
    call.goes_on_record(Recording::Read, method);
    call
}

#[tokio::test]
async fn a_revocation_from_a_clock_that_runs_ahead_is_of_now() {
    let given = Given::new().await;
    let (clinic, consent) = given.with_consent().await;
    let id = given.refer().await.referral_id;
    given.claim(clinic, &id).await.unwrap();
    given.revoke(consent, given.clock.now() + chrono::TimeDelta::days(3000)).await;
    let revoked_at = given.seen(clinic, &id).await.unwrap().consent_revoked_at.unwrap();
    assert!(revoked_at.seconds <= given.clock.now().timestamp());
}

#[tokio::test]
async fn a_disclosure_is_an_act_of_its_kind_in_the_record_and_in_a_stream_each_is_one() {
    let given = Given::new().await;
    let (clinic, consent) = given.with_consent().await;
    let id = given.refer().await.referral_id;
    given.claim(clinic, &id).await.unwrap();
    let call = given.clinic(clinic);
    let message = pb::GetReferralRequest { referral_id: id.clone() };
    PartnerService::get_referral(&given.rpc, request(&call, message)).await.unwrap();
    let noted = call.noted_act().unwrap();
    assert_eq!(
        (noted.act, noted.recipient, noted.basis),
        (Act::Disclose, Some(clinic.to_string()), Some(consent.to_string()))
    );

    let call = recorded(given.clinic(clinic), "harborline.rpc.v1.PartnerService/WatchReferrals");
    let mut changes = watch_as(&given, &call, "").await.unwrap();
    next(&mut changes).await;
    given.accept(clinic, &id).await.unwrap();
    next(&mut changes).await;
    let acts = "select count(*) from access_record where act = 'disclose' and recipient = $1 and basis = $2
                and cardinality(contacts) = 1 and method like '%WatchReferrals'";
    let acts: i64 = sqlx::query_scalar(acts)
        .bind(clinic.to_string())
        .bind(consent.to_string())
        .fetch_one(&owner(&given.store))
        .await
        .unwrap();
    assert_eq!(acts, 2);
}

#[tokio::test]
async fn the_database_takes_no_part_2_disclosure_for_treatment_and_lets_the_service_change_none() {
    let given = Given::new().await;
    let [clinic] = given.facilities().await;
    let id = given.refer().await.referral_id;
    given.claim(clinic, &id).await.unwrap();
    let wrong = "insert into disclosure select program_id, gen_random_uuid(), 'part2_sud', referral_id, contact_id,
                 participant_id, facility_id, basis, consent_id, break_glass_id, at from disclosure";
    assert!(sqlx::query(wrong).execute(&owner(&given.store)).await.is_err());
    for change in ["update disclosure set basis = 'operational'", "delete from disclosure"] {
        let mut tx = given.store.begin(&given.counselor().scope().unwrap()).await.unwrap();
        let refused = sqlx::query(change).execute(tx.conn()).await.unwrap_err();
        assert!(refused.to_string().contains("permission denied"), "{change}: {refused}");
    }
}
