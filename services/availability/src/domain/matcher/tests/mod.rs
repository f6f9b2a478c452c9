mod ageing;
mod any;
mod beside;
mod choice;
mod devices;
mod fatigue;
mod hours;
mod ledger;
mod looks;
mod order;
mod race;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use any::{any_counselors, any_ticket};
use chrono::{DateTime, TimeDelta};
use harborline_types::{
    Acuity, Channel, ContactId, CounselorKind, Need, OfferId, PersonId, Skill, SkillLevel, TicketId, Timestamp,
};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::domain::{
    Ageing, BreakReason, Change, Counselor, Credential, DeclineReason, FatigueRules, OfferState, Requirements,
    ResponseTimes, Spared, Strain, Ticket, TicketEventKind, TicketState,
};

fn now() -> Timestamp {
    DateTime::UNIX_EPOCH + TimeDelta::days(1)
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn person(number: usize) -> PersonId {
    PersonId::parse(&format!("counselor-{number}")).unwrap()
}

fn counselor(number: usize) -> OnDuty {
    OnDuty {
        counselor: Counselor {
            id: person(number),
            name: "Ana".to_owned(),
            kind: CounselorKind::CrisisCounselor,
            credentials: vec![],
            skills: vec![],
            languages: vec!["en".to_owned()],
            channels: vec![Channel::Phone, Channel::Message],
            message_capacity: 2,
            zone: None,
        },
        session: Uuid::nil(),
        streams: BTreeMap::from([(Uuid::nil(), Uuid::nil())]),
        disconnected_at: None,
        on_break: false,
        leaving: false,
        silent_count: 0,
        idle_since: now(),
        strain: Strain::rested(now()),
        epochs: vec![],
    }
}

/// A license for one jurisdiction.
fn license(valid_from: Timestamp, valid_until: Timestamp) -> Credential {
    let (kind, jurisdiction) = ("LCSW".to_owned(), "US-VA".to_owned());
    Credential { kind, jurisdiction, valid_from, valid_until, number: String::new() }
}

/// Somebody whose last stream broke at this instant.
fn broken(number: usize, at: Timestamp) -> OnDuty {
    OnDuty { streams: BTreeMap::new(), disconnected_at: Some(at), ..counselor(number) }
}

fn waiting(acuity: Acuity, waited: i64, channel: Channel) -> OpenTicket {
    let since = now() - TimeDelta::seconds(waited);
    let need = Need { channel, at_least: None, language: "en".to_owned(), jurisdiction: None, skills: vec![] };
    let ticket = Ticket {
        id: TicketId::new(),
        contact: ContactId::new(),
        state: TicketState::Queued,
        acuity,
        need,
        preferred: None,
        outbound: false,
        queued_at: since,
        waiting_since: since,
        widened: 0,
        paged: false,
        backup_offered: false,
        caller_left: false,
        finishes_early: false,
        counselor: None,
        offer: None,
        assignment: 0,
        steps: 1,
        beside: None,
    };
    OpenTicket::new(ticket)
}

fn held(mut open: OpenTicket, state: TicketState, by: usize, slots: Vec<i16>, left: i64) -> OpenTicket {
    open.ticket.state = state;
    open.ticket.counselor = Some(person(by));
    open.ticket.offer = Some(OfferId::new());
    open.slots = slots.into_iter().map(|number| Slot { number, epoch: 1 }).collect();
    open.expires_at = Some(now() + TimeDelta::seconds(left));
    open
}

fn pool(tickets: Vec<OpenTicket>, counselors: Vec<OnDuty>) -> PoolState {
    let response = ResponseTimes {
        urgent_offer_timeout: seconds(10),
        offer_timeout: seconds(20),
        widen_after: vec![seconds(10), seconds(20), seconds(30)],
        page_after: seconds(30),
        backup_after: seconds(60),
        presence_grace: seconds(30),
        ageing: Ageing::default(),
        // Races have tests of their own.
        emergency_offers: 1,
    };
    let fatigue = FatigueRules { urgent_in_a_row: 2, recovery: seconds(30), longest_stretch: seconds(600) };
    let times = Times { response, fatigue, preferred: seconds(5), silence: seconds(3) };
    PoolState { tickets, counselors, replicas: HashMap::from([(Uuid::nil(), now())]), times, today: now() }
}

/// The first round of a pool that was read just now.
fn round(pool: PoolState) -> Round {
    Pool::load(pool).round(&[], &Past::default(), now(), now())
}

/// Whether a counselor may be asked for a ticket, capacity aside: the rules once more, one by one.
fn eligible(on_duty: &OnDuty, open: &OpenTicket) -> bool {
    let ticket = &open.ticket;
    let present = on_duty.disconnected_at.is_none() && !on_duty.on_break && !on_duty.leaving;
    let id = &on_duty.counselor.id;
    let may_be_asked = !open.declined.contains(id) && (ticket.widened >= 3 || !open.silent.contains(id));
    let asked = Requirements::of(&ticket.need, ticket.acuity, ticket.widened);
    present && may_be_asked && asked.met_by(&on_duty.counselor, now())
}

/// Whether a ticket may not ask a counselor yet who has these contacts in hand: one of them is urgent, and nothing of the
/// ticket's need was given up.
fn is_too_early<'a>(open: &OpenTicket, in_hand: impl IntoIterator<Item = &'a OpenTicket>) -> bool {
    open.ticket.widened == 0 && in_hand.into_iter().any(|other| other.ticket.acuity.is_urgent())
}

