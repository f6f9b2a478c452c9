//! The specification of a plan.

use chrono::{DateTime, TimeDelta};
use harborline_types::{CallerKind, ParticipantId};

use super::*;
use crate::domain::closed::{Closed, ContactEnding};
use crate::domain::schedule::{Endings, FirstAttempt, Schedule};

/// The documented defaults.
pub(in crate::domain) fn schedules() -> Schedules {
    let schedule = |first, due_by, retry, not_made, max_attempts| Schedule {
        first_attempt_after: TimeDelta::hours(first),
        due_by: TimeDelta::hours(due_by),
        retry_after: TimeDelta::hours(retry),
        not_made_retry_after: TimeDelta::minutes(not_made),
        max_attempts,
    };
    let urgent = schedule(12, 24, 4, 5, 3);
    let none = schedule(24, 72, 24, 15, 0);
    let prompt = |after| FirstAttempt { after: TimeDelta::minutes(after), due_by: TimeDelta::hours(1) };
    let endings = Endings {
        broken_off: prompt(5),
        call_back: prompt(0),
        handed_off: FirstAttempt { after: TimeDelta::hours(12), due_by: TimeDelta::hours(24) },
    };
    Schedules::new([urgent, urgent, schedule(24, 72, 12, 15, 3), none, none], endings)
}

pub(in crate::domain) fn evening() -> Timestamp {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

pub(in crate::domain) fn after(hours: i64) -> Timestamp {
    evening() + TimeDelta::hours(hours)
}

pub(in crate::domain) fn closed(acuity: Acuity) -> Closed {
    Closed {
        contact: ContactId::new(),
        returned: None,
        participant: Some(ParticipantId::new()),
        acuity,
        caller: CallerKind::Participant,
        at: evening(),
        ending: ContactEnding::Closed,
        reachable: true,
        reasons: Vec::new(),
        sequence: 1,
        again: false,
    }
}

pub(in crate::domain) fn plan(acuity: Acuity) -> Plan {
    Plan::new(&closed(acuity), &schedules(), evening())
}

pub(in crate::domain) fn record(plan: &mut Plan, number: i32, outcome: AttemptOutcome, hours: i64) -> Option<Attempt> {
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
fn an_attempt_in_vain_is_repeated_until_somebody_must_decide() {
    let mut plan = plan(Acuity::VeryHigh);
    record(&mut plan, 1, AttemptOutcome::NotReached, 13);
    assert_eq!((plan.state, plan.attempts[1].due_at), (PlanState::Open, after(17)));
    record(&mut plan, 2, AttemptOutcome::NotReached, 18);
    assert_eq!((plan.attempts[2].due_at, plan.attempts[2].due_by), (after(22), after(26)));
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
fn a_time_that_lies_ahead_puts_nothing_off() {
    let ahead = Closed { at: after(500), ..closed(Acuity::VeryHigh) };
    let mut plan = Plan::new(&ahead, &schedules(), evening());
    assert_eq!(plan.attempts[0].due_at, after(12));
    let recorded = plan.record(1, AttemptOutcome::NotReached, after(500), &schedules(), after(13));
    assert_eq!(recorded.unwrap().unwrap().ended_at, Some(after(13)));
    assert_eq!(plan.attempts[1].due_at, after(17));
}

#[test]
fn an_attempt_that_no_counselor_made_is_none() {
    let mut plan = plan(Acuity::VeryHigh);
    for number in 1..=9 {
        record(&mut plan, number, AttemptOutcome::NotMade, 12);
        let [.., not_made, next] = &plan.attempts[..] else { panic!("another one takes its place") };
        assert_eq!((plan.state, not_made.state), (PlanState::Open, AttemptState::NotMade));
        assert_eq!((next.due_at, next.due_by), (after(12) + TimeDelta::minutes(5), after(24)));
    }
    for number in 10..=12 {
        assert_eq!(plan.state, PlanState::Open);
        record(&mut plan, number, AttemptOutcome::NotReached, 13);
    }
    assert_eq!((plan.state, plan.attempts.len()), (PlanState::NotReached, 12));
}

#[test]
fn an_attempt_in_the_place_of_one_that_nobody_made_may_lie_behind_its_latest_time() {
    let mut plan = plan(Acuity::High);
    record(&mut plan, 1, AttemptOutcome::NotMade, 80);
    assert_eq!((plan.attempts[1].due_at, plan.attempts[1].due_by), (after(80) + TimeDelta::minutes(15), after(72)));
}

#[test]
fn a_late_attempt_is_told_once_for_each_latest_time() {
    let mut plan = plan(Acuity::VeryHigh);
    assert_eq!(plan.awaited().map(|attempt| attempt.due_by), Some(after(24)));
    assert!(plan.note_overdue(after(24), after(24)).is_some());
    assert_eq!(plan.awaited(), None);
    assert_eq!(plan.note_overdue(after(24), after(25)), None);
    record(&mut plan, 1, AttemptOutcome::NotMade, 26);
    assert_eq!(plan.awaited(), None, "the one in its place has the same latest time");
    record(&mut plan, 2, AttemptOutcome::NotReached, 27);
    assert_eq!(plan.awaited().map(|attempt| attempt.due_by), Some(after(35)), "one that was made is awaited again");
    assert_eq!(plan.note_overdue(after(24), after(28)), None, "what was told of the one before is not told of this");
    record(&mut plan, 3, AttemptOutcome::Reached, 31);
    assert_eq!(plan.awaited(), None);
}

#[test]
fn a_stopped_plan_has_no_open_attempt_and_what_ends_later_changes_nothing() {
    let mut plan = plan(Acuity::High);
    plan.begin(1, ContactId::new());
    assert_eq!(plan.stop(after(25)).map(|attempt| attempt.state), Some(AttemptState::Stopped));
    assert_eq!((plan.state, plan.attempts[0].ended_at), (PlanState::Stopped, Some(after(25))));
    let before = plan.clone();
    assert_eq!(plan.stop(after(26)), None);
    assert_eq!(record(&mut plan, 1, AttemptOutcome::NotReached, 26), None);
    assert_eq!(plan, before);
}
