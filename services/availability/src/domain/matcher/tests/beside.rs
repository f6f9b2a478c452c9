//! Transfers and conferences, one rule at a time.

use super::*;
use crate::domain::{AskedFor, Target, TicketKind};

/// A contact on the phone that counselor 0 has, and these counselors on duty besides.
fn answered(counselors: Vec<OnDuty>) -> (Pool, ContactId) {
    let open = held(waiting(Acuity::High, 60, Channel::Phone), TicketState::Assigned, 0, vec![0, 1], 0);
    let contact = open.ticket.contact;
    let mut all = vec![OnDuty { epochs: vec![1, 1], ..counselor(0) }];
    all.extend(counselors);
    (Pool::load(pool(vec![open], all)), contact)
}

fn ask(pool: &mut Pool, contact: ContactId, kind: TicketKind, target: Target) -> (TicketId, Round) {
    let ticket = TicketId::new();
    let by = person(0);
    let asked = AskedIn { ticket, contact, by, kind, target, need: None, why: AskedFor::Skill };
    (ticket, run(pool, &[Command::AskIn(asked)], now()))
}

fn run(pool: &mut Pool, commands: &[Command], at: Timestamp) -> Round {
    pool.heard(Uuid::nil(), at);
    pool.round(commands, &Past::default(), at, at)
}

/// The offer that a round made to somebody.
fn made(round: &Round, to: usize) -> OfferId {
    let made = round.changes.iter().filter_map(|change| change.made.as_ref());
    made.filter(|made| made.counselor == person(to)).map(|made| made.id).next().expect("an offer")
}

fn own(pool: &Pool, contact: ContactId) -> &Ticket {
    &pool.tickets[&pool.contacts[&contact]].ticket
}

#[test]
fn a_cold_transfer_is_the_taker_s_from_the_round_in_which_they_accept() {
    let (mut pool, contact) = answered(vec![counselor(1)]);
    let (transfer, round) = ask(&mut pool, contact, TicketKind::ColdTransfer, Target::Skilled);
    assert_eq!(own(&pool, contact).counselor, Some(person(0)), "until then it stays");
    let offer = made(&round, 1);
    let round = run(&mut pool, &[Command::Accept(offer, person(1))], now());
    let ticket = own(&pool, contact);
    assert_eq!((ticket.state, ticket.counselor.clone()), (TicketState::Assigned, Some(person(1))));
    assert_eq!((ticket.offer, ticket.assignment), (Some(offer), 1));
    assert!(round.releases.is_empty(), "the giver wraps up");
    let moved: Vec<_> = round.changes.iter().flat_map(|change| change.moved_last()).collect();
    assert_eq!(moved.iter().filter(|(moved, ..)| *moved == offer).count(), 1, "one word on each offer");

    let round = run(&mut pool, &[Command::FinishWrapUp(contact, person(0))], now());
    assert_eq!(round.releases.iter().filter(|(who, ..)| *who == person(0)).count(), 2);
    assert!(!pool.tickets.contains_key(&transfer));
    let round = run(&mut pool, &[Command::Release(contact), Command::FinishWrapUp(contact, person(1))], now());
    assert_eq!(round.releases.iter().filter(|(who, ..)| *who == person(1)).count(), 2);
    assert!(pool.tickets.is_empty() && pool.beside.is_empty());
}

#[test]
fn a_warm_transfer_stays_the_giver_s_until_they_hand_over() {
    let (mut pool, contact) = answered(vec![counselor(1)]);
    let (_, round) = ask(&mut pool, contact, TicketKind::WarmTransfer, Target::Person(person(1)));
    let complete = Command::CompleteTransfer(contact, person(0));
    let early = run(&mut pool, std::slice::from_ref(&complete), now());
    assert_eq!(early.answers, [Err(Refused::TransferNotAccepted)]);
    run(&mut pool, &[Command::Accept(made(&round, 1), person(1))], now());
    assert_eq!(own(&pool, contact).counselor, Some(person(0)));
    let by_another = run(&mut pool, &[Command::CompleteTransfer(contact, person(1))], now());
    assert_eq!(by_another.answers, [Err(Refused::NotInContact)]);
    run(&mut pool, &[complete], now());
    assert_eq!(own(&pool, contact).counselor, Some(person(1)));
}

