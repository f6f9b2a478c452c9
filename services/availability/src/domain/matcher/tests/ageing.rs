//! Long waits: they move a ticket ahead, and change nothing else.

use super::*;

fn ageing(mut pool: PoolState, after: u64) -> PoolState {
    pool.times.response.ageing = Ageing::after(seconds(after));
    pool
}

fn phone(acuity: Acuity, waited: i64) -> OpenTicket {
    waiting(acuity, waited, Channel::Phone)
}

/// Who of these is asked for the one counselor.
fn first(tickets: &[&OpenTicket], after: u64) -> TicketId {
    let tickets = tickets.iter().map(|open| (*open).clone()).collect();
    let asked = offers(&round(ageing(pool(tickets, vec![counselor(1)]), after)));
    assert_eq!(asked.len(), 1);
    *asked.keys().next().unwrap()
}

#[test]
fn a_long_wait_goes_before_a_more_urgent_contact_from_the_instant_on_at_which_it_counts_as_urgent() {
    let high = phone(Acuity::High, 4);
    for (acuity, waited, goes_first) in [
        (Acuity::Routine, 19, false),
        (Acuity::Routine, 20, true),
        (Acuity::Moderate, 9, false),
        (Acuity::Moderate, 10, true),
    ] {
        let patient = phone(acuity, waited);
        let expected = if goes_first { patient.ticket.id } else { high.ticket.id };
        assert_eq!(first(&[&patient, &high], 10), expected, "{acuity:?} after {waited} s");
        assert_eq!(first(&[&patient, &high], 0), high.ticket.id, "without ageing");
    }
}

#[test]
fn acuity_1_and_2_are_never_overtaken_and_of_acuity_3_the_longest_wait_goes_first() {
    for urgent in [Acuity::Emergency, Acuity::VeryHigh] {
        let urgent = phone(urgent, 0);
        assert_eq!(first(&[&phone(Acuity::Routine, 50), &urgent], 1), urgent.ticket.id);
        assert_eq!(first(&[&phone(Acuity::High, 50), &urgent], 1), urgent.ticket.id);
    }
    let high = phone(Acuity::High, 51);
    assert_eq!(first(&[&phone(Acuity::Routine, 50), &high], 1), high.ticket.id);
}

#[test]
fn it_changes_neither_the_acuity_nor_the_history_nor_the_times() {
    let patient = phone(Acuity::Routine, 25);
    let asked = |after| round(ageing(pool(vec![patient.clone()], vec![counselor(1)]), after));
    let (aged, plain) = (asked(1), asked(0));
    assert_eq!(kinds(&aged), kinds(&plain));
    let [aged, plain] = [aged, plain].map(|mut round| round.changes.remove(0));
    assert_eq!(aged.ticket.acuity, Acuity::Routine);
    let expires = |change: &crate::domain::Change| change.made.as_ref().unwrap().expires_at;
    assert_eq!(expires(&aged), expires(&plain));
}

#[test]
fn a_pool_in_memory_lets_waits_age_and_follows_when_the_program_changes_its_mind() {
    let (patient, high) = (phone(Acuity::Moderate, 5), phone(Acuity::High, 0));
    let state = ageing(pool(vec![patient.clone(), high.clone()], vec![]), 10);
    let times = state.times.clone();
    let mut memory = Pool::load(state);
    let decided = memory.round(&[], &Past::default(), now(), now());
    let at = |later| now() + TimeDelta::seconds(later);
    assert_eq!(decided.next, Some(at(5)), "what runs out next is the first requirement: nothing is done for an age");
    // Longer than the pool's other times, so that only the order is asked for.
    let who_is_first = |memory: &Pool, later| {
        let mut memory = memory.clone();
        memory.on_duty(counselor(1), now());
        memory.heard(Uuid::nil(), at(later));
        *offers(&memory.round(&[], &Past::default(), at(later), now())).keys().next().unwrap()
    };
    assert_eq!(who_is_first(&memory, 4), high.ticket.id);
    assert_eq!(who_is_first(&memory, 5), patient.ticket.id);
    let mut plain = times.clone();
    plain.response.ageing = Ageing::default();
    memory.set_times(plain);
    assert_eq!(who_is_first(&memory, 5), high.ticket.id);
    memory.set_times(times);
    assert_eq!(who_is_first(&memory, 5), patient.ticket.id);
}

proptest! {
    #[test]
    fn until_something_runs_out_an_age_alone_gives_nothing_to_decide(
        tickets in prop::collection::vec(any_ticket(), 0..12), counselors in any_counselors(), age_after in 1_u64..30,
        share in 0_i32..100,
    ) {
        let mut memory = Pool::load(ageing(pool(tickets, counselors), age_after));
        memory.round(&[], &Past::default(), now(), now());
        memory.heard(Uuid::nil(), now() + TimeDelta::minutes(2));
        let next = memory.next().unwrap_or(now() + TimeDelta::minutes(2));
        let later = now() + (next - now()) / 100 * share;
        let round = memory.round(&[], &Past::default(), later, now());
        prop_assert!(round.changes.is_empty() && round.presences.is_empty());
    }
}
