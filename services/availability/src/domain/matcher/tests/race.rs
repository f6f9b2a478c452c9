//! An emergency that several are asked for at once, one rule at a time.

use super::*;
use crate::domain::{Target, TicketKind};

/// A pool that offers an emergency to three at once, with these counselors on duty.
fn racing(counselors: Vec<OnDuty>) -> Pool {
    let mut state = pool(vec![], counselors);
    state.times.response.emergency_offers = 3;
    Pool::load(state)
}

/// Who call themselves 0, 1, 2 and so on, the first the longest idle.
fn idle(count: usize) -> Vec<OnDuty> {
    let since = |number| now() - TimeDelta::minutes(10 - number as i64);
    (0..count).map(|number| OnDuty { idle_since: since(number), ..counselor(number) }).collect()
}

fn run(pool: &mut Pool, commands: &[Command], at: Timestamp) -> Round {
    pool.heard(Uuid::nil(), at);
    pool.round(commands, &Past::default(), at, at)
}

fn call(acuity: Acuity, channel: Channel) -> (ContactId, Command) {
    let OpenTicket { ticket: Ticket { id: ticket, contact, need, .. }, .. } = waiting(acuity, 0, channel);
    (
        contact,
        Command::Request(Wanted {
            ticket,
            contact,
            acuity,
            need,
            preferred: None,
            outbound: false,
            waited_before: Duration::ZERO,
        }),
    )
}

fn emergency(pool: &mut Pool) -> ContactId {
    let (contact, request) = call(Acuity::Emergency, Channel::Phone);
    run(pool, &[request], now());
    contact
}

fn own(pool: &Pool, contact: ContactId) -> &Ticket {
    &pool.tickets[&pool.contacts[&contact]].ticket
}

/// Who is asked for a contact, with the kind of ticket by which.
fn asked(pool: &Pool, contact: ContactId) -> BTreeMap<PersonId, TicketKind> {
    let of = |open: &&OpenTicket| open.ticket.contact == contact && open.ticket.state == TicketState::Offered;
    let offered = pool.tickets.values().filter(of);
    offered.map(|open| (open.ticket.counselor.clone().unwrap(), open.ticket.kind())).collect()
}

/// The offer on somebody's screen.
fn offer_of(pool: &Pool, number: usize) -> OfferId {
    let id = person(number);
    let held = pool.tickets.values().find(|open| open.ticket.counselor.as_ref() == Some(&id));
    held.and_then(|open| open.ticket.offer).expect("an offer")
}

/// These counselors take what they are asked for, in one round and in this order.
fn accepts(pool: &mut Pool, who: &[usize]) -> Round {
    let commands: Vec<_> = who.iter().map(|number| Command::Accept(offer_of(pool, *number), person(*number))).collect();
    run(pool, &commands, now())
}

/// These counselors give back what they are asked for, in one round.
fn declines(pool: &mut Pool, who: &[usize]) -> Round {
    let decline = |number: &usize| Command::Decline(offer_of(pool, *number), person(*number), DeclineReason::Conflict);
    let commands: Vec<_> = who.iter().map(decline).collect();
    run(pool, &commands, now())
}

/// Nobody holds anything, and nothing is raced any more.
fn is_at_rest(pool: &Pool) -> bool {
    let mut seats = pool.seats.all.iter().filter_map(|position| pool.seats.at(position));
    pool.beside.is_empty() && seats.all(|seat| seat.held.is_empty())
}

#[test]
fn an_emergency_is_offered_to_as_many_as_the_program_wants_and_any_other_to_one() {
    let mut pool = racing(idle(5));
    let contact = emergency(&mut pool);
    use TicketKind::{Answer, Race};
    assert_eq!(asked(&pool, contact), BTreeMap::from([(person(0), Answer), (person(1), Race), (person(2), Race)]));

    let mut pool = racing(idle(5));
    let (contact, request) = call(Acuity::VeryHigh, Channel::Phone);
    run(&mut pool, &[request], now());
    assert_eq!(asked(&pool, contact), BTreeMap::from([(person(0), Answer)]));
    assert!(pool.beside.is_empty());

    let mut times = pool.times.clone();
    times.response.emergency_offers = 1;
    pool.set_times(times);
    let contact = emergency(&mut pool);
    assert_eq!(asked(&pool, contact), BTreeMap::from([(person(1), Answer)]), "one at a time");
}

