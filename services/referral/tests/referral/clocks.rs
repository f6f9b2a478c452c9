//! The clock on a clinic's claim, and the hour for which a clinic expects the person.

use chrono::TimeDelta;
use harborline_proto::partner::v1 as pb;
use harborline_proto::partner::v1::ReferralState as Seen;
use harborline_proto::partner::v1::partner_service_server::PartnerService;
use harborline_proto::referral::v1 as program_pb;
use harborline_proto::referral::v1::ReferralEventKind as Kind;
use harborline_proto::referral::v1::ReferralState as State;
use harborline_status::Reason;
use harborline_testkit::{assert_refused, owner, request, run_again, wait_until};
use harborline_types::wire::timestamp;
use harborline_types::{Acuity, Clock, FacilityId, Timestamp};
use tonic::Status;
use tonic_types::StatusExt;

use crate::fixture::{Given, SUMMARY, told_state};
use crate::watch::{next, watch};

type Instant = prost_types::Timestamp;

fn kinds(referral: &program_pb::Referral) -> Vec<Kind> {
    referral.events.iter().map(|event| event.kind()).collect()
}

impl Given {
    /// The clinic accepts for this hour.
    async fn expect(&self, by: FacilityId, referral: &str, at: Instant) -> Result<pb::Referral, Status> {
        let message = pb::AcceptReferralRequest { expected_by: Some(at), ..self.acceptance(referral) };
        let answer = self.rpc.accept_referral(request(&self.clinic(by), message)).await?;
        Ok(answer.into_inner().referral.unwrap())
    }

    fn in_days(&self, days: i64) -> Instant {
        timestamp(self.clock.now() + TimeDelta::days(days))
    }

    async fn due_at(&self, kind: &str) -> Option<Timestamp> {
        let due = sqlx::query_scalar("select due_at from duty where kind = $1").bind(kind);
        due.fetch_optional(&owner(&self.store)).await.unwrap()
    }

    async fn settled(&self) {
        let done = || async { self.open_duties().await.is_empty().then_some(()) };
        self.working(wait_until("nothing is owed", done)).await;
    }
}

/// What a refusal says about its only field.
fn fault(status: &Status) -> (String, String) {
    let wrong = status.get_details_bad_request().unwrap().field_violations;
    assert_eq!(wrong.len(), 1);
    (wrong[0].field.clone(), wrong[0].description.clone())
}

#[tokio::test]
async fn a_claim_holds_the_shorter_the_more_urgent_the_contact_is_and_both_sides_see_until_when() {
    let given = Given::new().await;
    let [clinic] = given.facilities().await;
    let minutes = [
        (Some(Acuity::Emergency), 30),
        (Some(Acuity::VeryHigh), 30),
        (Some(Acuity::High), 240),
        (Some(Acuity::Moderate), 1440),
        (Some(Acuity::Routine), 1440),
        (None, 30),
    ];
    for (acuity, minutes) in minutes {
        *given.acuity.lock().unwrap() = acuity;
        let id = given.refer().await.referral_id;
        // What the contact becomes later does not change what the clinic was given.
        *given.acuity.lock().unwrap() = Some(Acuity::Routine);
        assert_eq!(given.seen(clinic, &id).await.unwrap().accept_by, None, "not before the claim");
        let before = given.clock.now();
        let claimed = given.claim(clinic, &id).await.unwrap();
        let claimed_within = before..=given.clock.now();
        let due = given.due_at("accept-by").await.unwrap();
        assert!(claimed_within.contains(&(due - TimeDelta::minutes(minutes))), "{acuity:?}");
        assert_eq!(claimed.accept_by, Some(timestamp(due)));
        assert_eq!(given.seen(clinic, &id).await.unwrap().accept_by, claimed.accept_by);
        assert_eq!(given.get(&id).await.accept_by, claimed.accept_by);
        given.accept(clinic, &id).await.unwrap();
        assert_eq!(given.due_at("accept-by").await, None, "an accepted claim has no clock");
        assert_eq!(given.seen(clinic, &id).await.unwrap().accept_by, None);
        assert_eq!(given.get(&id).await.accept_by, None);
    }
}

