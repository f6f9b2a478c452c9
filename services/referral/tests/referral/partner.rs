//! The clinic's side.

use std::sync::atomic::Ordering;

use chrono::TimeDelta;
use harborline_proto::partner::v1 as pb;
use harborline_proto::partner::v1::ReferralState as Seen;
use harborline_proto::partner::v1::partner_service_server::PartnerService;
use harborline_proto::referral::v1::ReferralState as State;
use harborline_status::{Reason, violations_of};
use harborline_testkit::{assert_refused, clinic, owner, request, some_program, wait_until};
use harborline_types::FacilityId;
use harborline_types::wire::timestamp;
use tonic::Status;

use crate::fixture::{Given, SUMMARY, some_id, told_resource, told_state};

#[tokio::test]
async fn the_summary_is_disclosed_from_the_claim_on_and_kept_nowhere_else() {
    let given = Given::new().await;
    let [first, _] = given.facilities().await;
    let id = given.refer().await.referral_id;
    let offered = given.seen(first, &id).await.unwrap();
    assert_eq!((offered.state(), offered.summary.as_str(), offered.service.as_str()), (Seen::Offered, "", "detox"));
    assert_eq!(offered.claim_by.unwrap().seconds - offered.offered_at.unwrap().seconds, 30 * 60);

    let claimed = given.claim(first, &id).await.unwrap();
    assert_eq!((claimed.state(), claimed.summary.as_str()), (Seen::Claimed, SUMMARY));
    assert!(claimed.sequence > offered.sequence);
    assert!(given.seen(first, &id).await.unwrap() == claimed);
    assert_eq!(given.decline(first, &id).await.unwrap().summary, "", "no longer once the clinic lets go");
    assert_eq!(given.seen(first, &id).await.unwrap().summary, "");

    let kept = "select count(*) from answered_request where position($1::bytea in answer) > 0";
    let kept: i64 = sqlx::query_scalar(kept).bind(SUMMARY).fetch_one(&owner(&given.store)).await.unwrap();
    assert_eq!(kept, 0, "no kept answer holds the summary");
}

#[tokio::test]
async fn a_clinic_that_declines_unclaimed_never_sees_the_summary() {
    let given = Given::new().await;
    let [clinic] = given.facilities().await;
    let id = given.refer().await.referral_id;
    assert_eq!(given.decline(clinic, &id).await.unwrap().summary, "");
    assert_eq!(given.seen(clinic, &id).await.unwrap().summary, "");
}

#[tokio::test]
async fn a_clinic_may_accept_without_a_claim_and_intake_learns_the_named_owner() {
    let given = Given::new().await;
    let [clinic] = given.facilities().await;
    let referral = given.refer().await;
    let accepted = given.accept(clinic, &referral.referral_id).await.unwrap();
    assert_eq!((accepted.state(), accepted.summary.as_str()), (Seen::Accepted, SUMMARY));
    let now = given.get(&referral.referral_id).await;
    assert_eq!((now.state(), now.owner_id.as_str(), now.owner_name.as_str()), (State::Accepted, "dr-lee", "Dr. Lee"));

    // Intake takes the news and its answer is lost, twice; in the end the duty is done and every call was the same.
    given.intake.failures.store(2, Ordering::SeqCst);
    let done = || async { given.open_duties().await.is_empty().then_some(()) };
    given.working(wait_until("intake knows", done)).await;
    let heard = given.intake.heard.lock().unwrap();
    assert_eq!(heard.len(), 3);
    assert!(heard.iter().all(|call| *call == heard[0]));
    let (_, news) = &heard[0];
    assert_eq!(news.contact.to_string(), referral.contact_id);
    assert_eq!((news.facility, news.owner.name.as_str()), (clinic, "Dr. Lee"));
}

#[tokio::test]
async fn an_acceptance_must_name_an_owner_and_a_time_to_come() {
    let given = Given::new().await;
    let [clinic] = given.facilities().await;
    let id = given.refer().await.referral_id;
    let call = given.clinic(clinic);
    let answer = given.rpc.accept_referral(request(&call, pb::AcceptReferralRequest::default())).await;
    let refused = assert_refused(answer.map(drop), Reason::RequestInvalid);
    assert_eq!(violations_of(&refused), ["request_id", "referral_id", "owner_id", "owner_name", "expected_by"]);

    let past = Some(timestamp(given.clock.now() - TimeDelta::minutes(1)));
    let late = pb::AcceptReferralRequest { expected_by: past, ..given.acceptance(&id) };
    let refused =
        assert_refused(given.rpc.accept_referral(request(&call, late)).await.map(drop), Reason::RequestInvalid);
    assert_eq!(violations_of(&refused), ["expected_by"]);
    for name in ["Dr. \u{202E}eeL", "\u{2066}Dr. Lee", "\u{200D}", "\u{FEFF} \u{200F}"] {
        let hidden = pb::AcceptReferralRequest { owner_name: name.to_owned(), ..given.acceptance(&id) };
        let answer = given.rpc.accept_referral(request(&call, hidden)).await;
        let refused = assert_refused(answer.map(drop), Reason::RequestInvalid);
        assert_eq!(violations_of(&refused), ["owner_name"], "{name:?}");
    }
    assert_eq!(given.seen(clinic, &id).await.unwrap().state(), Seen::Offered);

    let decline = pb::DeclineReferralRequest { referral_id: id, reason: 5, ..Default::default() };
    let answer = given.rpc.decline_referral(request(&call, decline)).await;
    let refused = assert_refused(answer.map(drop), Reason::RequestInvalid);
    assert_eq!(violations_of(&refused), ["request_id", "reason"], "a clinic cannot say that it did not answer");
}