#[test]
fn whoever_accepts_first_has_it_as_its_first_assignment_and_the_others_are_free_in_the_same_round() {
    for first in 0..3 {
        let mut pool = racing(idle(3));
        let contact = emergency(&mut pool);
        let offer = offer_of(&pool, first);
        let round = accepts(&mut pool, &[first, (first + 1) % 3, (first + 2) % 3]);
        let ticket = own(&pool, contact);
        assert_eq!((ticket.state, ticket.counselor.clone()), (TicketState::Assigned, Some(person(first))));
        assert_eq!((ticket.offer, ticket.assignment), (Some(offer), 1));
        let taken = Answer::Accepted(contact, ticket.id, TicketKind::Answer);
        assert_eq!(round.answers, [Ok(taken), Err(Refused::OfferClosed), Err(Refused::OfferClosed)]);
        let released: Vec<_> = round.releases.iter().filter(|(who, ..)| *who == person(first)).collect();
        assert_eq!((round.releases.len(), released.len()), (4, 0), "the others' slots, and not the taker's");
        assert!(round.presences.is_empty(), "to be second is no silence");
        let accepted =
            round.changes.iter().flat_map(Change::moved_last).filter(|(_, state, _)| *state == OfferState::Accepted);
        assert_eq!(
            accepted.map(|(offer, ..)| offer).collect::<Vec<_>>(),
            [offer],
            "one word on the offer that was taken"
        );

        run(&mut pool, &[Command::Release(contact), Command::FinishWrapUp(contact, person(first))], now());
        assert!(is_at_rest(&pool));
    }
}

#[test]
fn the_history_of_the_contact_tells_who_was_asked_by_its_own_ticket_and_who_took_it() {
    let mut pool = racing(idle(3));
    let contact = emergency(&mut pool);
    let round = accepts(&mut pool, &[2]);
    use TicketEventKind::{Accepted, OfferPassedOn, OfferWithdrawn, Offered, Withdrawn};
    let told = |kind: TicketKind| {
        let of_kind = round.changes.iter().filter(move |change| change.ticket.kind() == kind);
        of_kind
            .flat_map(|change| change.events.iter().map(|event| (event.kind, event.counselor.clone())))
            .collect::<Vec<_>>()
    };
    let (zero, two) = (Some(person(0)), Some(person(2)));
    assert_eq!(told(TicketKind::Answer), [(OfferWithdrawn, zero), (Offered, two.clone()), (Accepted, two.clone())]);
    let races = told(TicketKind::Race);
    assert!(races.contains(&(OfferPassedOn, two)) && races.contains(&(OfferWithdrawn, Some(person(1)))));
    assert!(races.contains(&(Withdrawn, None)));
    assert_eq!(own(&pool, contact).steps, 5);
}

#[test]
fn a_contact_that_is_raised_to_an_emergency_is_raced_from_that_round_on() {
    let mut pool = racing(idle(3));
    let (contact, request) = call(Acuity::High, Channel::Phone);
    run(&mut pool, &[request], now());
    assert_eq!(asked(&pool, contact).len(), 1);
    run(&mut pool, &[Command::Raise(contact, Acuity::Emergency, None)], now());
    assert_eq!(asked(&pool, contact).len(), 3);
}

#[test]
fn who_comes_on_duty_while_it_is_offered_to_too_few_is_asked_too() {
    let mut pool = racing(idle(1));
    let contact = emergency(&mut pool);
    assert_eq!(asked(&pool, contact).len(), 1);
    pool.on_duty(counselor(1), now());
    run(&mut pool, &[], now());
    assert_eq!(asked(&pool, contact).len(), 2);
}