/// What a counselor has in hand.
fn in_hand<'a>(tickets: &'a [OpenTicket], id: &PersonId) -> Vec<&'a OpenTicket> {
    let holding = |open: &&OpenTicket| open.ticket.offer.is_some() && open.ticket.counselor.as_ref() == Some(id);
    tickets.iter().filter(holding).collect()
}

/// Who is asked for what.
fn offers(round: &Round) -> HashMap<TicketId, PersonId> {
    let made = round.changes.iter().filter_map(|change| Some((change.ticket.id, change.made.clone()?.counselor)));
    made.collect()
}

fn day(number: usize, silent_count: i16, on_break: bool) -> Presence {
    Presence { counselor: person(number), on_break, leaving: false, silent_count, rested_at: now() }
}

fn kinds(round: &Round) -> Vec<TicketEventKind> {
    round.changes.iter().flat_map(|change| change.events.iter().map(|event| event.kind)).collect()
}

#[test]
fn the_riskiest_goes_first_and_then_the_longest_wait() {
    let late = waiting(Acuity::Routine, 9, Channel::Phone);
    let risky = waiting(Acuity::Emergency, 1, Channel::Phone);
    let expected = risky.ticket.id;
    let asked = offers(&round(pool(vec![late.clone(), risky], vec![counselor(1)])));
    assert_eq!(asked, HashMap::from([(expected, person(1))]));

    let early = waiting(Acuity::Routine, 5, Channel::Phone);
    let asked = offers(&round(pool(vec![early, late.clone()], vec![counselor(1)])));
    assert_eq!(asked, HashMap::from([(late.ticket.id, person(1))]));
}

#[test]
fn the_least_flexible_is_asked_and_then_the_longest_idle() {
    let ticket = waiting(Acuity::High, 0, Channel::Phone);
    let mut bilingual = counselor(1);
    bilingual.counselor.languages.push("es".to_owned());
    bilingual.idle_since = now() - TimeDelta::hours(1);
    let mut idle = counselor(3);
    idle.idle_since = now() - TimeDelta::minutes(1);
    let asked = offers(&round(pool(vec![ticket.clone()], vec![bilingual, counselor(2), idle])));
    assert_eq!(asked[&ticket.ticket.id], person(3));
}

#[test]
fn the_counselor_whom_the_caller_knows_goes_first_for_a_few_seconds() {
    let mut known = counselor(1);
    known.counselor.skills.push(Skill::basic("veterans"));
    let asked_after = |waited| {
        let mut ticket = waiting(Acuity::High, waited, Channel::Phone);
        ticket.ticket.preferred = Some(person(1));
        offers(&round(pool(vec![ticket.clone()], vec![known.clone(), counselor(2)])))[&ticket.ticket.id].clone()
    };
    assert_eq!(asked_after(1), person(1));
    assert_eq!(asked_after(6), person(2));
}

#[test]
fn who_declined_is_not_asked_again_and_who_was_silent_only_at_last() {
    let mut ticket = waiting(Acuity::High, 15, Channel::Phone);
    ticket.declined = vec![person(1)];
    ticket.silent = vec![person(2)];
    let both = vec![counselor(1), counselor(2)];
    assert!(offers(&round(pool(vec![ticket.clone()], both.clone()))).is_empty());
    ticket.ticket.waiting_since = now() - TimeDelta::seconds(31);
    assert_eq!(offers(&round(pool(vec![ticket.clone()], both.clone())))[&ticket.ticket.id], person(2));
    ticket.silent = vec![person(2), person(2)];
    assert_eq!(offers(&round(pool(vec![ticket.clone()], both)))[&ticket.ticket.id], person(2), "as often as it takes");
}

#[test]
fn nobody_is_asked_who_is_on_a_break_leaving_or_reconnecting() {
    let ticket = waiting(Acuity::Emergency, 40, Channel::Phone);
    let on_break = OnDuty { on_break: true, ..counselor(1) };
    let leaving = OnDuty { leaving: true, ..counselor(2) };
    let broken = broken(3, now());
    assert!(offers(&round(pool(vec![ticket], vec![on_break, leaving, broken]))).is_empty());
}