#[test]
fn a_giver_who_is_lost_has_handed_over_to_who_has_accepted() {
    let (mut pool, contact) = answered(vec![counselor(1)]);
    let (_, round) = ask(&mut pool, contact, TicketKind::WarmTransfer, Target::Skilled);
    run(&mut pool, &[Command::Accept(made(&round, 1), person(1))], now());
    pool.off_duty(&person(0), now());
    let round = run(&mut pool, &[], now());
    assert_eq!(own(&pool, contact).counselor, Some(person(1)));
    assert_eq!(own(&pool, contact).state, TicketState::Assigned);
    assert_eq!(round.releases.iter().filter(|(who, ..)| *who == person(0)).count(), 2);
}

#[test]
fn a_giver_who_ended_the_wrap_up_before_is_free_when_the_contact_goes_over() {
    for is_lost in [false, true] {
        let (mut pool, contact) = answered(vec![counselor(1)]);
        let (_, round) = ask(&mut pool, contact, TicketKind::WarmTransfer, Target::Person(person(1)));
        run(&mut pool, &[Command::Accept(made(&round, 1), person(1))], now());
        run(&mut pool, &[Command::FinishWrapUp(contact, person(0))], now());
        let goes_over = if is_lost {
            pool.off_duty(&person(0), now());
            vec![]
        } else {
            vec![Command::CompleteTransfer(contact, person(0))]
        };
        let round = run(&mut pool, &goes_over, now());
        assert_eq!(own(&pool, contact).counselor, Some(person(1)));
        assert_eq!(round.releases.iter().filter(|(who, ..)| *who == person(0)).count(), 2);
        let round = run(&mut pool, &[Command::Release(contact)], now());
        assert!(round.releases.is_empty(), "the taker has a wrap-up of their own");
    }
}

#[test]
fn nobody_is_asked_by_themselves() {
    let (mut pool, contact) = answered(vec![counselor(1)]);
    pool.set_on_call(Some(person(0)));
    for kind in [TicketKind::WarmTransfer, TicketKind::ColdTransfer, TicketKind::Conference] {
        for target in [Target::Person(person(0)), Target::SupervisorOnCall] {
            let (_, round) = ask(&mut pool, contact, kind, target);
            assert_eq!(round.answers, [Err(Refused::AskedSelf)]);
        }
    }
    let (_, round) = ask(&mut pool, contact, TicketKind::ColdTransfer, Target::Person(person(1)));
    made(&round, 1);
}

#[test]
fn a_giver_who_is_lost_before_anybody_accepted_leaves_a_contact_that_waits_and_no_transfer() {
    let (mut pool, contact) = answered(vec![]);
    let (transfer, _) = ask(&mut pool, contact, TicketKind::WarmTransfer, Target::Skilled);
    pool.off_duty(&person(0), now());
    run(&mut pool, &[], now());
    assert_eq!(own(&pool, contact).state, TicketState::Queued);
    assert!(!pool.tickets.contains_key(&transfer));
}

#[test]
fn one_person_who_is_asked_is_waited_for_and_nobody_else_is_asked_however_long() {
    let (mut pool, contact) = answered(vec![counselor(1), counselor(2)]);
    let (transfer, round) = ask(&mut pool, contact, TicketKind::WarmTransfer, Target::Person(person(2)));
    run(&mut pool, &[Command::Decline(made(&round, 2), person(2), DeclineReason::Conflict)], now());
    let later = now() + TimeDelta::hours(2);
    let round = run(&mut pool, &[], later);
    assert!(offers(&round).is_empty());
    assert_eq!(pool.tickets[&transfer].ticket.state, TicketState::Queued);
    assert!(kinds(&round).contains(&TicketEventKind::SupervisorPaged));
    assert_eq!(own(&pool, contact).counselor, Some(person(0)));

    let round = run(&mut pool, &[Command::CancelTransfer(contact, person(0))], later);
    assert!(kinds(&round).contains(&TicketEventKind::Withdrawn));
    assert!(!pool.tickets.contains_key(&transfer));
}

