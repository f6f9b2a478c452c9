//! The specification of a referral's life, and its invariants under any order of commands.

use chrono::TimeDelta;
use harborline_types::{Acuity, Clock, ContactId, FacilityId, Person, PersonId, Phi, ReferralId, Timestamp};
use proptest::prelude::*;

use super::*;

fn facilities(accepting: &[bool]) -> Vec<Facility> {
    let facility = |(rank, accepting): (usize, &bool)| Facility {
        id: FacilityId::new(),
        name: "somewhere".to_owned(),
        services: vec![if rank == 2 { ServiceKind::Inpatient } else { ServiceKind::Detox }],
        jurisdictions: vec![],
        rank: rank as i32,
        accepting: *accepting,
    };
    accepting.iter().enumerate().map(facility).collect()
}

fn asking(facilities: &[Facility], now: Timestamp) -> Asking<'_> {
    Asking { facilities, claim_within: TimeDelta::minutes(30), now }
}

fn terms() -> Terms {
    let accept_within = [30, 30, 240, 1440, 1440].map(TimeDelta::minutes);
    Terms { claim_within: TimeDelta::minutes(30), accept_within, expected_within: TimeDelta::days(7) }
}

fn created(facilities: &[Facility], now: Timestamp) -> Step {
    let summary = Phi::new("what the clinic must know".to_owned());
    let (contact, classes) = (ContactId::new(), vec![harborline_disclosure::DataClass::GeneralPhi]);
    let (participant, acuity, service) = (None, Some(Acuity::High), ServiceKind::Detox);
    let draft = Draft { contact, participant, acuity, service, jurisdiction: None, summary, classes };
    Referral::create(ReferralId::new(), draft, &asking(facilities, now))
}

fn owner(expected_by: Timestamp) -> Owner {
    let id = PersonId::parse("dr-lee").unwrap();
    Owner { person: Person { id, name: "Dr. Lee".to_owned() }, expected_by }
}

fn kinds(events: &[Event]) -> Vec<EventKind> {
    events.iter().map(|event| event.kind).collect()
}

#[test]
fn without_anybody_to_ask_a_referral_is_unplaced_at_once() {
    let (referral, events) = created(&[], Clock::System.now());
    assert_eq!((referral.state, referral.facility), (ReferralState::Unplaced, None));
    assert_eq!(kinds(&events), [EventKind::Unplaced]);
}

#[test]
fn a_declined_offer_goes_to_the_next_facility_and_the_last_one_leaves_it_unplaced() {
    let now = Clock::System.now();
    let facilities = facilities(&[true, true]);
    let (referral, _) = created(&facilities, now);
    let (referral, events) =
        referral.decline(facilities[0].id, DeclineReason::NoCapacity, &asking(&facilities, now)).unwrap();
    assert_eq!(kinds(&events), [EventKind::Declined, EventKind::Offered]);
    assert_eq!(referral.facility, Some(facilities[1].id));
    let (referral, events) =
        referral.decline(facilities[1].id, DeclineReason::Other, &asking(&facilities, now)).unwrap();
    assert_eq!(kinds(&events), [EventKind::Declined, EventKind::Unplaced]);
    assert_eq!(referral.state, ReferralState::Unplaced);
}

#[test]
fn an_offer_lapses_when_its_time_is_over_and_only_when_nobody_took_it_up() {
    let now = Clock::System.now();
    let facilities = facilities(&[true, true]);
    let (referral, _) = created(&facilities, now);
    let due = now + TimeDelta::minutes(30);
    let early = referral.clone().lapse_offer(facilities[0].id, &asking(&facilities, due - TimeDelta::seconds(1)));
    assert!(matches!(early, Lapse::NotYet(at) if at == due));
    let (claimed, _) = referral.clone().claim(facilities[0].id, &terms(), now).unwrap();
    assert!(matches!(claimed.lapse_offer(facilities[0].id, &asking(&facilities, due)), Lapse::Answered));
    let Lapse::Passed(step) = referral.lapse_offer(facilities[0].id, &asking(&facilities, due)) else {
        panic!("an offer whose time is over passes on")
    };
    let (referral, events) = *step;
    assert_eq!(events[0].decline_reason, Some(DeclineReason::NoAnswer));
    assert_eq!(referral.claim(facilities[0].id, &terms(), due).unwrap_err(), Refused::State("declined"));
}

