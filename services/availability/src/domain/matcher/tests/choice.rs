//! Whom the index finds is whom a look at everybody would find.

use super::fatigue::is_spared;

use super::*;

/// The seat to ask, by looking at everybody on duty, and at the table.
fn by_looking_at_all(pool: &PoolState, open: &OpenTicket) -> Option<PersonId> {
    let ticket = &open.ticket;
    let waited = (now() - ticket.waiting_since).to_std().unwrap_or_default();
    let known_first = ticket.preferred.as_ref().filter(|_| waited <= pool.times.preferred);
    let free = pool.counselors.iter().filter(|on_duty| {
        let in_hand = in_hand(&pool.tickets, &on_duty.counselor.id);
        !is_too_early(open, in_hand)
            && slots_for(&on_duty.counselor, ticket.need.channel, &taken(pool, &on_duty.counselor.id)).is_some()
    });
    let eligible = free.filter(|on_duty| eligible(on_duty, open));
    let weight = |on_duty: &OnDuty, preference: Preference| -> i64 {
        let counselor = &on_duty.counselor;
        let in_hand = in_hand(&pool.tickets, &counselor.id);
        match preference {
            Preference::NothingUrgentInHand => i64::from(in_hand.iter().any(|other| other.ticket.acuity.is_urgent())),
            Preference::Known => i64::from(known_first != Some(&counselor.id)),
            Preference::NotSilentBefore => i64::from(open.silent.contains(&counselor.id)),
            Preference::Rested => i64::from(is_spared(pool, on_duty, ticket.acuity)),
            Preference::LeastLoaded => {
                let share = taken(pool, &counselor.id).len() as f64 / f64::from(counselor.message_capacity);
                (share * 1e6).round() as i64
            }
            Preference::LeastFlexible => counselor.flexibility(pool.today) as i64,
            Preference::LongestIdle => on_duty.idle_since.timestamp_micros(),
        }
    };
    let best = eligible.min_by_key(|on_duty| {
        (ASKING_ORDER.map(|preference| weight(on_duty, preference)), on_duty.counselor.id.clone())
    });
    best.map(|on_duty| on_duty.counselor.id.clone())
}

/// Many counselors of whom few fit, and few of whom many do: the two ways in which the index looks.
fn a_crowd(size: usize, spanish_every: usize, idle: &[i64]) -> Vec<OnDuty> {
    let one = |number: usize| {
        let mut on_duty = counselor(number);
        if number.is_multiple_of(spanish_every) {
            on_duty.counselor.languages.push("es".to_owned());
        }
        let seconds = idle.get(number % idle.len()).copied().unwrap_or_default();
        on_duty.idle_since = now() - TimeDelta::seconds(seconds);
        on_duty
    };
    (0..size).map(one).collect()
}

/// Conversations by message that these counselors have, as far as there is room: of whom, and of which acuity.
fn chats_of(counselors: &[OnDuty], chats: &[(usize, u8)]) -> Vec<OpenTicket> {
    let mut held_by: BTreeMap<usize, i16> = BTreeMap::new();
    let chat = |(number, level): &(usize, u8)| {
        let capacity = counselors.get(*number)?.counselor.message_capacity;
        let slot = held_by.entry(*number).or_default();
        *slot += 1;
        let open = waiting(Acuity::from_level(*level)?, 99, Channel::Message);
        (*slot <= capacity).then(|| held(open, TicketState::Assigned, *number, vec![*slot - 1], 0))
    };
    chats.iter().filter_map(chat).collect()
}