#[test]
fn who_said_no_to_a_race_is_not_asked_for_the_contact_again_by_whichever_ticket() {
    let mut pool = racing(idle(3));
    let contact = emergency(&mut pool);
    declines(&mut pool, &[1]);
    assert_eq!(asked(&pool, contact).into_keys().collect::<Vec<_>>(), [person(0), person(2)]);
    declines(&mut pool, &[0, 2]);
    assert!(asked(&pool, contact).is_empty());
    assert_eq!(own(&pool, contact).state, TicketState::Queued, "it waits as always");
    let later = run(&mut pool, &[], now() + TimeDelta::seconds(59));
    assert!(offers(&later).is_empty() && is_at_rest(&pool));
}

#[test]
fn whom_its_own_ticket_asked_says_no_and_it_goes_to_who_is_free_or_else_on_with_a_race() {
    let mut pool = racing(idle(4));
    let contact = emergency(&mut pool);
    let round = declines(&mut pool, &[0]);
    assert_eq!(asked(&pool, contact).get(&person(3)), Some(&TicketKind::Answer), "who is free");
    assert_eq!(round.releases.len(), 2);

    let kept = offer_of(&pool, 1);
    let round = declines(&mut pool, &[3]);
    use TicketKind::{Answer, Race};
    assert_eq!(asked(&pool, contact), BTreeMap::from([(person(1), Answer), (person(2), Race)]));
    assert_eq!(own(&pool, contact).offer, Some(kept), "the offer on the screen stays");
    assert!(round.holds.is_empty() && offers(&round).is_empty());
    accepts(&mut pool, &[1]);
    assert_eq!(own(&pool, contact).assignment, 1);
    assert_eq!(asked(&pool, contact), BTreeMap::new());
}

#[test]
fn the_backup_line_is_not_offered_while_anybody_is_asked() {
    let mut pool = racing(idle(2));
    let contact = emergency(&mut pool);
    // Everybody was asked late: the wait ends before the offers do.
    let own = pool.contacts[&contact];
    let since = now() - TimeDelta::seconds(70);
    pool.tickets.get_mut(&own).unwrap().ticket.waiting_since = since;
    let round = declines(&mut pool, &[0]);
    assert!(!kinds(&round).contains(&TicketEventKind::BackupOffered));
    assert_eq!(asked(&pool, contact), BTreeMap::from([(person(1), TicketKind::Answer)]));
    let round = declines(&mut pool, &[1]);
    assert!(kinds(&round).contains(&TicketEventKind::BackupOffered));
    assert_eq!(pool.tickets[&own].ticket.state, TicketState::Queued, "and it keeps its place");
}

#[test]
fn silence_in_a_race_is_a_silence_of_who_was_asked_and_counts_once() {
    let mut pool = racing(idle(2));
    let contact = emergency(&mut pool);
    let later = now() + TimeDelta::seconds(10);
    let round = run(&mut pool, &[], later);
    let silent: Vec<_> = round.presences.iter().map(|day| (day.counselor.clone(), day.silent_count)).collect();
    assert_eq!(silent, [(person(0), 1), (person(1), 1)]);
    assert!(asked(&pool, contact).is_empty(), "who was silent is not asked before the needs are widened to the last");
    assert_eq!(pool.tickets[&pool.contacts[&contact]].silent.len(), 2);
}