#[tokio::test]
async fn a_clinic_that_claims_and_falls_silent_lets_go_and_the_next_one_is_asked() {
    let given = Given::new().await;
    let [first, second] = given.facilities().await;
    let id = given.refer().await.referral_id;
    given.claim(first, &id).await.unwrap();
    let mut changes = watch(&given, first, "").await.unwrap();
    let claimed = next(&mut changes).await.0;
    assert_eq!((claimed.state(), claimed.summary.as_str()), (Seen::Claimed, SUMMARY));

    let later = given.later(TimeDelta::minutes(241));
    let passed_on = || async {
        let referral = later.get(&id).await;
        (referral.facility_id == second.to_string()).then_some(referral)
    };
    let referral = later.working(wait_until("the claim lapsed", passed_on)).await;
    assert_eq!(kinds(&referral), [Kind::Offered, Kind::Claimed, Kind::Declined, Kind::Offered]);
    assert_eq!(referral.events[2].decline_reason(), program_pb::DeclineReason::NoAnswer);
    assert_eq!((referral.state(), referral.accept_by), (State::Offered, None));

    let told = next(&mut changes).await.0;
    assert_eq!((told.state(), told.summary.as_str(), told.accept_by), (Seen::Declined, "", None));
    assert!(later.seen(first, &id).await.unwrap() == told);
    for late in [later.accept(first, &id).await, later.decline(first, &id).await, later.claim(first, &id).await] {
        assert_eq!(told_state(&assert_refused(late, Reason::ReferralStateConflict)), "declined");
    }
    assert_eq!(later.accept(second, &id).await.unwrap().state(), Seen::Accepted);
}

#[tokio::test]
async fn a_claim_that_lapses_at_the_last_facility_leaves_the_referral_unplaced_and_intake_learns_so() {
    let given = Given::new().await;
    let [only] = given.facilities().await;
    let id = given.refer().await.referral_id;
    given.claim(only, &id).await.unwrap();
    let later = given.later(TimeDelta::minutes(241));
    later.settled().await;
    assert_eq!(later.get(&id).await.state(), State::Unplaced);
    assert_eq!(later.intake.ended.lock().unwrap().len(), 1);
    let refused = assert_refused(later.accept(only, &id).await, Reason::ReferralStateConflict);
    assert_eq!(told_state(&refused), "declined");
}

#[tokio::test]
async fn a_claim_does_not_lapse_before_its_time_nor_once_it_was_answered() {
    let given = Given::new().await;
    let [clinic, _] = given.facilities().await;
    let answers = [given.refer().await, given.refer().await, given.refer().await, given.refer().await];
    let [accepted, waiting, cancelled, silent] = answers.map(|referral| referral.referral_id);
    for id in [&accepted, &waiting, &cancelled, &silent] {
        given.claim(clinic, id).await.unwrap();
    }
    given.accept(clinic, &accepted).await.unwrap();
    given.expect(clinic, &waiting, given.in_days(30)).await.unwrap();
    given.cancel(&cancelled).await.unwrap();
    assert_eq!(given.open_duties().await, ["accept-by", "accepted", "ended"], "the silent one has the only clock");

    // Due too early, as after a clock that was set back: it waits until the claim's own time.
    let due = given.due_at("accept-by").await;
    run_again(&given.store, "accept-by", format_args!("{silent}/{clinic}")).await;
    let waits_again = || async { (given.due_at("accept-by").await == due).then_some(()) };
    given.working(wait_until("it waits for its time", waits_again)).await;
    assert_eq!(given.get(&silent).await.state(), State::Claimed);

    let later = given.later(TimeDelta::minutes(241));
    let passed_on = || async { (later.get(&silent).await.state() == State::Offered).then_some(()) };
    later.working(wait_until("the silent one passed on", passed_on)).await;
    let states = [State::Accepted, State::OnHold, State::Cancelled];
    for (id, state) in [accepted, waiting, cancelled].iter().zip(states) {
        assert_eq!(later.get(id).await.state(), state);
    }
}

