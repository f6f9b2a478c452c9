//! The specification of what intake may ask for.

use harborline_types::{Acuity, CallerKind, ContactId};
use proptest::prelude::*;

use super::*;
use crate::domain::attempt::AttemptOutcome;
use crate::domain::closed::ContactEnding;
use crate::domain::plan::tests::{after, closed, evening, plan, record, schedules};

const URGENT: [Acuity; 2] = [Acuity::Emergency, Acuity::VeryHigh];

fn made(closed: &Closed) -> Plan {
    Plan::new(closed, &schedules(), evening())
}

fn ending(acuity: Acuity, ending: ContactEnding) -> Closed {
    Closed { ending, ..closed(acuity) }
}

/// Asks for more at an hour, as the next that intake asks.
fn ask(plan: &mut Plan, closed: Closed, hour: i64) {
    let closed = Closed { sequence: plan.sequence + 1, ..closed };
    assert!(plan.apply_request(&closed, &schedules(), after(hour)));
}

fn minutes_after_the_end(plan: &Plan) -> (i64, i64) {
    let attempt = plan.open_attempt().unwrap();
    ((attempt.due_at - evening()).num_minutes(), (attempt.due_by - evening()).num_minutes())
}

#[test]
fn nobody_is_followed_up_whom_the_rules_do_not_ask_for() {
    let no_way_back = Closed { participant: None, reachable: false, ..closed(Acuity::Emergency) };
    for closed in [closed(Acuity::Moderate), closed(Acuity::Routine), no_way_back] {
        let plan = made(&closed);
        assert_eq!((plan.state, plan.attempts.len()), (PlanState::NotNeeded, 0));
    }
    let unknown = Closed { participant: None, caller: CallerKind::Unknown, ..closed(Acuity::High) };
    assert_eq!(made(&unknown).state, PlanState::Open, "a number is a way back");
}

#[test]
fn a_family_member_is_called_who_told_of_a_life_in_danger_and_left_a_number() {
    for acuity in Acuity::ALL {
        for ending in [ContactEnding::Closed, ContactEnding::BrokenOff, ContactEnding::HandedOff] {
            let family = Closed { caller: CallerKind::FamilyMember, ending, ..closed(acuity) };
            let is_called = URGENT.contains(&acuity);
            assert_eq!(made(&family).state == PlanState::Open, is_called, "{acuity:?} {ending:?}");
            let no_number = Closed { reachable: false, ..family };
            assert_eq!(made(&no_number).state, PlanState::NotNeeded, "the participant's number is not theirs");
        }
    }
}

#[test]
fn a_caller_who_broke_off_at_acuity_1_or_2_is_called_within_minutes() {
    for acuity in URGENT {
        assert_eq!(minutes_after_the_end(&made(&ending(acuity, ContactEnding::BrokenOff))), (5, 60));
    }
    assert_eq!(minutes_after_the_end(&made(&ending(Acuity::High, ContactEnding::BrokenOff))), (24 * 60, 72 * 60));
    assert_eq!(made(&ending(Acuity::Moderate, ContactEnding::BrokenOff)).state, PlanState::NotNeeded);
}

#[test]
fn a_caller_whom_we_lost_is_called_back_at_once_as_often_as_the_acuity_asks_and_at_least_once() {
    for (acuity, attempts) in Acuity::ALL.into_iter().zip([3, 3, 3, 1, 1]) {
        let mut plan = made(&ending(acuity, ContactEnding::CallBack));
        assert_eq!(minutes_after_the_end(&plan), (0, 60), "{acuity:?}");
        for number in 1..=attempts {
            assert_eq!(plan.state, PlanState::Open);
            record(&mut plan, number, AttemptOutcome::NotReached, 1);
        }
        assert_eq!(plan.state, PlanState::NotReached);
    }
    let no_way_back = Closed { participant: None, reachable: false, ..ending(Acuity::High, ContactEnding::CallBack) };
    assert_eq!(made(&no_way_back).state, PlanState::NotNeeded);
}

#[test]
fn a_caller_whom_the_backup_line_has_is_called_within_24_hours() {
    for acuity in Acuity::ALL {
        let plan = made(&ending(acuity, ContactEnding::HandedOff));
        assert_eq!(minutes_after_the_end(&plan), (12 * 60, 24 * 60), "{acuity:?}");
    }
}