#[test]
fn a_race_gives_way_to_a_caller_whom_nobody_free_could_take_and_to_no_other() {
    let mut all = idle(3);
    all[2].counselor.languages = vec!["es".to_owned(), "en".to_owned()];
    let mut pool = racing(all);
    let contact = emergency(&mut pool);
    assert_eq!(asked(&pool, contact).len(), 3);
    let (routine, request) = call(Acuity::Routine, Channel::Phone);
    let round = run(&mut pool, &[request], now());
    // Of who is asked by a race, the least flexible.
    assert_eq!(asked(&pool, routine), BTreeMap::from([(person(1), TicketKind::Answer)]));
    assert_eq!(asked(&pool, contact).into_keys().collect::<Vec<_>>(), [person(0), person(2)]);
    assert!(round.presences.is_empty(), "to be taken back is no silence");

    pool.on_duty(counselor(3), now());
    let (next, request) = call(Acuity::Routine, Channel::Phone);
    run(&mut pool, &[request], now());
    assert_eq!(asked(&pool, next), BTreeMap::from([(person(3), TicketKind::Answer)]));
    assert_eq!(asked(&pool, contact).len(), 2, "nobody had to give way");
}

#[test]
fn two_emergencies_at_once_are_served_before_either_is_raced() {
    let mut pool = racing(idle(3));
    let (one, request) = call(Acuity::Emergency, Channel::Phone);
    let (other, another) = call(Acuity::Emergency, Channel::Phone);
    run(&mut pool, &[request, another], now());
    let both = [asked(&pool, one).len(), asked(&pool, other).len()];
    assert_eq!((both.iter().sum::<usize>(), both.iter().min()), (3, Some(&1)));
    let third = emergency(&mut pool);
    assert_eq!(asked(&pool, third).len(), 1, "the race gave way");
    assert_eq!((asked(&pool, one).len(), asked(&pool, other).len()), (1, 1));
}

#[test]
fn the_room_that_a_race_leaves_goes_to_the_riskier_caller() {
    let mut all = idle(2);
    all[0].counselor.message_capacity = 1;
    let mut pool = racing(all);
    let (emergency, request) = call(Acuity::Emergency, Channel::Message);
    run(&mut pool, &[request], now());
    assert_eq!(asked(&pool, emergency).len(), 2, "one of the second counselor's two slots is free");
    let (high, call_by_phone) = call(Acuity::High, Channel::Phone);
    let (routine, message) = call(Acuity::Routine, Channel::Message);
    run(&mut pool, &[message, call_by_phone], now());
    assert_eq!(asked(&pool, high), BTreeMap::from([(person(1), TicketKind::Answer)]));
    assert!(asked(&pool, routine).is_empty());
    assert_eq!(asked(&pool, emergency), BTreeMap::from([(person(0), TicketKind::Answer)]));
}

#[test]
fn nobody_is_asked_twice_for_one_contact_though_they_have_room_for_two() {
    let mut pool = racing(idle(2));
    let (contact, request) = call(Acuity::Emergency, Channel::Message);
    run(&mut pool, &[request], now());
    assert_eq!(asked(&pool, contact).len(), 2);
    let offers = pool.tickets.values().filter(|open| open.ticket.state == TicketState::Offered);
    assert_eq!(offers.count(), 2);
    declines(&mut pool, &[0]);
    assert_eq!(asked(&pool, contact), BTreeMap::from([(person(1), TicketKind::Answer)]));
    assert_eq!(pool.tickets.len(), 1);
}

#[test]
fn a_caller_who_leaves_takes_every_offer_back() {
    let mut pool = racing(idle(3));
    let contact = emergency(&mut pool);
    let round = run(&mut pool, &[Command::Withdraw(contact, CallerGone::Left)], now());
    assert_eq!(round.answers, [Ok(Answer::Withdrawn(true))]);
    assert_eq!(round.releases.len(), 6);
    assert!(is_at_rest(&pool) && pool.tickets.is_empty());
}

#[test]
fn a_counselor_who_is_lost_is_asked_no_more_and_the_rest_goes_on() {
    let mut pool = racing(idle(3));
    let contact = emergency(&mut pool);
    pool.off_duty(&person(0), now());
    pool.off_duty(&person(2), now());
    run(&mut pool, &[], now());
    assert_eq!(asked(&pool, contact), BTreeMap::from([(person(1), TicketKind::Answer)]));
}