#[tokio::test]
async fn a_claim_from_before_there_was_a_clock_has_a_day() {
    let given = Given::new().await;
    let [clinic] = given.facilities().await;
    let (old, new) = (given.refer().await.referral_id, given.refer().await.referral_id);
    given.claim(clinic, &old).await.unwrap();
    let as_before = "with forgotten as (update referral set accept_by = null),
                          settled as (delete from duty where kind = 'accept-by')
                     update referral_offer set accept_by = null";
    sqlx::query(as_before).execute(&owner(&given.store)).await.unwrap();
    let clocked = given.claim(clinic, &new).await.unwrap().accept_by;
    let migration = include_str!("../../migrations/0161_claims_without_clock.sql");
    sqlx::raw_sql(migration).execute(&owner(&given.store)).await.unwrap();

    let in_a_day = given.clock.now() + TimeDelta::days(1);
    let due = given.seen(clinic, &old).await.unwrap().accept_by.unwrap();
    assert!((in_a_day.timestamp() - 60..=in_a_day.timestamp()).contains(&due.seconds));
    assert_eq!(given.get(&old).await.accept_by, Some(due));
    assert_eq!(given.get(&new).await.accept_by, clocked, "a claim that has a clock keeps it");
    assert_eq!(given.open_duties().await, ["accept-by", "accept-by"]);
    let later = given.later(TimeDelta::hours(25));
    later.settled().await;
    assert_eq!(later.get(&old).await.state(), State::Unplaced);
}

#[tokio::test]
async fn an_hour_beyond_the_programs_limit_is_a_wait_list_and_custody_stays() {
    let given = Given::new().await;
    let [clinic] = given.facilities().await;
    let id = given.refer().await.referral_id;
    let far = given.in_days(30);
    let held = given.expect(clinic, &id, far).await.unwrap();
    assert_eq!((held.state(), held.summary.as_str(), held.expected_by), (Seen::OnHold, SUMMARY, Some(far)));
    let referral = given.get(&id).await;
    assert_eq!(
        (referral.state(), referral.owner_name.as_str(), referral.expected_by),
        (State::OnHold, "Dr. Lee", Some(far))
    );
    assert_eq!(kinds(&referral), [Kind::Offered, Kind::OnHold]);
    assert_eq!(given.open_duties().await, Vec::<String>::new(), "intake is told of no acceptance");
    let (open, _) = next(&mut watch(&given, clinic, "").await.unwrap()).await;
    assert!(open == held, "it is open at the clinic");

    // Later still is a wait list as before; an hour that is near enough is an acceptance.
    assert_eq!(given.expect(clinic, &id, given.in_days(20)).await.unwrap().state(), Seen::OnHold);
    assert_eq!(given.expect(clinic, &id, given.in_days(6)).await.unwrap().state(), Seen::Accepted);
    assert_eq!(given.open_duties().await, ["accepted"]);
    given.settled().await;
    assert_eq!(given.intake.heard.lock().unwrap().len(), 1);
    let refused = assert_refused(given.cancel(&id).await, Reason::ReferralStateConflict);
    assert_eq!(told_state(&refused), "accepted");
}

#[tokio::test]
async fn a_wait_list_ends_by_the_programs_word_by_the_clinics_or_because_the_person_was_seen() {
    let given = Given::new().await;
    let [first, second] = given.facilities().await;
    let answers = [given.refer().await, given.refer().await, given.refer().await, given.refer().await];
    let [cancelled, declined, seen, near] = answers.map(|referral| referral.referral_id);
    let hour = given.in_days(8);
    for id in [&cancelled, &declined, &seen, &near] {
        assert_eq!(given.expect(first, id, hour).await.unwrap().state(), Seen::OnHold);
    }
    let gone = given.cancel(&cancelled).await.unwrap();
    assert_eq!((gone.state(), gone.owner_id.as_str(), gone.expected_by), (State::Cancelled, "", None));
    let clinics = given.seen(first, &cancelled).await.unwrap();
    assert_eq!((clinics.state(), clinics.summary.as_str(), clinics.expected_by), (Seen::Cancelled, "", None));
    given.decline(first, &declined).await.unwrap();
    let referral = given.get(&declined).await;
    assert_eq!((referral.facility_id, referral.owner_id.as_str()), (second.to_string(), ""));
    assert_eq!(given.complete(first, &seen).await.unwrap().state(), Seen::Completed);
    let tomorrow = given.later(TimeDelta::days(1));
    assert_eq!(tomorrow.expect(first, &near, hour).await.unwrap().state(), Seen::Accepted, "the same hour, nearer now");
}