#[test]
fn a_higher_acuity_brings_the_attempt_forward_or_opens_a_plan_that_was_not_needed() {
    let mut planned = plan(Acuity::High);
    ask(&mut planned, closed(Acuity::VeryHigh), 1);
    assert_eq!((planned.attempts[0].due_at, planned.attempts[0].due_by), (after(12), after(24)));
    let mut retried = plan(Acuity::High);
    record(&mut retried, 1, AttemptOutcome::NotReached, 25);
    ask(&mut retried, closed(Acuity::VeryHigh), 26);
    assert_eq!((retried.attempts[1].due_at, retried.attempts[1].due_by), (after(29), after(33)));
    let mut not_made = plan(Acuity::High);
    record(&mut not_made, 1, AttemptOutcome::NotMade, 25);
    ask(&mut not_made, closed(Acuity::VeryHigh), 25);
    assert_eq!(not_made.attempts[1].due_at, after(25) + TimeDelta::minutes(5));
    let mut routine = plan(Acuity::Routine);
    ask(&mut routine, closed(Acuity::High), 1);
    assert_eq!((routine.state, routine.attempts[0].due_at), (PlanState::Open, after(24)));
    let mut underway = plan(Acuity::High);
    underway.begin(1, ContactId::new());
    ask(&mut underway, closed(Acuity::Emergency), 25);
    assert_eq!((underway.attempts[0].due_at, underway.attempts[0].due_by), (after(24), after(49)), "late from now on");
}

#[test]
fn what_is_not_newer_changes_nothing() {
    let mut plan = made(&Closed { sequence: 2, ..closed(Acuity::High) });
    let before = plan.clone();
    for sequence in [1, 2] {
        for again in [false, true] {
            let late = Closed { sequence, again, ..closed(Acuity::Emergency) };
            assert!(!plan.apply_request(&late, &schedules(), after(1)));
            assert_eq!(plan, before);
        }
    }
}

#[test]
fn a_number_that_becomes_known_later_is_called() {
    let unknown = Closed { participant: None, caller: CallerKind::Unknown, reachable: false, ..closed(Acuity::High) };
    let mut plan = made(&unknown);
    ask(&mut plan, Closed { reachable: true, ..unknown }, 30);
    let attempt = plan.planned().unwrap();
    assert_eq!((attempt.due_at, attempt.due_by), (after(30), after(72)));
}

/// A plan of a state that it reached at the 25th hour.
fn ended(acuity: Acuity, state: PlanState) -> Plan {
    let mut plan = made(&ending(acuity, ContactEnding::CallBack));
    match state {
        PlanState::Open => {}
        PlanState::Stopped => drop(plan.stop(after(25))),
        PlanState::Returned => drop(plan.come_back(after(25))),
        PlanState::Reached => drop(record(&mut plan, 1, AttemptOutcome::Reached, 25)),
        PlanState::Declined => drop(record(&mut plan, 1, AttemptOutcome::Declined, 25)),
        PlanState::NotNeeded => plan = made(&closed(acuity)),
        PlanState::NotReached => (1..=3).for_each(|number| record_open(&mut plan, number)),
    }
    assert_eq!(plan.state, state);
    plan
}

fn record_open(plan: &mut Plan, number: i32) {
    if plan.open_attempt().is_some() {
        record(plan, number, AttemptOutcome::NotReached, 25);
    }
}

#[test]
fn an_ended_plan_opens_again_when_the_contact_turns_out_to_be_more_urgent_than_it_ever_was() {
    use Acuity::{Emergency, High, Moderate, Routine, VeryHigh};
    use PlanState::{Declined, NotReached, Reached, Stopped};
    let opens = |state, from, to| {
        let mut plan = ended(from, state);
        ask(&mut plan, closed(to), 30);
        assert_eq!(plan.acuity, from.min(to), "the acuity only rises, whether that opens the plan or not");
        if plan.state == PlanState::Open {
            let attempt = plan.planned().unwrap();
            let within = schedules().of(to).due_by;
            assert_eq!(attempt.due_at, after(30), "at once: the first attempt should have been made long ago");
            assert_eq!(attempt.due_by, latest(evening(), within, after(30)));
        } else {
            assert_eq!(plan.state, state);
        }
        plan.state == PlanState::Open
    };
    for state in [Reached, NotReached] {
        for (from, to) in [(High, Emergency), (VeryHigh, Emergency), (Routine, High), (Moderate, VeryHigh)] {
            assert!(opens(state, from, to), "{state}: {from:?} to {to:?}");
        }
    }
    for state in [Declined, Stopped] {
        assert!(opens(state, High, VeryHigh) && opens(state, VeryHigh, Emergency));
        assert!(!opens(state, Routine, High), "{state} stands at acuity 3");
    }
    for state in [Reached, NotReached, Declined, Stopped] {
        assert!(!opens(state, VeryHigh, VeryHigh), "{state}: the same acuity is told again");
        assert!(!opens(state, Emergency, High), "{state}: a lower acuity");
        assert!(!opens(state, Routine, Moderate), "{state}: an acuity that asks for no attempt");
    }
}