proptest! {
    #[test]
    fn the_index_asks_whom_a_look_at_everybody_would_ask(
        mut ticket in any_ticket(), counselors in any_counselors(), silent: bool, knows: bool, widened in 0_i64..50,
        chats in prop::collection::vec((0_usize..6, 1_u8..=5), 0..8),
    ) {
        ticket.ticket.waiting_since = now() - TimeDelta::seconds(widened);
        ticket.ticket.widened = 0;
        if silent { ticket.silent = vec![person(1)]; }
        if knows { ticket.ticket.preferred = Some(person(2)); }
        let mut pool = pool(vec![ticket.clone()], counselors);
        pool.tickets.extend(chats_of(&pool.counselors, &chats));
        let asked = offers(&round(pool.clone())).remove(&ticket.ticket.id);
        // The round has given up what this wait gives up.
        let waited = (now() - ticket.ticket.waiting_since).to_std().unwrap_or_default();
        ticket.ticket.widened = pool.times.response.widened_after(waited);
        let mut alone = pool.clone();
        alone.tickets.retain(|open| open.ticket.id != ticket.ticket.id);
        prop_assert_eq!(asked, by_looking_at_all(&alone, &ticket));
    }

    #[test]
    fn in_a_crowd_too(
        size in 1_usize..300, spanish_every in 1_usize..90, spanish: bool,
        idle in prop::collection::vec(0_i64..1000, 1..40),
    ) {
        let mut ticket = waiting(Acuity::High, 1, Channel::Phone);
        if spanish { ticket.ticket.need.language = "es".to_owned(); }
        let pool = pool(vec![ticket.clone()], a_crowd(size, spanish_every, &idle));
        let asked = offers(&round(pool.clone())).remove(&ticket.ticket.id);
        prop_assert_eq!(asked, by_looking_at_all(&PoolState { tickets: vec![], ..pool }, &ticket));
    }
}

#[test]
fn phone_takes_the_whole_counselor_and_messages_fill_the_capacity() {
    let messages: Vec<_> = (0..3).map(|_| waiting(Acuity::High, 0, Channel::Message)).collect();
    assert_eq!(offers(&round(pool(messages, vec![counselor(1)]))).len(), 2);

    let call = held(waiting(Acuity::High, 0, Channel::Phone), TicketState::Assigned, 1, vec![0, 1], 0);
    let message = waiting(Acuity::High, 0, Channel::Message);
    let mut grown = counselor(1);
    grown.counselor.message_capacity = 8;
    assert!(offers(&round(pool(vec![call, message], vec![grown]))).is_empty());

    let chat = held(waiting(Acuity::High, 0, Channel::Message), TicketState::Assigned, 1, vec![1], 0);
    let call = waiting(Acuity::Emergency, 0, Channel::Phone);
    assert!(offers(&round(pool(vec![chat, call], vec![counselor(1)]))).is_empty());
}

#[test]
fn who_is_licensed_is_kept_free_for_as_long_as_the_license_is_valid() {
    let (ends, begins) = (now() + TimeDelta::hours(1), now() + TimeDelta::hours(2));
    let licensed = |number, valid_from, valid_until| {
        let mut on_duty = counselor(number);
        // Would be asked first, were it not for the license.
        on_duty.idle_since -= TimeDelta::hours(1);
        on_duty.counselor.credentials = vec![license(valid_from, valid_until)];
        on_duty
    };
    let on_duty = [licensed(1, now(), ends), licensed(3, begins, begins + TimeDelta::days(1)), counselor(2)];
    let mut pool = Pool::load(pool(vec![], on_duty.to_vec()));
    let mut asked_at = |today| {
        let need = waiting(Acuity::Routine, 0, Channel::Phone).ticket.need;
        let (ticket, contact) = (TicketId::new(), ContactId::new());
        let wanted = Wanted {
            ticket,
            contact,
            acuity: Acuity::Routine,
            need,
            preferred: None,
            outbound: false,
            waited_before: Duration::ZERO,
        };
        let asked = offers(&pool.round(&[Command::Request(wanted)], &Past::default(), now(), today)).remove(&ticket);
        pool.round(&[Command::Withdraw(contact, CallerGone::Left)], &Past::default(), now(), today);
        asked
    };
    assert_eq!(asked_at(now()), Some(person(3)), "the other one is licensed");
    assert_eq!(asked_at(ends), Some(person(1)), "nobody is");
    assert_eq!(asked_at(begins), Some(person(1)), "this one is not any more, and the other one is");
}
