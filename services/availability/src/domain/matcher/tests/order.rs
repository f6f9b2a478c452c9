//! Work is shared out: the counselor with least in hand is asked, and none with an urgent contact in hand.

use super::*;

/// The shared table of README and code.
const README: &str = include_str!("../../../../README.md");

#[test]
fn the_readme_has_the_table_by_which_counselors_are_asked() {
    let rows = README.lines().filter_map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let number: usize = cells.get(1)?.parse().ok()?;
        Some((number, (*cells.get(2)?).to_owned()))
    });
    let expected = ASKING_ORDER.iter().enumerate().map(|(place, preference)| (place + 1, preference.to_string()));
    assert_eq!(rows.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

fn able_to_chat(number: usize, capacity: i16) -> OnDuty {
    let mut on_duty = counselor(number);
    on_duty.counselor.message_capacity = capacity;
    on_duty
}

fn wanted(acuity: Acuity) -> (ContactId, Command) {
    let OpenTicket { ticket: Ticket { id: ticket, contact, need, .. }, .. } = waiting(acuity, 0, Channel::Message);
    let (preferred, outbound, waited_before) = (None, false, Duration::ZERO);
    (contact, Command::Request(Wanted { ticket, contact, acuity, need, preferred, outbound, waited_before }))
}

/// One contact by message, which the counselor asked takes at once; nobody when it waits.
fn chat(pool: &mut Pool, acuity: Acuity, at: Timestamp) -> Option<PersonId> {
    pool.heard(Uuid::nil(), at);
    let (contact, request) = wanted(acuity);
    pool.round(&[request], &Past::default(), at, at);
    let ticket = pool.tickets[&pool.contacts[&contact]].ticket.clone();
    let (offer, counselor) = ticket.offer.zip(ticket.counselor)?;
    pool.round(&[Command::Accept(offer, counselor.clone())], &Past::default(), at, at);
    Some(counselor)
}

fn in_hand_of(pool: &Pool, number: usize) -> usize {
    pool.seats.get(&person(number)).map_or(0, |seat| seat.held.len())
}

#[test]
fn ten_chats_of_five_equal_counselors_are_two_each() {
    let mut pool = Pool::load(pool(vec![], (0..5).map(|number| able_to_chat(number, 6)).collect()));
    for _ in 0..10 {
        chat(&mut pool, Acuity::Moderate, now()).unwrap();
    }
    assert_eq!([0, 1, 2, 3, 4].map(|number| in_hand_of(&pool, number)), [2; 5]);
}

#[test]
fn who_has_an_emergency_in_hand_gets_nothing_else_while_anybody_else_is_left() {
    let mut pool = Pool::load(pool(vec![], vec![able_to_chat(1, 6), able_to_chat(2, 4)]));
    let busy = chat(&mut pool, Acuity::Emergency, now()).unwrap();
    let other = if busy == person(1) { person(2) } else { person(1) };
    let capacity = if other == person(1) { 6 } else { 4 };
    for _ in 0..capacity {
        assert_eq!(chat(&mut pool, Acuity::Routine, now()), Some(other.clone()));
    }
    for acuity in [Acuity::Routine, Acuity::Emergency] {
        assert_eq!(chat(&mut pool, acuity, now()), None, "before the first widening it is not asked at all");
    }

    // After it, it is asked since nobody else is eligible, and the record says so.
    let later = now() + TimeDelta::seconds(10);
    pool.heard(Uuid::nil(), later);
    let decided = pool.round(&[], &Past::default(), later, later);
    assert_eq!(offers(&decided).into_values().collect::<Vec<_>>(), [busy.clone(), busy]);
    let told: Vec<_> = decided.considered.iter().map(|one| (one.eligible, one.urgent_in_hand)).collect();
    assert_eq!(told, [(1, 1), (1, 1)]);
}

#[test]
fn a_contact_that_becomes_urgent_in_hand_keeps_others_away_and_one_that_is_over_does_not() {
    let mut pool = Pool::load(pool(vec![], vec![able_to_chat(1, 6)]));
    let (contact, request) = wanted(Acuity::Routine);
    pool.round(&[request], &Past::default(), now(), now());
    let offer = pool.tickets[&pool.contacts[&contact]].ticket.offer.unwrap();
    let raised = [Command::Accept(offer, person(1)), Command::Raise(contact, Acuity::VeryHigh, None)];
    pool.round(&raised, &Past::default(), now(), now());
    assert_eq!(chat(&mut pool, Acuity::Routine, now()), None);
    pool.round(&[Command::Release(contact)], &Past::default(), now(), now());
    assert_eq!(pool.seats.urgent_in_hand.count(), 1, "it is in hand until the wrap-up is over");
    let over = pool.round(&[Command::FinishWrapUp(contact, person(1))], &Past::default(), now(), now());
    assert_eq!(offers(&over).into_values().collect::<Vec<_>>(), [person(1)]);
}

proptest! {
    #[test]
    fn at_each_assignment_among_equals_the_chosen_one_had_the_fewest_in_hand(
        count in 1_usize..7, capacity in 1_i16..=8, moves in prop::collection::vec(prop::option::of(any::<usize>()), 1..60),
    ) {
        let mut pool = Pool::load(pool(vec![], (0..count).map(|number| able_to_chat(number, capacity)).collect()));
        for (second, step) in (0_i64..).zip(moves) {
            let at = now() + TimeDelta::milliseconds(second);
            let loads: Vec<usize> = (0..count).map(|number| in_hand_of(&pool, number)).collect();
            match step {
                None => {
                    let asked = chat(&mut pool, Acuity::Moderate, at);
                    let least = loads.iter().min().copied().unwrap_or_default();
                    let had = (0..count).find(|number| asked == Some(person(*number))).map(|number| loads[number]);
                    let room = i16::try_from(least).unwrap() < capacity;
                    prop_assert_eq!(had, room.then_some(least), "{:?}", loads);
                    if asked.is_none() {
                        let waits: Vec<ContactId> = pool.tickets.values()
                            .filter(|open| open.ticket.state == TicketState::Queued).map(|open| open.ticket.contact).collect();
                        let gone: Vec<_> = waits.into_iter().map(|contact| Command::Withdraw(contact, CallerGone::Left)).collect();
                        pool.round(&gone, &Past::default(), at, at);
                    }
                }
                Some(which) => {
                    let open: BTreeMap<ContactId, PersonId> = pool.tickets.values()
                        .filter_map(|open| Some((open.ticket.contact, open.ticket.counselor.clone()?))).collect();
                    let Some(index) = which.checked_rem(open.len()) else { continue };
                    let (contact, counselor) = open.into_iter().nth(index).unwrap();
                    let end = [Command::Release(contact), Command::FinishWrapUp(contact, counselor)];
                    pool.round(&end, &Past::default(), at, at);
                }
            }
        }
    }
}