#[test]
fn the_supervisor_on_call_is_asked_to_join_who_won_the_race() {
    let mut pool = racing(idle(3));
    pool.set_on_call(Some(person(2)));
    let contact = emergency(&mut pool);
    let round = accepts(&mut pool, &[1]);
    let joins = round.changes.iter().find(|change| change.ticket.kind() == TicketKind::Conference).unwrap();
    let beside = joins.ticket.beside.as_ref().unwrap();
    assert_eq!((beside.by.clone(), beside.target.clone()), (Some(person(1)), Target::SupervisorOnCall));
    assert_eq!(asked(&pool, contact), BTreeMap::from([(person(2), TicketKind::Conference)]));
}

#[test]
fn it_is_on_record_why_each_of_them_was_asked() {
    let mut pool = racing(idle(4));
    let (_, request) = call(Acuity::Emergency, Channel::Phone);
    let round = run(&mut pool, &[request], now());
    let told: Vec<_> = round.considered.iter().map(|one| (one.step, one.eligible, one.busy, one.declined)).collect();
    assert_eq!(told, [(2, 4, 0, 0), (2, 3, 0, 1), (2, 2, 0, 2)]);
}

#[test]
fn a_contact_that_waits_again_goes_on_with_its_race_before_a_less_urgent_caller_is_given_way() {
    let mut all = idle(2);
    all[1].counselor.languages.push("es".to_owned());
    let mut pool = racing(all);
    let contact = emergency(&mut pool);
    let OpenTicket { ticket, .. } = waiting(Acuity::Routine, 0, Channel::Phone);
    let need = Need { language: "es".to_owned(), ..ticket.need };
    let (id, acuity) = (ticket.id, Acuity::Routine);
    let spanish = Wanted {
        ticket: id,
        contact: ticket.contact,
        acuity,
        need,
        preferred: None,
        outbound: false,
        waited_before: Duration::ZERO,
    };
    let (offer, conflict) = (offer_of(&pool, 0), DeclineReason::Conflict);
    run(&mut pool, &[Command::Decline(offer, person(0), conflict), Command::Request(spanish)], now());
    assert_eq!(asked(&pool, contact), BTreeMap::from([(person(1), TicketKind::Answer)]));
    assert_eq!(pool.tickets[&id].ticket.state, TicketState::Queued);
}

#[test]
fn a_contact_goes_on_with_a_race_also_when_who_is_asked_takes_no_new_offers() {
    let mut pool = racing(idle(2));
    let contact = emergency(&mut pool);
    run(&mut pool, &[Command::SetBreak(person(1), true)], now());
    pool.off_duty(&person(0), now());
    run(&mut pool, &[], now());
    assert_eq!(asked(&pool, contact), BTreeMap::from([(person(1), TicketKind::Answer)]));
}

#[test]
fn a_race_has_no_wait_of_its_own() {
    let mut pool = racing(idle(1));
    let mut times = pool.times.clone();
    (times.response.urgent_offer_timeout, times.silence) = (seconds(600), seconds(600));
    pool.set_times(times);
    emergency(&mut pool);
    pool.on_duty(counselor(1), now());
    let after = |seconds| now() + TimeDelta::seconds(seconds);
    run(&mut pool, &[], after(5));
    assert_eq!(run(&mut pool, &[], after(10)).next, Some(after(20)), "when the contact has waited for twenty seconds");
    run(&mut pool, &[], after(70));
    let race = pool.tickets.values().find(|open| open.ticket.raced().is_some()).unwrap();
    assert_eq!((race.ticket.widened, race.ticket.paged, race.ticket.steps), (0, false, 2));
}

#[test]
fn a_need_that_changes_is_shown_to_everybody_who_is_asked() {
    let mut pool = racing(idle(3));
    let contact = emergency(&mut pool);
    let need = Need { skills: vec![Skill::basic("veterans")], ..own(&pool, contact).need.clone() };
    run(&mut pool, &[Command::Raise(contact, Acuity::Emergency, Some(need.clone()))], now());
    assert_eq!(pool.tickets.values().filter(|open| open.ticket.need == need).count(), 3);
}