#[test]
fn an_acceptance_must_expect_the_person_in_the_future() {
    let now = Clock::System.now();
    let facilities = facilities(&[true]);
    let (referral, _) = created(&facilities, now);
    let expecting = |at| referral.clone().accept(facilities[0].id, owner(at), &terms(), now);
    assert_eq!(expecting(now - TimeDelta::seconds(1)).unwrap_err(), Refused::ExpectedInThePast);
    assert_eq!(expecting(now + TimeDelta::days(367)).unwrap_err(), Refused::ExpectedTooFarAhead);
    let (referral, _) = expecting(now).unwrap();
    assert_eq!(referral.clone().cancel(now).unwrap_err(), Refused::State("accepted"));
    assert_eq!(referral.complete(facilities[0].id, now).unwrap().0.state, ReferralState::Completed);
}

#[test]
fn the_summary_is_shown_from_the_claim_on_and_no_longer_once_the_clinic_lets_go() {
    let now = Clock::System.now();
    let facilities = facilities(&[true]);
    let clinic = facilities[0].id;
    let shown = |referral: &Referral| referral.seen_by(clinic).unwrap().discloses;
    let (referral, _) = created(&facilities, now);
    assert!(!shown(&referral));
    let (referral, _) = referral.claim(clinic, &terms(), now).unwrap();
    assert!(shown(&referral));
    let (referral, _) = referral.cancel(now).unwrap();
    assert!(!shown(&referral));
    assert!(referral.seen_by(FacilityId::new()).is_none());
}

#[test]
fn a_claim_lapses_when_its_time_is_over_and_only_when_the_clinic_has_not_accepted() {
    let now = Clock::System.now();
    let facilities = facilities(&[true, true]);
    let (first, due) = (facilities[0].id, now + TimeDelta::minutes(240));
    let (referral, _) = created(&facilities, now).0.claim(first, &terms(), now).unwrap();
    assert_eq!(referral.seen_by(first).unwrap().accept_by, Some(due), "a contact of high acuity");
    let early = referral.clone().lapse_claim(first, &asking(&facilities, due - TimeDelta::seconds(1)));
    assert!(matches!(early, Lapse::NotYet(at) if at == due));
    for hour in [now + TimeDelta::days(1), now + TimeDelta::days(8)] {
        let (accepted, _) = referral.clone().accept(first, owner(hour), &terms(), now).unwrap();
        assert!(matches!(accepted.lapse_claim(first, &asking(&facilities, due)), Lapse::Answered));
    }
    let Lapse::Passed(step) = referral.lapse_claim(first, &asking(&facilities, due)) else {
        panic!("a claim whose time is over lapses")
    };
    let (referral, events) = *step;
    assert_eq!(kinds(&events), [EventKind::Declined, EventKind::Offered]);
    let seen = referral.seen_by(first).unwrap();
    assert_eq!((seen.state, seen.discloses, seen.accept_by), (OfferState::Declined, false, None));
    assert_eq!(referral.accept(first, owner(due), &terms(), due).unwrap_err(), Refused::State("declined"));
}

#[test]
fn whom_a_clinic_expects_too_late_is_on_its_wait_list_until_the_hour_is_near_enough() {
    let now = Clock::System.now();
    let facilities = facilities(&[true, true]);
    let first = facilities[0].id;
    let (week, later) = (now + TimeDelta::days(7), now + TimeDelta::days(7) + TimeDelta::seconds(1));
    let accept = |referral: Referral, hour, now| referral.accept(first, owner(hour), &terms(), now).unwrap();
    let (referral, _) = created(&facilities, now);
    assert_eq!(accept(referral.clone(), week, now).0.state, ReferralState::Accepted);
    let (referral, events) = accept(referral, later, now);
    assert_eq!((referral.state, kinds(&events)), (ReferralState::OnHold, vec![EventKind::OnHold]));
    assert!(referral.seen_by(first).unwrap().discloses);
    assert_eq!(accept(referral.clone(), later, now).0.state, ReferralState::OnHold);
    assert_eq!(accept(referral.clone(), week, now).0.state, ReferralState::Accepted);
    let (same_hour, _) = accept(referral.clone(), later, now + TimeDelta::seconds(1));
    assert_eq!(same_hour.state, ReferralState::Accepted);
    let (cancelled, _) = referral.clone().cancel(now).unwrap();
    assert_eq!((cancelled.state, cancelled.owner), (ReferralState::Cancelled, None));
    let (declined, _) = referral.decline(first, DeclineReason::NoCapacity, &asking(&facilities, now)).unwrap();
    assert_eq!((declined.facility, declined.owner), (Some(facilities[1].id), None));
}