#[test]
fn an_offer_that_ran_out_goes_to_somebody_else_in_the_same_round() {
    let ticket = held(waiting(Acuity::High, 1, Channel::Phone), TicketState::Offered, 1, vec![0, 1], 0);
    let id = ticket.ticket.id;
    let round = round(pool(vec![ticket], vec![counselor(1), counselor(2)]));
    assert_eq!(offers(&round)[&id], person(2));
    assert_eq!(round.changes[0].moved[0].1, OfferState::Expired);
    assert_eq!(round.presences, [day(1, 1, false)]);
}

#[test]
fn two_offers_in_a_row_without_an_answer_are_a_break() {
    let ticket = held(waiting(Acuity::High, 1, Channel::Phone), TicketState::Offered, 1, vec![0, 1], 0);
    let other = waiting(Acuity::High, 0, Channel::Phone);
    let silent = OnDuty { silent_count: 1, ..counselor(1) };
    let round = round(pool(vec![ticket, other], vec![silent]));
    assert_eq!(round.presences, [day(1, 2, true)]);
    assert!(offers(&round).is_empty());
}

#[test]
fn an_answer_during_such_a_break_ends_neither_the_break_nor_why() {
    let gone = held(waiting(Acuity::High, 1, Channel::Message), TicketState::Offered, 1, vec![0], 0);
    let open = held(waiting(Acuity::High, 1, Channel::Message), TicketState::Offered, 1, vec![1], 9);
    let accept = Command::Accept(open.ticket.offer.unwrap(), person(1));
    let mut memory = Pool::load(pool(vec![gone, open], vec![OnDuty { silent_count: 1, ..counselor(1) }]));
    let mut why = |commands: &[Command]| {
        memory.round(commands, &Past::default(), now(), now());
        memory.counselor_state(&person(1)).unwrap().on_break
    };
    assert_eq!(why(&[]), Some(BreakReason::UnansweredOffers));
    assert_eq!(why(&[accept]), Some(BreakReason::UnansweredOffers));
    assert_eq!(why(&[Command::SetBreak(person(1), false)]), None);
    assert_eq!(why(&[Command::SetBreak(person(1), true)]), Some(BreakReason::Chosen));
}

#[test]
fn after_the_grace_what_a_lost_counselor_held_waits_again() {
    let lost = |since| broken(1, now() - TimeDelta::seconds(since));
    let talk = held(waiting(Acuity::High, 99, Channel::Message), TicketState::Assigned, 1, vec![0], 0);
    let asked = held(waiting(Acuity::High, 1, Channel::Message), TicketState::Offered, 1, vec![1], 9);
    let tickets = vec![talk.clone(), asked];

    let patient = round(pool(tickets.clone(), vec![lost(29)]));
    assert!(patient.ended.is_empty() && patient.changes.is_empty());
    assert_eq!(patient.next, Some(now() + TimeDelta::seconds(1)));

    let over = round(pool(tickets, vec![lost(30)]));
    assert_eq!(over.ended, [(person(1), Uuid::nil())]);
    assert_eq!(kinds(&over), [TicketEventKind::CounselorLost, TicketEventKind::OfferWithdrawn]);
    assert_eq!(over.changes[0].ticket.queued_at, talk.ticket.queued_at);
    assert_eq!(over.changes[0].ticket.waiting_since, now());
}

#[test]
fn who_leaves_stays_until_nothing_is_in_hand() {
    let leaving = OnDuty { leaving: true, ..counselor(1) };
    let wrap_up = held(waiting(Acuity::High, 9, Channel::Phone), TicketState::Released, 1, vec![0, 1], 0);
    assert!(round(pool(vec![wrap_up], vec![leaving.clone()])).ended.is_empty());
    assert_eq!(round(pool(vec![], vec![leaving])).ended.len(), 1);
}

#[test]
fn a_wait_widens_pages_and_is_offered_the_backup_line_only_without_an_offer() {
    let after = |waited| kinds(&round(pool(vec![waiting(Acuity::High, waited, Channel::Phone)], vec![])));
    use TicketEventKind::{BackupOffered, SupervisorPaged, Widened};
    assert_eq!(after(9), []);
    assert_eq!(after(10), [Widened]);
    assert_eq!(after(30), [SupervisorPaged, Widened]);
    assert_eq!(after(60), [SupervisorPaged, Widened, BackupOffered]);

    let asked = held(waiting(Acuity::High, 70, Channel::Phone), TicketState::Offered, 1, vec![0, 1], 5);
    assert_eq!(kinds(&round(pool(vec![asked], vec![counselor(1)]))), [SupervisorPaged]);
    let free = round(pool(vec![waiting(Acuity::High, 70, Channel::Phone)], vec![counselor(1)]));
    assert_eq!(offers(&free).len(), 1, "somebody free goes before the backup line");
}