#[test]
fn a_supervisor_who_decides_so_has_the_person_called_again_at_once_with_a_fresh_count() {
    let again = |acuity| Closed { again: true, ending: ContactEnding::CallBack, ..closed(acuity) };
    for state in PlanState::ALL.iter().filter(|state| **state != PlanState::Open) {
        for (acuity, attempts) in [(Acuity::VeryHigh, 3), (Acuity::Routine, 1)] {
            if *state == PlanState::NotNeeded && acuity == Acuity::VeryHigh {
                continue;
            }
            let mut plan = ended(acuity, *state);
            ask(&mut plan, again(acuity), 30);
            let attempt = plan.planned().unwrap();
            assert_eq!((attempt.due_at, attempt.due_by), (after(30), after(31)), "at once, within the hour");
            for number in (attempt.number..).take(attempts) {
                assert_eq!(plan.state, PlanState::Open, "{state}");
                record(&mut plan, number, AttemptOutcome::NotReached, 31);
            }
            assert_eq!(plan.state, PlanState::NotReached);
        }
    }
}

#[test]
fn calling_again_brings_a_planned_attempt_forward_and_gives_a_late_one_a_new_latest_time() {
    let mut planned = plan(Acuity::VeryHigh);
    ask(&mut planned, Closed { again: true, ending: ContactEnding::CallBack, ..closed(Acuity::VeryHigh) }, 1);
    assert!(planned.attempts[0].due_at <= after(1));
    assert_eq!(planned.attempts[0].due_by, after(2));
    let mut late = plan(Acuity::VeryHigh);
    late.begin(1, ContactId::new());
    late.note_overdue(after(24), after(24));
    ask(&mut late, Closed { again: true, ending: ContactEnding::CallBack, ..closed(Acuity::VeryHigh) }, 26);
    assert_eq!((late.attempts.len(), late.awaited().map(|attempt| attempt.due_by)), (1, Some(after(27))));
}

#[test]
fn a_plan_whose_caller_was_back_is_made_anew_by_the_contact_in_which_they_were() {
    for state in PlanState::ALL.iter().filter(|state| **state != PlanState::NotNeeded) {
        let mut plan = ended(Acuity::VeryHigh, *state);
        let was_open = plan.open_attempt().is_some();
        assert_eq!(plan.come_back(after(26)).is_some(), was_open);
        assert_eq!((plan.state, plan.open_attempt()), (PlanState::Returned, None), "nobody calls meanwhile");
        ask(&mut plan, Closed { at: after(27), ..closed(Acuity::VeryHigh) }, 27);
        let attempt = plan.planned().unwrap();
        let schedule = schedules().of(Acuity::VeryHigh);
        let (first, latest) = (schedule.first_attempt_after, schedule.due_by);
        assert_eq!((attempt.due_at, attempt.due_by), (after(27) + first, after(27) + latest), "after {state}");
    }
    let mut calm = ended(Acuity::Routine, PlanState::Open);
    calm.come_back(after(1));
    ask(&mut calm, closed(Acuity::Routine), 2);
    assert_eq!(calm.state, PlanState::Returned, "the acuity asks for nobody to call");
}

/// Something that happens to a plan.
#[derive(Clone, Debug)]
enum Event {
    Begun(i32),
    Recorded(i32, AttemptOutcome),
    /// The newest of all, or a late repeat.
    Asked {
        acuity: Acuity,
        ending: ContactEnding,
        again: bool,
        is_late: bool,
    },
    Overdue,
    Stopped,
    CameBack,
}