/// Anything that may come in, from any of four clinics.
#[derive(Clone, Copy, Debug)]
enum Command {
    Claim(usize),
    Accept(usize, i64),
    Decline(usize),
    LapseOffer(usize),
    LapseClaim(usize),
    Complete(usize),
    Cancel,
}

fn command() -> impl Strategy<Value = Command> {
    (0..7usize, 0..4usize, 0..10i64).prop_map(|(verb, clinic, days)| match verb {
        0 => Command::Claim(clinic),
        1 => Command::Accept(clinic, days),
        2 => Command::Decline(clinic),
        3 => Command::LapseOffer(clinic),
        4 => Command::LapseClaim(clinic),
        5 => Command::Complete(clinic),
        _ => Command::Cancel,
    })
}

fn apply(referral: Referral, command: Command, facilities: &[Facility], now: Timestamp) -> Option<Step> {
    let asking = asking(facilities, now);
    match command {
        Command::Claim(clinic) => referral.claim(facilities[clinic].id, &terms(), now).ok(),
        Command::Accept(clinic, days) => {
            referral.accept(facilities[clinic].id, owner(now + TimeDelta::days(days)), &terms(), now).ok()
        }
        Command::Decline(clinic) => referral.decline(facilities[clinic].id, DeclineReason::Other, &asking).ok(),
        Command::Complete(clinic) => referral.complete(facilities[clinic].id, now).ok(),
        Command::Cancel => referral.cancel(now).ok(),
        Command::LapseOffer(clinic) => passed(referral.lapse_offer(facilities[clinic].id, &asking)),
        Command::LapseClaim(clinic) => passed(referral.lapse_claim(facilities[clinic].id, &asking)),
    }
}

fn passed(lapse: Lapse) -> Option<Step> {
    match lapse {
        Lapse::Passed(step) => Some(*step),
        Lapse::NotYet(_) | Lapse::Answered => None,
    }
}

proptest! {
    #[test]
    fn never_two_clinics_hold_a_referral_and_whoever_is_asked_fits_and_an_end_stays_one(
        accepting in prop::collection::vec(any::<bool>(), 4),
        commands in prop::collection::vec((command(), 0..40i64), 0..30),
    ) {
        let mut now = Clock::System.now();
        let facilities = facilities(&accepting);
        let (mut referral, mut history) = created(&facilities, now);
        for (command, minutes) in commands {
            now += TimeDelta::minutes(minutes);
            let before = referral.state;
            let Some((changed, events)) = apply(referral.clone(), command, &facilities, now) else { continue };
            prop_assert!(!before.has_ended(), "{before} is an end, yet {command:?} moved it");
            referral = changed;
            let ends = events.iter().filter(|event| event.kind.is_end()).count();
            prop_assert_eq!(ends, usize::from(referral.state.has_ended()), "an end is told once");
            prop_assert_eq!(referral.accept_by.is_some(), referral.state == ReferralState::Claimed);
            let named = matches!(referral.state, ReferralState::Accepted | ReferralState::OnHold | ReferralState::Completed);
            prop_assert_eq!(referral.owner.is_some(), named);
            history.extend(events);

            let holders: Vec<_> = referral.offers.iter().filter(|offer| offer.state.holds()).collect();
            prop_assert!(holders.len() <= 1);
            prop_assert_eq!(referral.facility, holders.first().map(|offer| offer.facility));
            prop_assert_eq!(holders.is_empty(), matches!(referral.state, ReferralState::Unplaced | ReferralState::Cancelled));
        }
        let of = |kind: EventKind| history.iter().filter(|event| event.kind == kind).count();
        prop_assert!(of(EventKind::Accepted) <= 1);
        for offer in &referral.offers {
            let facility = facilities.iter().find(|facility| facility.id == offer.facility).unwrap();
            prop_assert!(facility.fits(ServiceKind::Detox, None));
        }
        prop_assert_eq!(of(EventKind::Offered), referral.offers.len(), "nobody is asked twice");
        let numbers: Vec<_> = history.iter().map(|event| event.sequence).collect();
        prop_assert_eq!(numbers, (1..=referral.sequence).collect::<Vec<_>>());
    }
}