/// The pool after a round, as it would be read again.
fn after(pool: &PoolState, round: &Round) -> PoolState {
    let mut pool = pool.clone();
    for open in &mut pool.tickets {
        let Some(change) = round.changes.iter().find(|change| change.ticket.id == open.ticket.id) else { continue };
        open.ticket = change.ticket.clone();
        if let Some(made) = &change.made {
            open.slots = made.slots.iter().map(|number| Slot { number: *number, epoch: 1 }).collect();
            open.expires_at = Some(made.expires_at);
        }
    }
    pool
}

/// The order that is promised, said once more: an acuity counts one less for each so many seconds of the wait, but not
/// less than 3.
fn comes_before(one: &Ticket, other: &Ticket, age_after: i64) -> bool {
    let place = |ticket: &Ticket| {
        let (level, waited) = (i64::from(ticket.acuity.level()), (now() - ticket.queued_at).num_seconds());
        let aged = if age_after == 0 || level <= 3 { level } else { (level - waited / age_after).max(3) };
        (aged, ticket.queued_at, ticket.id)
    };
    place(one) < place(other)
}

fn taken(pool: &PoolState, id: &PersonId) -> Vec<(bool, i16)> {
    let slots = |open: &'_ OpenTicket| {
        let exclusive = open.is_exclusive();
        open.slots.iter().map(|slot| (exclusive, slot.number)).collect::<Vec<_>>()
    };
    in_hand(&pool.tickets, id).into_iter().flat_map(slots).collect()
}

proptest! {
    #[test]
    fn a_round_gives_no_slot_twice_asks_only_who_is_eligible_and_passes_over_nobody_riskier(
        tickets in prop::collection::vec(any_ticket(), 0..12), counselors in any_counselors(), age_after in 0_i64..30,
    ) {
        let mut before = pool(tickets, counselors);
        before.times.response.ageing = Ageing::after(seconds(age_after.unsigned_abs()));
        let decided = round(before.clone());
        let after = after(&before, &decided);

        for on_duty in &after.counselors {
            let taken = taken(&after, &on_duty.counselor.id);
            let mut slots: Vec<_> = taken.iter().map(|(_, slot)| *slot).collect();
            slots.sort_unstable();
            slots.dedup();
            prop_assert_eq!(slots.len(), taken.len(), "a slot was given twice");
            prop_assert!(slots.iter().all(|slot| *slot < on_duty.counselor.message_capacity));
            let exclusive = after.tickets.iter().filter(|open| {
                open.ticket.counselor.as_ref() == Some(&on_duty.counselor.id) && open.is_exclusive()
            });
            let all = after.tickets.iter().filter(|open| open.ticket.counselor.as_ref() == Some(&on_duty.counselor.id));
            let (exclusive, all) = (exclusive.count(), all.count());
            prop_assert!(exclusive == 0 || all == 1, "phone and video are exclusive");
        }

        for open in &after.tickets {
            let Some(asked) = &open.ticket.counselor else { continue };
            let on_duty = after.counselors.iter().find(|on_duty| on_duty.counselor.id == *asked).unwrap();
            prop_assert!(eligible(on_duty, open), "asked who is not eligible");
        }

        // Nobody who still waits could have had a counselor who went to somebody less risky.
        for waits in after.tickets.iter().filter(|open| open.ticket.offer.is_none()) {
            for on_duty in &after.counselors {
                let riskier: Vec<_> = after.tickets.iter()
                    .filter(|open| open.ticket.counselor.as_ref() == Some(&on_duty.counselor.id))
                    .filter(|open| comes_before(&open.ticket, &waits.ticket, age_after))
                    .collect();
                let slots = riskier.iter().flat_map(|open| open.slots.iter().map(|slot| (open.is_exclusive(), slot.number)));
                let slots: Vec<_> = slots.collect();
                let had_room = slots_for(&on_duty.counselor, waits.ticket.need.channel, &slots).is_some();
                let too_early = is_too_early(waits, riskier);
                prop_assert!(too_early || !(had_room && eligible(on_duty, waits)), "passed over");
            }
        }
    }

    #[test]
    fn a_round_is_settled_deciding_again_at_once_decides_nothing(
        tickets in prop::collection::vec(any_ticket(), 0..12), counselors in any_counselors(),
    ) {
        let before = pool(tickets, counselors);
        let mut after = after(&before, &round(before.clone()));
        let open = |state| !matches!(state, TicketState::HandedOff | TicketState::Withdrawn);
        after.tickets.retain(|ticket| open(ticket.ticket.state));
        after.counselors.retain(|on_duty| !on_duty.leaving);
        prop_assert!(round(after).changes.is_empty());
    }
}
