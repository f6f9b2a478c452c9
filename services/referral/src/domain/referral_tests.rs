//! The specification of a referral's life, and its invariants under any order of commands.

use chrono::TimeDelta;
use harborline_types::{Clock, ContactId, FacilityId, Person, PersonId, Phi, ReferralId, Timestamp};
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

fn created(facilities: &[Facility], now: Timestamp) -> Step {
    let summary = Phi::new("what the clinic must know".to_owned());
    let (contact, classes) = (ContactId::new(), vec![harborline_disclosure::DataClass::GeneralPhi]);
    let draft = Draft { contact, participant: None, service: ServiceKind::Detox, jurisdiction: None, summary, classes };
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
    let early = referral.clone().lapse(facilities[0].id, &asking(&facilities, due - TimeDelta::seconds(1)));
    assert!(matches!(early, Lapse::NotYet(at) if at == due));
    let (claimed, _) = referral.clone().claim(facilities[0].id, now).unwrap();
    assert!(matches!(claimed.lapse(facilities[0].id, &asking(&facilities, due)), Lapse::Answered));
    let Lapse::Passed(step) = referral.lapse(facilities[0].id, &asking(&facilities, due)) else {
        panic!("an offer whose time is over passes on")
    };
    let (referral, events) = *step;
    assert_eq!(events[0].decline_reason, Some(DeclineReason::NoAnswer));
    assert_eq!(referral.claim(facilities[0].id, due).unwrap_err(), Refused::State("declined"));
}

#[test]
fn an_acceptance_must_expect_the_person_in_the_future() {
    let now = Clock::System.now();
    let facilities = facilities(&[true]);
    let (referral, _) = created(&facilities, now);
    let late = referral.clone().accept(facilities[0].id, owner(now - TimeDelta::seconds(1)), now);
    assert_eq!(late.unwrap_err(), Refused::ExpectedInThePast);
    let (referral, _) = referral.accept(facilities[0].id, owner(now), now).unwrap();
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
    let (referral, _) = referral.claim(clinic, now).unwrap();
    assert!(shown(&referral));
    let (referral, _) = referral.cancel(now).unwrap();
    assert!(!shown(&referral));
    assert!(referral.seen_by(FacilityId::new()).is_none());
}

/// Anything that may come in, from any of four clinics.
#[derive(Clone, Copy, Debug)]
enum Command {
    Claim(usize),
    Accept(usize),
    Decline(usize),
    Lapse(usize),
    Complete(usize),
    Cancel,
}

fn command() -> impl Strategy<Value = Command> {
    (0..6usize, 0..4usize).prop_map(|(verb, clinic)| match verb {
        0 => Command::Claim(clinic),
        1 => Command::Accept(clinic),
        2 => Command::Decline(clinic),
        3 => Command::Lapse(clinic),
        4 => Command::Complete(clinic),
        _ => Command::Cancel,
    })
}

fn apply(referral: Referral, command: Command, facilities: &[Facility], now: Timestamp) -> Option<Step> {
    let asking = asking(facilities, now);
    match command {
        Command::Claim(clinic) => referral.claim(facilities[clinic].id, now).ok(),
        Command::Accept(clinic) => referral.accept(facilities[clinic].id, owner(now), now).ok(),
        Command::Decline(clinic) => referral.decline(facilities[clinic].id, DeclineReason::Other, &asking).ok(),
        Command::Complete(clinic) => referral.complete(facilities[clinic].id, now).ok(),
        Command::Cancel => referral.cancel(now).ok(),
        Command::Lapse(clinic) => match referral.lapse(facilities[clinic].id, &asking) {
            Lapse::Passed(step) => Some(*step),
            Lapse::NotYet(_) | Lapse::Answered => None,
        },
    }
}

fn is_an_end(state: ReferralState) -> bool {
    matches!(state, ReferralState::Unplaced | ReferralState::Cancelled | ReferralState::Completed)
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
            prop_assert!(!is_an_end(before), "{before} is an end, yet {command:?} moved it");
            referral = changed;
            history.extend(events);

            let holders: Vec<_> = referral.offers.iter().filter(|offer| offer.state.holds()).collect();
            prop_assert!(holders.len() <= 1);
            prop_assert_eq!(referral.facility, holders.first().map(|offer| offer.facility));
            prop_assert_eq!(holders.is_empty(), matches!(referral.state, ReferralState::Unplaced | ReferralState::Cancelled));
        }
        let of = |kind: EventKind| history.iter().filter(|event| event.kind == kind).count();
        prop_assert!(of(EventKind::Accepted) <= 1);
        prop_assert_eq!(referral.owner.is_some(), of(EventKind::Accepted) == 1);
        for offer in &referral.offers {
            let facility = facilities.iter().find(|facility| facility.id == offer.facility).unwrap();
            prop_assert!(facility.fits(ServiceKind::Detox, None));
        }
        prop_assert_eq!(of(EventKind::Offered), referral.offers.len(), "nobody is asked twice");
        let numbers: Vec<_> = history.iter().map(|event| event.sequence).collect();
        prop_assert_eq!(numbers, (1..=referral.sequence).collect::<Vec<_>>());
    }
}
