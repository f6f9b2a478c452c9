//! The specification of a plan.

use chrono::{DateTime, TimeDelta};
use proptest::prelude::*;

use super::*;
use crate::domain::schedule::Schedule;

/// The documented defaults.
fn schedules() -> Schedules {
    let schedule = |first, due_by, retry, max_attempts| Schedule {
        first_attempt_after: TimeDelta::hours(first),
        due_by: TimeDelta::hours(due_by),
        retry_after: TimeDelta::hours(retry),
        max_attempts,
    };
    let urgent = schedule(12, 24, 4, 3);
    let none = schedule(24, 72, 24, 0);
    Schedules::new([urgent, urgent, schedule(24, 72, 12, 3), none, none])
}

fn evening() -> Timestamp {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

fn after(hours: i64) -> Timestamp {
    evening() + TimeDelta::hours(hours)
}

fn closed(acuity: Acuity) -> Closed {
    Closed {
        contact: ContactId::new(),
        participant: Some(ParticipantId::new()),
        acuity,
        caller: CallerKind::Participant,
        at: evening(),
        reachable: true,
        reasons: Vec::new(),
    }
}

fn plan(acuity: Acuity) -> Plan {
    Plan::new(&closed(acuity), &schedules(), evening())
}

fn record(plan: &mut Plan, number: i32, outcome: AttemptOutcome, hours: i64) -> Option<Attempt> {
    plan.record(number, outcome, after(hours), &schedules(), after(hours)).unwrap()
}

#[test]
fn the_acuity_says_when_the_first_attempt_is_due() {
    for (acuity, due_at, due_by) in [(Acuity::Emergency, 12, 24), (Acuity::VeryHigh, 12, 24), (Acuity::High, 24, 72)] {
        let plan = plan(acuity);
        assert_eq!(plan.state, PlanState::Open);
        assert_eq!(plan.attempts.len(), 1);
        assert_eq!((plan.attempts[0].due_at, plan.attempts[0].due_by), (after(due_at), after(due_by)));
    }
}

#[test]
fn nobody_is_followed_up_whom_the_rules_do_not_ask_for() {
    let no_way_back = Closed { participant: None, reachable: false, ..closed(Acuity::Emergency) };
    let family = Closed { caller: CallerKind::FamilyMember, ..closed(Acuity::Emergency) };
    for closed in [closed(Acuity::Moderate), closed(Acuity::Routine), no_way_back, family] {
        let plan = Plan::new(&closed, &schedules(), evening());
        assert_eq!((plan.state, plan.attempts.len()), (PlanState::NotNeeded, 0));
    }
    let unknown = Closed { participant: None, caller: CallerKind::Unknown, ..closed(Acuity::High) };
    assert_eq!(Plan::new(&unknown, &schedules(), evening()).state, PlanState::Open, "a number is a way back");
}

#[test]
fn an_attempt_in_vain_is_repeated_until_somebody_must_decide() {
    let mut plan = plan(Acuity::VeryHigh);
    record(&mut plan, 1, AttemptOutcome::NotReached, 13);
    assert_eq!((plan.state, plan.attempts[1].due_at), (PlanState::Open, after(17)));
    record(&mut plan, 2, AttemptOutcome::NotReached, 18);
    assert_eq!((plan.attempts[2].due_at, plan.attempts[2].due_by), (after(22), after(24)));
    record(&mut plan, 3, AttemptOutcome::NotReached, 23);
    assert_eq!((plan.state, plan.attempts.len()), (PlanState::NotReached, 3));
}

#[test]
fn whoever_is_reached_or_declines_is_not_called_again() {
    for (outcome, state) in
        [(AttemptOutcome::Reached, PlanState::Reached), (AttemptOutcome::Declined, PlanState::Declined)]
    {
        let mut plan = plan(Acuity::High);
        assert!(record(&mut plan, 1, outcome, 25).is_some());
        assert_eq!((plan.state, plan.attempts.len()), (state, 1));
    }
}

#[test]
fn what_is_told_twice_or_too_late_changes_nothing() {
    let mut plan = plan(Acuity::High);
    record(&mut plan, 1, AttemptOutcome::NotReached, 25);
    let before = plan.clone();
    assert_eq!(record(&mut plan, 1, AttemptOutcome::Reached, 26), None);
    assert!(!plan.begin(1, ContactId::new()));
    assert_eq!(plan, before);
    assert_eq!(plan.record(3, AttemptOutcome::Reached, after(26), &schedules(), after(26)), Err(NoSuchAttempt));
}

#[test]
fn a_higher_acuity_brings_the_attempt_forward_or_opens_a_plan_that_was_not_needed() {
    let mut planned = plan(Acuity::High);
    assert!(planned.raise(&closed(Acuity::VeryHigh), &schedules()));
    assert_eq!((planned.attempts[0].due_at, planned.attempts[0].due_by), (after(12), after(24)));
    let mut retried = plan(Acuity::High);
    record(&mut retried, 1, AttemptOutcome::NotReached, 25);
    retried.raise(&closed(Acuity::VeryHigh), &schedules());
    assert_eq!(retried.attempts[1].due_at, after(29));
    let mut routine = plan(Acuity::Routine);
    assert!(routine.raise(&closed(Acuity::High), &schedules()));
    assert_eq!((routine.state, routine.attempts[0].due_at), (PlanState::Open, after(24)));
}

#[test]
fn a_lower_acuity_and_an_ended_plan_change_nothing() {
    let mut plan = plan(Acuity::High);
    assert!(!plan.raise(&closed(Acuity::Routine), &schedules()));
    record(&mut plan, 1, AttemptOutcome::Reached, 25);
    let before = plan.clone();
    assert!(!plan.raise(&closed(Acuity::Emergency), &schedules()));
    assert_eq!(plan, before);
}

#[test]
fn a_time_that_lies_ahead_puts_nothing_off() {
    let ahead = Closed { at: after(500), ..closed(Acuity::VeryHigh) };
    let mut plan = Plan::new(&ahead, &schedules(), evening());
    assert_eq!(plan.attempts[0].due_at, after(12));
    let recorded = plan.record(1, AttemptOutcome::NotReached, after(500), &schedules(), after(13));
    assert_eq!(recorded.unwrap().unwrap().ended_at, Some(after(13)));
    assert_eq!(plan.attempts[1].due_at, after(17));
}

/// Something that happens to a plan.
#[derive(Clone, Debug)]
enum Event {
    Begun(i32),
    Recorded(i32, AttemptOutcome),
    Raised(Acuity),
}

fn event() -> impl Strategy<Value = Event> {
    let outcomes =
        [AttemptOutcome::NotReached, AttemptOutcome::NotReached, AttemptOutcome::Reached, AttemptOutcome::Declined];
    prop_oneof![
        (1..5).prop_map(Event::Begun),
        (1..5, prop::sample::select(outcomes.to_vec())).prop_map(|(number, outcome)| Event::Recorded(number, outcome)),
        prop::sample::select(&Acuity::ALL[..]).prop_map(Event::Raised),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_a_plan_stays_whole(
        first in prop::sample::select(&Acuity::ALL[..]),
        events in prop::collection::vec(event(), 0..16),
    ) {
        let mut plan = plan(first);
        for (hour, event) in events.into_iter().enumerate() {
            let before = plan.clone();
            let now = after(12 + hour as i64);
            match event {
                Event::Begun(number) => drop(plan.begin(number, ContactId::new())),
                Event::Recorded(number, outcome) => drop(plan.record(number, outcome, now, &schedules(), now)),
                Event::Raised(acuity) => drop(plan.raise(&closed(acuity), &schedules())),
            }
            let open: Vec<_> = plan.attempts.iter().filter(|attempt| attempt.is_open()).collect();
            prop_assert_eq!(open.len(), usize::from(plan.state == PlanState::Open), "open while, and only while, one is open");
            prop_assert!(open.iter().all(|attempt| Some(*attempt) == plan.attempts.last()));
            prop_assert!(plan.attempts.iter().zip(1..).all(|(attempt, number)| attempt.number == number));
            prop_assert!(plan.attempts.len() <= 3);
            prop_assert!(plan.attempts.iter().all(|attempt| attempt.due_at <= attempt.due_by));
            prop_assert!(plan.acuity <= before.acuity);
            if matches!(before.state, PlanState::Reached | PlanState::Declined | PlanState::NotReached) {
                prop_assert_eq!(&plan, &before, "an ended plan stays ended");
            }
            for (new, old) in plan.attempts.iter().zip(&before.attempts) {
                prop_assert!(new.due_at <= old.due_at, "an attempt is only brought forward");
            }
        }
    }
}