#[tokio::test]
async fn a_wait_list_holds_the_referral_as_an_acceptance_does() {
    let given = Given::new().await;
    let [first, second] = given.facilities().await;
    let id = given.refer().await.referral_id;
    given.expect(first, &id, given.in_days(8)).await.unwrap();
    let second_holder = "insert into referral_offer
                             (program_id, referral_id, facility_id, state, offered_at, claim_by, sequence, clinic_change)
                         select program_id, referral_id, $1, 'offered', offered_at, claim_by, sequence, 99
                         from referral_offer";
    let refused = sqlx::query(second_holder).bind(second).execute(&owner(&given.store)).await.unwrap_err();
    assert_eq!(refused.as_database_error().unwrap().constraint(), Some("referral_offer_single_holder"));
}

#[tokio::test]
async fn an_hour_that_cannot_be_meant_is_refused_with_what_it_must_be() {
    let given = Given::new().await;
    let [clinic] = given.facilities().await;
    let id = given.refer().await.referral_id;
    let year_9999 = Instant { seconds: 253_402_300_799, nanos: 0 };
    let expecting = [
        (Some(given.in_days(-1)), "must not be in the past"),
        (Some(given.in_days(370)), "must be at most a year ahead"),
        (Some(year_9999), "must be at most a year ahead"),
        (Some(Instant { seconds: i64::MAX, nanos: 0 }), "must be an instant of the years 1 to 9999"),
        (Some(Instant { seconds: 0, nanos: -1 }), "must be an instant of the years 1 to 9999"),
        (None, "is required"),
    ];
    for (expected_by, must) in expecting {
        let message = pb::AcceptReferralRequest { expected_by, ..given.acceptance(&id) };
        let answer = given.rpc.accept_referral(request(&given.clinic(clinic), message)).await;
        let refused = assert_refused(answer.map(drop), Reason::RequestInvalid);
        assert_eq!(fault(&refused), ("expected_by".to_owned(), must.to_owned()));
    }
    assert_eq!(given.seen(clinic, &id).await.unwrap().state(), Seen::Offered);
}

#[tokio::test]
async fn a_claim_and_the_end_of_its_time_at_once_have_one_winner() {
    let calm = Given::new().await;
    let [first, _] = calm.facilities().await;
    let fast = Clock::Development(harborline_types::DevelopmentClock {
        start_real: Clock::System.now(),
        start: Clock::System.now(),
        speed: 100_000.0,
    });
    let given = Given::over(calm.store.clone(), fast, calm.program);
    let id = given.refer().await.referral_id;
    given.claim(first, &id).await.unwrap();
    // The claim lapses within a fraction of a second, while the clinic accepts again and again.
    let answered = || async {
        match given.accept(first, &id).await {
            Ok(accepted) => Some(Some(accepted)),
            Err(status) if harborline_status::reason_of(&status) == Some(Reason::ReferralStateConflict) => Some(None),
            Err(_) => None,
        }
    };
    let accepted = given.working(wait_until("one has won", answered)).await;
    let referral = given.get(&id).await;
    let kinds = kinds(&referral);
    assert_eq!(kinds.contains(&Kind::Accepted), accepted.is_some());
    assert_ne!(kinds.contains(&Kind::Accepted), kinds.contains(&Kind::Declined));
}