#[tokio::test]
async fn an_acceptance_may_be_repeated_after_the_person_was_expected() {
    let given = Given::new().await;
    let [clinic] = given.facilities().await;
    let id = given.refer().await.referral_id;
    let message = given.acceptance(&id);
    let first = given.rpc.accept_referral(request(&given.clinic(clinic), message.clone())).await.unwrap();
    let tomorrow = given.later(TimeDelta::days(1));
    let again = tomorrow.rpc.accept_referral(request(&given.clinic(clinic), message)).await.unwrap();
    assert!(first.into_inner() == again.into_inner());
}

#[tokio::test]
async fn only_an_accepted_referral_can_be_completed_and_only_once() {
    let given = Given::new().await;
    let [clinic] = given.facilities().await;
    let id = given.refer().await.referral_id;
    given.claim(clinic, &id).await.unwrap();
    let refused = assert_refused(given.complete(clinic, &id).await, Reason::ReferralStateConflict);
    assert_eq!(told_state(&refused), "claimed");
    given.accept(clinic, &id).await.unwrap();
    assert_eq!(given.complete(clinic, &id).await.unwrap().state(), Seen::Completed);
    assert_eq!(given.get(&id).await.state(), State::Completed);
    let refused = assert_refused(given.complete(clinic, &id).await, Reason::ReferralStateConflict);
    assert_eq!(told_state(&refused), "completed");
}

#[tokio::test]
async fn another_clinics_referral_is_not_found_whatever_is_asked() {
    let given = Given::new().await;
    let [_, second] = given.facilities().await;
    let id = given.refer().await.referral_id;
    for answer in every_call(&given, second, &id).await {
        let refused = assert_refused(answer, Reason::ReferralNotFound);
        assert_eq!(told_resource(&refused), ("referral".to_owned(), id.clone()));
    }
}

#[tokio::test]
async fn the_same_clinic_in_another_program_finds_nothing() {
    let given = Given::new().await;
    let [first] = given.facilities().await;
    let id = given.refer().await.referral_id;
    let elsewhere = Given::over(given.store.clone(), given.clock.clone(), some_program());
    for answer in every_call(&elsewhere, first, &id).await {
        assert_refused(answer, Reason::ReferralNotFound);
    }
}

async fn every_call(given: &Given, by: FacilityId, id: &str) -> [Result<(), Status>; 5] {
    [
        given.seen(by, id).await.map(drop),
        given.claim(by, id).await.map(drop),
        given.accept(by, id).await.map(drop),
        given.decline(by, id).await.map(drop),
        given.complete(by, id).await.map(drop),
    ]
}

#[tokio::test]
async fn a_token_that_speaks_for_no_clinic_is_refused() {
    let given = Given::new().await;
    let message = pb::ClaimReferralRequest { request_id: some_id(), referral_id: some_id() };
    let answer = given.rpc.claim_referral(request(&given.counselor(), message)).await;
    assert_refused(answer.map(drop), Reason::CallerNotAllowed);
    let message = pb::GetReferralRequest { referral_id: some_id() };
    let nobody = clinic(given.program, FacilityId::new());
    assert_refused(given.rpc.get_referral(request(&nobody, message)).await.map(drop), Reason::ReferralNotFound);
}

#[tokio::test]
async fn an_acceptance_and_a_cancellation_at_the_same_time_have_one_winner() {
    let given = Given::new().await;
    let [clinic] = given.facilities().await;
    for _ in 0..10 {
        let id = given.refer().await.referral_id;
        let (accepted, cancelled) = tokio::join!(given.accept(clinic, &id), given.cancel(&id));
        assert_ne!(accepted.is_ok(), cancelled.is_ok());
        let expected = if accepted.is_ok() { State::Accepted } else { State::Cancelled };
        assert_eq!(given.get(&id).await.state(), expected);
    }
}
