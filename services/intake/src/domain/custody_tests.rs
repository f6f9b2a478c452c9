use harborline_types::{Clock, PersonId};
use proptest::prelude::*;

use super::*;

fn person(id: &str) -> Person {
    Person { id: PersonId::parse(id).unwrap(), name: id.to_owned() }
}

fn owners() -> Owners {
    Owners {
        clinical_director: person("director"),
        supervisor: Some(person("supervisor")),
        backup_line: "988".to_owned(),
        responsible_clinician: Some(person("clinician")),
    }
}

fn leg(state: ContactState) -> Leg {
    Leg { is_outbound: false, state, counselor: Some(person("ana")) }
}

fn call(state: ContactState, counselor: Option<&str>) -> Leg {
    Leg { is_outbound: true, state, counselor: counselor.map(person) }
}

fn closed() -> Open {
    Open { legs: vec![leg(ContactState::Closed)], ..Open::default() }
}

fn who(open: &Open) -> OwnerRole {
    owner(open, &owners()).role
}

#[test]
fn the_director_stands_in_while_no_supervisor_is_named() {
    let waiting = Open { legs: vec![leg(ContactState::Waiting)], ..Open::default() };
    assert_eq!(owner(&waiting, &owners()).id, "supervisor");
    let without = Owners { supervisor: None, ..owners() };
    let director = owner(&waiting, &without);
    assert_eq!((director.role, director.on_duty), (OwnerRole::ClinicalDirector, true));
}

#[test]
fn a_chain_begins_as_what_is_open_of_it_says() {
    for owners in [owners(), Owners { supervisor: None, ..owners() }] {
        let leg = Leg { counselor: None, ..leg(ContactState::Received) };
        let open = Open { legs: vec![leg], ..Open::default() };
        let now = Timestamp::UNIX_EPOCH;
        let begun = first(owners.supervisor.as_ref(), &owners.clinical_director, now);
        assert_eq!(Some(begun), next(None, owner(&open, &owners), now));
    }
}

#[test]
fn after_a_conversation_the_clinic_that_accepted_comes_first_then_the_supervisor_who_must_decide_then_who_follows_up() {
    let all = Open { follow_ups: true, referral: true, decision: true, clinic: Some(person("nurse")), ..closed() };
    assert_eq!(who(&all), OwnerRole::Clinic);
    assert_eq!(who(&Open { clinic: None, ..all.clone() }), OwnerRole::SupervisorOnCall);
    assert_eq!(who(&Open { clinic: None, decision: false, ..all.clone() }), OwnerRole::ResponsibleClinician);
    let unknown_caller = Owners { responsible_clinician: None, ..owners() };
    let director = owner(&Open { clinic: None, decision: false, ..all }, &unknown_caller);
    assert_eq!((director.role, director.on_duty), (OwnerRole::ClinicalDirector, false));
}

#[test]
fn nothing_open_is_nobodys_and_each_thing_that_is_open_is_somebodys() {
    assert_eq!(who(&closed()), OwnerRole::Nobody);
    assert_eq!(who(&Open { follow_ups: true, ..closed() }), OwnerRole::ResponsibleClinician);
    assert_eq!(who(&Open { referral: true, ..closed() }), OwnerRole::ResponsibleClinician);
    assert_eq!(who(&Open { decision: true, ..closed() }), OwnerRole::SupervisorOnCall);
    let calling = Open { legs: vec![leg(ContactState::Closed), call(ContactState::Waiting, None)], ..Open::default() };
    assert_eq!(who(&calling), OwnerRole::ResponsibleClinician);
}

#[test]
fn the_backup_line_owns_only_what_it_has_and_until_we_begin_to_call() {
    let handed_off = Open { legs: vec![leg(ContactState::HandedOff)], follow_ups: true, ..Open::default() };
    assert_eq!(who(&handed_off), OwnerRole::BackupLine);
    let mut calling = handed_off.clone();
    calling.legs.push(call(ContactState::Waiting, None));
    assert_eq!(who(&calling), OwnerRole::ResponsibleClinician);
    assert_eq!(who(&Open { follow_ups: false, ..handed_off }), OwnerRole::Nobody);
}

#[test]
fn somebody_on_the_line_whose_counselor_was_lost_is_the_supervisors() {
    let lost = Open {
        legs: vec![leg(ContactState::Closed), call(ContactState::Waiting, Some("ben"))],
        follow_ups: true,
        ..Open::default()
    };
    assert_eq!(who(&lost), OwnerRole::SupervisorOnCall);
}

#[test]
fn the_next_interval_begins_where_the_last_one_ends_even_when_the_clock_goes_back() {
    let now = Clock::System.now();
    let waiting = Open { legs: vec![leg(ContactState::Waiting)], ..Open::default() };
    let last = next(None, owner(&waiting, &owners()), now).unwrap();
    let earlier = now - chrono::TimeDelta::seconds(5);
    let following = next(Some(&last), owner(&closed(), &owners()), earlier).unwrap();
    assert_eq!((following.sequence, following.since), (2, last.end(earlier)));
    assert_eq!(next(Some(&following), Owner::nobody(), now), None, "the owner stays");
}

fn any_state() -> impl Strategy<Value = ContactState> {
    proptest::sample::select(ContactState::ALL.to_vec())
}

prop_compose! {
    fn any_open()(
        inbound in any_state(),
        calls in proptest::collection::vec((any_state(), any::<bool>()), 0..3),
        (follow_ups, referral, accepted, decision) in any::<(bool, bool, bool, bool)>(),
    ) -> Open {
        let mut legs = vec![leg(inbound)];
        legs.extend(calls.into_iter().map(|(state, was_answered)| {
            let counselor = was_answered || state == ContactState::Answered;
            call(state, counselor.then_some("ben"))
        }));
        let clinic = (referral && accepted).then(|| person("nurse"));
        Open { legs, follow_ups, referral, clinic, decision }
    }
}

proptest! {
    #[test]
    fn a_person_is_nobodys_exactly_when_nothing_is_open(open in any_open()) {
        let owner = owner(&open, &owners());
        prop_assert_eq!(owner.role == OwnerRole::Nobody, !open.is_any());
        prop_assert_eq!(owner.id.is_empty(), owner.role == OwnerRole::Nobody);
    }

    #[test]
    fn whoever_is_in_a_conversation_owns_it(open in any_open()) {
        let answered = open.legs.iter().any(|leg| leg.state == ContactState::Answered);
        prop_assert_eq!(owner(&open, &owners()).role == OwnerRole::Counselor, answered);
    }
}
