//! Who has had enough for now comes after who has not (unless the caller knows them), and before nobody.

use super::*;

/// Whether a counselor is spared a contact of this acuity, as long as there is somebody else.
pub(super) fn is_spared(pool: &PoolState, on_duty: &OnDuty, acuity: Acuity) -> bool {
    match pool.times.fatigue.spares(&on_duty.strain, now()) {
        Spared::Nothing => false,
        Spared::Urgent => acuity.is_urgent(),
        Spared::Everything => true,
    }
}

/// Somebody who would be asked first, and came from an urgent contact a second ago.
fn tired(number: usize) -> OnDuty {
    let ended = now() - TimeDelta::seconds(1);
    let strain = Strain::rested(now() - TimeDelta::seconds(60)).after_contact(Acuity::Emergency, ended);
    OnDuty { strain, idle_since: now() - TimeDelta::hours(1), ..counselor(number) }
}

#[test]
fn of_two_equal_counselors_who_has_had_enough_is_asked_second() {
    let tickets = vec![waiting(Acuity::High, 2, Channel::Phone), waiting(Acuity::High, 1, Channel::Phone)];
    let (first, second) = (tickets[0].ticket.id, tickets[1].ticket.id);
    let decided = round(pool(tickets, vec![tired(1), counselor(2)]));
    assert_eq!(offers(&decided), HashMap::from([(first, person(2)), (second, person(1))]));
    let told: HashMap<_, _> = decided.considered.iter().map(|one| (one.ticket, (one.eligible, one.fatigue))).collect();
    assert_eq!(told, HashMap::from([(first, (2, 1)), (second, (1, 1))]));
}

#[test]
fn a_row_of_urgent_contacts_spares_the_next_urgent_one_and_no_other() {
    let in_a_row = Strain { urgent_in_a_row: 2, ..Strain::rested(now()) };
    let tired = OnDuty { strain: in_a_row, idle_since: now() - TimeDelta::hours(1), ..counselor(1) };
    let asked_for = |acuity| {
        let ticket = waiting(acuity, 0, Channel::Phone);
        offers(&round(pool(vec![ticket.clone()], vec![tired.clone(), counselor(2)])))[&ticket.ticket.id].clone()
    };
    assert_eq!(asked_for(Acuity::VeryHigh), person(2));
    assert_eq!(asked_for(Acuity::High), person(1));
}

#[test]
fn the_known_counselor_goes_first_rested_or_not() {
    let asked_of = |other: OnDuty| {
        let mut ticket = waiting(Acuity::High, 1, Channel::Phone);
        ticket.ticket.preferred = Some(person(1));
        let known = OnDuty { idle_since: now(), ..tired(1) };
        offers(&round(pool(vec![ticket.clone()], vec![known, other])))[&ticket.ticket.id].clone()
    };
    assert_eq!(asked_of(counselor(2)), person(1));
    assert_eq!(asked_of(tired(2)), person(1));
}

#[test]
fn who_was_silent_for_this_ticket_comes_after_who_has_had_enough() {
    let mut ticket = waiting(Acuity::High, 40, Channel::Phone);
    ticket.silent = vec![person(2)];
    assert_eq!(offers(&round(pool(vec![ticket.clone()], vec![tired(1), counselor(2)])))[&ticket.ticket.id], person(1));
}

#[test]
fn an_urgent_contact_that_is_over_spares_until_the_recovery_is_over_and_one_that_never_was_does_not() {
    let asked_after = |useless: bool, seconds: i64| {
        let talk = held(waiting(Acuity::Emergency, 99, Channel::Phone), TicketState::Assigned, 1, vec![0, 1], 0);
        let (contact, number) = (talk.ticket.contact, talk.ticket.assignment);
        let late = OnDuty { idle_since: now() + TimeDelta::hours(1), ..counselor(2) };
        let mut pool = Pool::load(pool(vec![talk], vec![counselor(1), late]));
        let end = if useless {
            vec![Command::EndAssignment(contact, number)]
        } else {
            vec![Command::Release(contact), Command::FinishWrapUp(contact, person(1))]
        };
        pool.round(&end, &Past::default(), now(), now());
        let then = now() + TimeDelta::seconds(seconds);
        pool.heard(Uuid::nil(), then);
        let (ticket, acuity, need) =
            (TicketId::new(), Acuity::High, waiting(Acuity::High, 0, Channel::Phone).ticket.need);
        let wanted = Wanted {
            ticket,
            contact: ContactId::new(),
            acuity,
            need,
            preferred: None,
            outbound: false,
            waited_before: Duration::ZERO,
        };
        let next = pool.round(&[Command::Request(wanted)], &Past::default(), then, then);
        offers(&next)[&ticket].clone()
    };
    assert_eq!(asked_after(false, 29), person(2));
    assert_eq!(asked_after(false, 30), person(1));
    assert_eq!(asked_after(true, 1), person(1));
}

#[test]
fn a_break_that_ended_is_a_rest_and_a_break_that_never_began_is_not() {
    let long_ago = Strain::rested(now() - TimeDelta::hours(1));
    let after = |was_on_break| {
        let on_duty = OnDuty { strain: long_ago, on_break: was_on_break, ..counselor(1) };
        let mut pool = Pool::load(pool(vec![], vec![on_duty]));
        let round = pool.round(&[Command::SetBreak(person(1), false)], &Past::default(), now(), now());
        round.presences[0].rested_at
    };
    assert_eq!(after(true), now());
    assert_eq!(after(false), long_ago.rested_at);
}

#[test]
fn what_a_program_says_about_fatigue_counts_at_once() {
    let ticket = waiting(Acuity::High, 0, Channel::Phone);
    let state = pool(vec![ticket.clone()], vec![tired(1), counselor(2)]);
    let lenient = FatigueRules { recovery: seconds(0), ..state.times.fatigue.clone() };
    let times = Times { fatigue: lenient, ..state.times.clone() };
    let mut pool = Pool::load(state);
    pool.set_times(times);
    assert_eq!(offers(&pool.round(&[], &Past::default(), now(), now()))[&ticket.ticket.id], person(1));
}

proptest! {
    #[test]
    fn the_guard_orders_and_never_leaves_anybody_waiting_whom_somebody_could_take(
        tickets in prop::collection::vec(any_ticket(), 0..12), counselors in any_counselors(),
    ) {
        let rested = |counselors: &[OnDuty]| -> Vec<OnDuty> {
            counselors.iter().map(|one| OnDuty { strain: Strain::rested(now()), ..one.clone() }).collect()
        };
        let tired = pool(tickets.clone(), counselors.clone());
        let decided = round(tired.clone());
        let after = after(&tired, &decided);
        for waits in after.tickets.iter().filter(|open| open.ticket.state == TicketState::Queued) {
            for on_duty in &after.counselors {
                let taken = taken(&after, &on_duty.counselor.id);
                let has_room = slots_for(&on_duty.counselor, waits.ticket.need.channel, &taken).is_some();
                let too_early = is_too_early(waits, in_hand(&after.tickets, &on_duty.counselor.id));
                prop_assert!(too_early || !(has_room && eligible(on_duty, waits)), "somebody could take it");
            }
        }
        // A single ticket is offered exactly if it would be offered to rested people.
        for ticket in &tickets {
            let alone = |counselors| offers(&round(pool(vec![ticket.clone()], counselors))).contains_key(&ticket.ticket.id);
            prop_assert_eq!(alone(counselors.clone()), alone(rested(&counselors)));
        }
    }
}