#[test]
fn what_is_asked_for_is_never_given_up() {
    let (mut pool, contact) = answered(vec![counselor(1)]);
    let need = Need { language: "fr".to_owned(), ..own(&pool, contact).need.clone() };
    let asked = AskedIn {
        ticket: TicketId::new(),
        contact,
        by: person(0),
        kind: TicketKind::Conference,
        target: Target::Skilled,
        need: Some(need),
        why: AskedFor::Interpreter,
    };
    run(&mut pool, &[Command::AskIn(asked)], now());
    assert!(offers(&run(&mut pool, &[], now() + TimeDelta::hours(1))).is_empty());
    let mut french = counselor(2);
    french.counselor.languages = vec!["fr".to_owned()];
    pool.on_duty(french, now());
    let later = now() + TimeDelta::hours(1) + TimeDelta::seconds(1);
    assert_eq!(offers(&run(&mut pool, &[], later)).into_values().collect::<Vec<_>>(), [person(2)]);
}

#[test]
fn the_supervisor_on_call_is_whoever_that_is_when_somebody_is_asked() {
    let (mut pool, contact) = answered(vec![counselor(1), counselor(2)]);
    let (_, round) = ask(&mut pool, contact, TicketKind::Conference, Target::SupervisorOnCall);
    assert!(offers(&round).is_empty(), "none is named");
    pool.set_on_call(Some(person(2)));
    assert_eq!(offers(&run(&mut pool, &[], now())).into_values().collect::<Vec<_>>(), [person(2)]);
}

#[test]
fn a_conference_ends_with_the_contact_and_frees_who_had_joined_for_the_next() {
    let (mut pool, contact) = answered(vec![counselor(1)]);
    let (_, round) = ask(&mut pool, contact, TicketKind::Conference, Target::Skilled);
    run(&mut pool, &[Command::Accept(made(&round, 1), person(1))], now());
    let next = waiting(Acuity::High, 0, Channel::Phone);
    let wanted = Wanted {
        ticket: next.ticket.id,
        contact: next.ticket.contact,
        acuity: Acuity::High,
        need: next.ticket.need.clone(),
        preferred: None,
        outbound: false,
        waited_before: Duration::ZERO,
    };
    run(&mut pool, &[Command::Request(wanted)], now());
    let round = run(&mut pool, &[Command::Release(contact)], now());
    assert_eq!(offers(&round)[&next.ticket.id], person(1));
}

#[test]
fn who_has_the_contact_is_not_asked_into_it() {
    let open = held(waiting(Acuity::High, 60, Channel::Message), TicketState::Assigned, 0, vec![0], 0);
    let contact = open.ticket.contact;
    let mut pool = Pool::load(pool(vec![open], vec![OnDuty { epochs: vec![1], ..counselor(0) }]));
    let (_, round) = ask(&mut pool, contact, TicketKind::Conference, Target::Skilled);
    assert!(offers(&round).is_empty());
    assert_eq!(round.considered[0].declined, 1);
}

/// A contact of this acuity that is offered to counselor 0, and counselor 1 as supervisor on call.
fn offered(acuity: Acuity) -> (Pool, OfferId, ContactId) {
    let open = held(waiting(acuity, 5, Channel::Phone), TicketState::Offered, 0, vec![0, 1], 60);
    let (offer, contact) = (open.ticket.offer.unwrap(), open.ticket.contact);
    let mut pool = Pool::load(pool(vec![open], vec![OnDuty { epochs: vec![1, 1], ..counselor(0) }, counselor(1)]));
    pool.set_on_call(Some(person(1)));
    (pool, offer, contact)
}