fn event() -> impl Strategy<Value = Event> {
    use AttemptOutcome::{Declined, NotMade, NotReached, Reached};
    let outcome = prop::sample::select(vec![NotReached, NotReached, NotMade, NotMade, NotMade, Reached, Declined]);
    let ending = prop::sample::select(vec![
        ContactEnding::Closed,
        ContactEnding::BrokenOff,
        ContactEnding::CallBack,
        ContactEnding::HandedOff,
    ]);
    let asked = (prop::sample::select(&Acuity::ALL[..]), ending, any::<bool>(), any::<bool>());
    prop_oneof![
        2 => (1..9).prop_map(Event::Begun),
        4 => ((1..9), outcome).prop_map(|(number, outcome)| Event::Recorded(number, outcome)),
        3 => asked.prop_map(|(acuity, ending, again, is_late)| Event::Asked { acuity, ending, again, is_late }),
        2 => Just(Event::Overdue),
        1 => Just(Event::Stopped),
        1 => Just(Event::CameBack),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn whatever_happens_a_plan_stays_whole(
        first in prop::sample::select(&Acuity::ALL[..]),
        events in prop::collection::vec((event(), 0..20_i64), 0..24),
    ) {
        let mut plan = plan(first);
        let mut hour = 0;
        let mut told = Vec::new();
        for (event, hours) in events {
            let before = plan.clone();
            hour += hours;
            let now = after(hour);
            let mut is_decided = false;
            match &event {
                Event::Begun(number) => drop(plan.begin(*number, ContactId::new())),
                Event::Recorded(number, outcome) => drop(plan.record(*number, *outcome, now, &schedules(), now)),
                Event::Asked { acuity, ending, again, is_late } => {
                    let sequence = plan.sequence + i64::from(!is_late);
                    let closed = Closed { ending: *ending, again: *again, sequence, ..closed(*acuity) };
                    prop_assert_eq!(plan.apply_request(&closed, &schedules(), now), !is_late);
                    prop_assert!(!is_late || plan == before, "a late repeat changes nothing");
                    is_decided = *again && !is_late;
                    prop_assert!(!is_decided || plan.open_attempt().is_some(), "a decision to call is carried out");
                }
                Event::Overdue => {
                    if let Some(awaited) = plan.awaited().cloned().filter(|awaited| awaited.due_by <= now) {
                        prop_assert!(plan.note_overdue(awaited.due_by, now).is_some());
                        prop_assert!(!told.contains(&awaited.due_by), "once for each latest time");
                        told.push(awaited.due_by);
                    }
                }
                Event::Stopped => drop(plan.stop(now)),
                Event::CameBack => drop(plan.come_back(now)),
            }
            let open: Vec<_> = plan.attempts.iter().filter(|attempt| attempt.is_open()).collect();
            prop_assert_eq!(open.len(), usize::from(plan.state == PlanState::Open), "one while open, and only then");
            prop_assert!(open.iter().all(|attempt| Some(*attempt) == plan.attempts.last()));
            prop_assert!(plan.attempts.iter().zip(1..).all(|(attempt, number)| attempt.number == number));
            prop_assert!(plan.acuity <= before.acuity && plan.sequence >= before.sequence);
            let was_not_made = plan.attempts.iter().zip(&before.attempts).any(|(new, old)| {
                new.state == AttemptState::NotMade && old.is_open()
            });
            prop_assert!(!was_not_made || plan.state == PlanState::Open, "what nobody made ends no plan");
            for (new, old) in plan.attempts.iter().zip(&before.attempts) {
                prop_assert!(new.due_at <= old.due_at, "an attempt is only brought forward");
                let is_renewed = is_decided && old.due_by <= now;
                prop_assert!(new.due_by <= old.due_by || is_renewed, "so is its latest time, but for a decision");
            }
            if let [.., last, next] = &plan.attempts[..] && plan.attempts.len() > before.attempts.len() && was_not_made {
                prop_assert_eq!(next.due_by, last.due_by, "the one in its place has the same latest time");
            }
            let in_vain = plan.counted().filter(|attempt| attempt.state == AttemptState::NotReached).count();
            prop_assert!(in_vain <= 3);
            let has_ended = !matches!(before.state, PlanState::Open | PlanState::NotNeeded | PlanState::Returned);
            let is_news = is_decided || plan.acuity < before.acuity || plan.state == PlanState::Returned;
            prop_assert!(!has_ended || plan.state == before.state || is_news, "an ended plan opens for a reason only");
        }
    }

    #[test]
    fn in_whatever_order_intakes_words_come_the_person_is_called_for_the_newest(
        acuities in prop::collection::vec(prop::sample::select(&Acuity::ALL[..3]), 1..5),
        order in prop::collection::vec(any::<prop::sample::Index>(), 8),
    ) {
        let word = |index: usize| Closed { sequence: index as i64 + 1, ..closed(acuities[index]) };
        let mut plan = made(&word(order[0].index(acuities.len())));
        for index in order.iter().map(|index| index.index(acuities.len())).chain([acuities.len() - 1]) {
            plan.apply_request(&word(index), &schedules(), evening());
        }
        prop_assert_eq!(plan.sequence, acuities.len() as i64);
        let newest = schedules().of(acuities[acuities.len() - 1]);
        let attempt = plan.planned().unwrap();
        prop_assert!(attempt.due_at <= evening() + newest.first_attempt_after);
        prop_assert!(attempt.due_by <= evening() + newest.due_by);
    }
}