#[test]
fn the_supervisor_on_call_is_asked_to_join_an_emergency_as_soon_as_a_counselor_has_it() {
    let (mut pool, offer, contact) = offered(Acuity::Emergency);
    let round = run(&mut pool, &[Command::Accept(offer, person(0))], now());
    let joins = made(&round, 1);
    assert_eq!(own(&pool, contact).counselor, Some(person(0)));
    let again = run(&mut pool, &[Command::Decline(joins, person(1), DeclineReason::Conflict)], now());
    assert!(offers(&again).is_empty(), "who said no is not asked again");

    let (mut pool, offer, contact) = offered(Acuity::VeryHigh);
    assert!(offers(&run(&mut pool, &[Command::Accept(offer, person(0))], now())).is_empty());
    let raise = Command::Raise(contact, Acuity::Emergency, None);
    assert_eq!(
        offers(&run(&mut pool, std::slice::from_ref(&raise), now())).into_values().collect::<Vec<_>>(),
        [person(1)]
    );
    assert!(offers(&run(&mut pool, &[raise], now())).is_empty(), "once");
}

#[test]
fn a_caller_who_waits_goes_before_the_supervisor_s_joining() {
    let (mut pool, offer, _) = offered(Acuity::Emergency);
    let next = waiting(Acuity::Emergency, 0, Channel::Phone);
    let wanted = Wanted {
        ticket: next.ticket.id,
        contact: next.ticket.contact,
        acuity: Acuity::Emergency,
        need: next.ticket.need.clone(),
        preferred: None,
        outbound: false,
        waited_before: Duration::ZERO,
    };
    let round = run(&mut pool, &[Command::Request(wanted), Command::Accept(offer, person(0))], now());
    assert_eq!(offers(&round), HashMap::from([(next.ticket.id, person(1))]));
}

#[test]
fn a_supervisor_who_is_off_duty_or_has_the_emergency_is_not_asked_into_it() {
    let (mut pool, offer, _) = offered(Acuity::Emergency);
    pool.set_on_call(Some(person(0)));
    assert!(offers(&run(&mut pool, &[Command::Accept(offer, person(0))], now())).is_empty());
    assert!(pool.beside.is_empty());
    let (mut pool, offer, _) = offered(Acuity::Emergency);
    pool.off_duty(&person(1), now());
    run(&mut pool, &[Command::Accept(offer, person(0))], now());
    assert!(pool.beside.is_empty());
}

#[test]
fn who_is_in_a_contact_is_not_asked_into_it_again_and_is_once_they_have_left() {
    let (mut pool, contact) = on_messages();
    let (_, round) = ask(&mut pool, contact, TicketKind::Conference, Target::Skilled);
    run(&mut pool, &[Command::Accept(made(&round, 1), person(1))], now());
    let (transfer, round) = ask(&mut pool, contact, TicketKind::ColdTransfer, Target::Person(person(1)));
    assert!(offers(&round).is_empty());
    let round = run(&mut pool, &[Command::LeaveConference(contact, person(1))], now());
    assert_eq!(offers(&round), HashMap::from([(transfer, person(1))]));
}

#[test]
fn who_had_joined_a_contact_and_takes_it_when_its_counselor_is_lost_is_in_it_once() {
    let (mut pool, contact) = on_messages();
    let (conference, round) = ask(&mut pool, contact, TicketKind::Conference, Target::Skilled);
    run(&mut pool, &[Command::Accept(made(&round, 1), person(1))], now());
    pool.off_duty(&person(0), now());
    let round = run(&mut pool, &[], now());
    let round = run(&mut pool, &[Command::Accept(made(&round, 1), person(1))], now());
    assert_eq!(own(&pool, contact).counselor, Some(person(1)));
    assert!(!pool.tickets.contains_key(&conference));
    assert_eq!(round.releases.len(), 1);
}

/// A contact by messages that counselor 0 has, and counselor 1 on duty besides.
fn on_messages() -> (Pool, ContactId) {
    let open = held(waiting(Acuity::High, 60, Channel::Message), TicketState::Assigned, 0, vec![0], 0);
    let contact = open.ticket.contact;
    let giver = OnDuty { epochs: vec![1], ..counselor(0) };
    (Pool::load(pool(vec![open], vec![giver, counselor(1)])), contact)
}
