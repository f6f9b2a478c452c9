//! A pool through many rounds, beside a ledger that takes down what each of them writes.

use std::collections::{BTreeMap, HashSet};

use super::looks::{look_at_races, look_at_what_is_beside};
use super::*;
use crate::domain::{AskedFor, Event, NewOffer, Target, TicketKind};

/// What a database would hold.
#[derive(Clone)]
pub(super) struct Ledger {
    pub(super) counselors: BTreeMap<PersonId, OnDuty>,
    pub(super) tickets: BTreeMap<TicketId, OpenTicket>,
    /// What the holders of slots hold, in which epoch.
    held: BTreeMap<(PersonId, i16), (i32, OfferId)>,
    pub(super) times: Times,
    /// The offers that were made, each for a ticket.
    made: BTreeMap<OfferId, (TicketId, NewOffer)>,
}

impl Ledger {
    /// Takes a round down, as the keys of the database would let it.
    fn write(&mut self, round: &Round, now: Timestamp) {
        for (counselor, slot, strain) in &round.releases {
            let (epoch, _) =
                self.held.remove(&(counselor.clone(), slot.number)).expect("only what was held is released");
            assert_eq!(epoch, slot.epoch);
            assert!(round.concerned().contains(counselor), "wallboards read again the counselor whose slot is free");
            if let Some(on_duty) = self.counselors.get_mut(counselor) {
                on_duty.idle_since = now;
                // None of who goes off duty in the same round.
                if let Some(Strain { urgent_in_a_row, urgent_ended_at, .. }) = *strain {
                    on_duty.strain = Strain { urgent_in_a_row, urgent_ended_at, ..on_duty.strain };
                }
            }
        }
        for (counselor, slot, offer) in &round.holds {
            let before = self.held.insert((counselor.clone(), slot.number), (slot.epoch, *offer));
            assert!(before.is_none(), "a slot was given while it was held");
            let epochs = &mut self.counselors.get_mut(counselor).expect("who is asked is on duty").epochs;
            let index = slot.number as usize;
            epochs.resize(epochs.len().max(index + 1), 0);
            assert_eq!(epochs[index] + 1, slot.epoch, "each epoch once, and in order");
            epochs[index] = slot.epoch;
        }
        for change in &round.changes {
            let id = change.ticket.id;
            if change.is_entry() {
                assert!(self.tickets.insert(id, OpenTicket::new(change.ticket.clone())).is_none());
            }
            let open = self.tickets.get_mut(&id).expect("a change of a ticket that is there");
            assert_eq!(open.ticket.steps.min(change.steps_read), change.steps_read, "decided on the newest");
            let before = open.ticket.offer;
            open.ticket = change.ticket.clone();
            self.made.extend(change.made.iter().map(|made| (made.id, (id, made.clone()))));
            open.expires_at = open.ticket.offer.and_then(|offer| Some(self.made.get(&offer)?.1.expires_at));
            let of_offer = self.held.iter().filter(|(_, (_, offer))| Some(*offer) == open.ticket.offer);
            open.slots = of_offer.map(|((_, number), (epoch, _))| Slot { number: *number, epoch: *epoch }).collect();
            // A transfer moves the offers of two tickets, and who wins a race has it from another one.
            let goes_over =
                |event: &Event| matches!(event.kind, TicketEventKind::Transferred | TicketEventKind::Offered);
            let may_move = change.events.iter().any(goes_over);
            assert!(change.moved.iter().all(|(offer, _)| may_move || before == Some(*offer)));
            change.moved.iter().for_each(|(offer, state)| self.note(*offer, *state));
        }
        for day in &round.presences {
            if let Some(on_duty) = self.counselors.get_mut(&day.counselor) {
                (on_duty.on_break, on_duty.leaving) = (day.on_break, day.leaving);
                on_duty.silent_count = day.silent_count;
                if on_duty.strain.rested_at != day.rested_at {
                    // A release before the break tells nothing of the row any more; one of the same round was after it.
                    let told = round.releases.iter().any(|(who, ..)| *who == day.counselor);
                    let urgent_in_a_row = if told { on_duty.strain.urgent_in_a_row } else { 0 };
                    on_duty.strain = Strain { rested_at: day.rested_at, urgent_in_a_row, ..on_duty.strain };
                }
            }
        }
        round.ended.iter().for_each(|(id, _)| {
            self.counselors.remove(id).expect("ends once");
        });
    }

    /// Notes how an offer ended, for the contact's own ticket also of a race for it.
    fn note(&mut self, offer: OfferId, state: OfferState) {
        let (ticket, made) = &self.made[&offer];
        let own = self.tickets[ticket].ticket.raced().unwrap_or(*ticket);
        self.tickets.get_mut(&own).unwrap().note(&made.counselor, state);
    }

    pub(super) fn is_open(open: &OpenTicket) -> bool {
        use TicketState::{Assigned, Offered, Queued};
        matches!(open.ticket.state, Queued | Offered | Assigned) || open.ticket.offer.is_some()
    }

    /// The pool as a new matcher would read it.
    fn read(&self, now: Timestamp) -> Pool {
        let mut pool = Pool::load(PoolState {
            tickets: self.tickets.values().filter(|open| Self::is_open(open)).cloned().collect(),
            counselors: self.counselors.values().cloned().collect(),
            replicas: HashMap::from([(Uuid::nil(), now)]),
            times: self.times.clone(),
            today: now,
        });
        // As its first round begins: before it nobody has told it the time.
        pool.waiting.advance(now);
        pool
    }
}

/// Everything that decisions are made from, in an order of its own.
fn shown(pool: &Pool) -> String {
    let mut tickets: Vec<_> = pool.tickets.values().cloned().collect();
    tickets.sort_by_key(|open| open.ticket.id);
    for open in &mut tickets {
        // Noted when it is looked at.
        open.within.clear();
        open.declined.sort();
        open.silent.sort();
        open.slots.sort_by_key(|slot| slot.number);
    }
    let mut seats: Vec<_> = pool.seats.all.iter().filter_map(|position| pool.seats.at(position)).cloned().collect();
    seats.sort_by_key(|seat| seat.on_duty.counselor.id.clone());
    for seat in &mut seats {
        seat.held.sort_by_key(|held| held.slot.number);
        seat.on_duty.epochs.resize(8, 0);
    }
    let lines: Vec<_> = pool.waiting.heads().map(|(asked, place)| (asked.clone(), place)).collect();
    let places = pool.waiting.places();
    // Which ticket each contact, and each offer, is found by.
    let contacts: BTreeMap<_, _> = pool.contacts.iter().collect();
    let beside: BTreeMap<_, _> = pool.beside.iter().collect();
    let offers: BTreeMap<_, _> = pool.offers.iter().collect();
    let found = format!("{contacts:?} {beside:?} {offers:?} {:?}", pool.races);
    format!("{tickets:#?} {seats:#?} {lines:#?} {places:?} {found}")
}

/// What somebody does next; the numbers choose among what is there.
#[derive(Clone, Debug)]
enum Move {
    Call(u8, usize, bool),
    Raise(usize, u8),
    Leave(usize, CallerGone),
    Answer(usize, u8),
    Release(usize),
    WrapUp(usize),
    AskIn(usize, u8, usize),
    Complete(usize),
    Cancel(usize),
    LeaveConference(usize),
    Break(usize, bool),
    GoHome(usize),
    Break2(usize),
    Pass(u16),
    NewMatcher,
}

fn any_move() -> impl Strategy<Value = Move> {
    prop_oneof![
        // Every second one an emergency.
        4 => (-3_i8..=5, 0_usize..3, any::<bool>()).prop_map(|(level, channel, spanish)| {
            Move::Call(u8::try_from(level.max(1)).unwrap_or(1), channel, spanish)
        }),
        1 => (any::<usize>(), 1_u8..=5).prop_map(|(which, level)| Move::Raise(which, level)),
        1 => (any::<usize>(), prop_oneof![Just(CallerGone::Left), Just(CallerGone::ToBackup)])
            .prop_map(|(which, gone)| Move::Leave(which, gone)),
        5 => (any::<usize>(), any::<u8>()).prop_map(|(which, how)| Move::Answer(which, how)),
        3 => any::<usize>().prop_map(Move::Release),
        3 => any::<usize>().prop_map(Move::WrapUp),
        3 => (any::<usize>(), any::<u8>(), 0_usize..4).prop_map(|(which, how, who)| Move::AskIn(which, how, who)),
        2 => any::<usize>().prop_map(Move::Complete),
        1 => any::<usize>().prop_map(Move::Cancel),
        1 => any::<usize>().prop_map(Move::LeaveConference),
        1 => (any::<usize>(), any::<bool>()).prop_map(|(who, on)| Move::Break(who, on)),
        1 => any::<usize>().prop_map(Move::GoHome),
        1 => any::<usize>().prop_map(Move::Break2),
        2 => (0_u16..15_000).prop_map(Move::Pass),
        1 => Just(Move::NewMatcher),
    ]
}

fn pick<T>(all: &[T], which: usize) -> Option<&T> {
    all.get(which.checked_rem(all.len())?)
}

/// Who has a contact.
fn has(ledger: &Ledger, contact: ContactId) -> Option<PersonId> {
    let own = |open: &&OpenTicket| open.ticket.contact == contact && open.ticket.beside.is_none();
    ledger.tickets.values().find(own)?.ticket.counselor.clone()
}

/// The command of a move, about what the ledger holds.
fn command(ledger: &Ledger, step: &Move) -> Option<Command> {
    let open: Vec<&OpenTicket> = ledger.tickets.values().filter(|open| Ledger::is_open(open)).collect();
    let in_state = |state| open.iter().filter(|open| open.ticket.state == state).copied().collect::<Vec<_>>();
    let people: Vec<&PersonId> = ledger.counselors.keys().collect();
    Some(match step {
        Move::Call(level, channel, spanish) => {
            let OpenTicket { ticket, .. } = waiting(Acuity::from_level(*level)?, 0, Channel::ALL[*channel]);
            let language = if *spanish { "es" } else { "en" }.to_owned();
            let need = Need { language, ..ticket.need };
            let (contact, acuity) = (ticket.contact, ticket.acuity);
            Command::Request(Wanted {
                ticket: ticket.id,
                contact,
                acuity,
                need,
                preferred: Some(person(0)),
                outbound: false,
                waited_before: Duration::ZERO,
            })
        }
        Move::Raise(which, level) => {
            Command::Raise(pick(&open, *which)?.ticket.contact, Acuity::from_level(*level)?, None)
        }
        Move::Leave(which, gone) => Command::Withdraw(pick(&open, *which)?.ticket.contact, *gone),
        Move::Answer(which, how) => {
            let ticket = &pick(&in_state(TicketState::Offered), *which)?.ticket;
            let (offer, counselor) = (ticket.offer?, ticket.counselor.clone()?);
            if how % 4 > 0 {
                Command::Accept(offer, counselor)
            } else {
                let reason = if *how > 200 { DeclineReason::NeedsBreak } else { DeclineReason::Conflict };
                Command::Decline(offer, counselor, reason)
            }
        }
        Move::Release(which) => Command::Release(pick(&in_state(TicketState::Assigned), *which)?.ticket.contact),
        Move::WrapUp(which) => {
            // Also before the conversation is over.
            let answered = in_state(TicketState::Assigned).into_iter().filter(|open| open.ticket.beside.is_none());
            let in_hand: Vec<_> = in_state(TicketState::Released).into_iter().chain(answered).collect();
            let ticket = &pick(&in_hand, *which)?.ticket;
            Command::FinishWrapUp(ticket.contact, ticket.counselor.clone()?)
        }
        Move::AskIn(which, how, who) => {
            let ticket = &pick(&in_state(TicketState::Assigned), *which)?.ticket;
            let kinds = [TicketKind::WarmTransfer, TicketKind::ColdTransfer, TicketKind::Conference];
            let target = match how % 4 {
                0 => Target::Person(person(*who)),
                1 => Target::SupervisorOnCall,
                _ => Target::Skilled,
            };
            Command::AskIn(AskedIn {
                ticket: TicketId::new(),
                contact: ticket.contact,
                by: ticket.counselor.clone()?,
                kind: kinds[usize::from(*how) % 3],
                target,
                need: None,
                why: AskedFor::Skill,
            })
        }
        Move::Complete(which) => {
            let joined = in_state(TicketState::Assigned);
            let joined: Vec<_> = joined.into_iter().filter(|open| open.ticket.kind().is_transfer()).collect();
            let contact = pick(&joined, *which)?.ticket.contact;
            Command::CompleteTransfer(contact, has(ledger, contact)?)
        }
        Move::Cancel(which) => {
            let contact = pick(&open, *which)?.ticket.contact;
            Command::CancelTransfer(contact, has(ledger, contact)?)
        }
        Move::LeaveConference(which) => {
            let ticket = &pick(&in_state(TicketState::Assigned), *which)?.ticket;
            Command::LeaveConference(ticket.contact, ticket.counselor.clone()?)
        }
        Move::Break(who, on) => Command::SetBreak((*pick(&people, *who)?).clone(), *on),
        Move::GoHome(who) => Command::LeaveShift((*pick(&people, *who)?).clone()),
        Move::Break2(_) | Move::Pass(_) | Move::NewMatcher => return None,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]
    #[test]
    fn through_any_day_nobody_is_lost_no_slot_is_given_twice_and_memory_is_what_the_ledger_shows(
        counselors in any_counselors(), age_after in 0_u64..30, emergency_offers in 1_i16..=4,
        moves in prop::collection::vec(prop::collection::vec(any_move(), 1..4), 1..40),
    ) {
        let mut start = pool(vec![], counselors);
        start.times.response.ageing = Ageing::after(seconds(age_after));
        let counselors = start.counselors.iter().map(|one| (one.counselor.id.clone(), one.clone())).collect();
        start.times.response.emergency_offers = emergency_offers;
        let mut ledger =
            Ledger { counselors, tickets: BTreeMap::new(), held: BTreeMap::new(), times: start.times.clone(), made: BTreeMap::new() };
        let mut now = now();
        let mut memory = Pool::load(start);
        memory.set_on_call(Some(person(1)));
        for batch in moves {
            let commands: Vec<Command> = batch.iter().filter_map(|step| command(&ledger, step)).collect();
            for step in &batch {
                match step {
                    Move::Pass(millis) => now += TimeDelta::milliseconds(i64::from(*millis)),
                    Move::NewMatcher => {
                        memory = ledger.read(now);
                        memory.set_on_call(Some(person(1)));
                    }
                    Move::Break2(who) => {
                        let people: Vec<_> = ledger.counselors.keys().cloned().collect();
                        if let Some(id) = pick(&people, *who) {
                            let on_duty = ledger.counselors.get_mut(id).unwrap();
                            if on_duty.streams.is_empty() {
                                on_duty.streams = BTreeMap::from([(Uuid::nil(), Uuid::nil())]);
                                on_duty.disconnected_at = None;
                            } else {
                                on_duty.streams.clear();
                                on_duty.disconnected_at = Some(now);
                            }
                            memory.on_duty(on_duty.clone(), now);
                        }
                    }
                    _ => {}
                }
            }
            now += TimeDelta::milliseconds(1);
            memory.heard(Uuid::nil(), now);
            let waited: Vec<TicketId> = ledger.tickets.values()
                .filter(|open| matches!(open.ticket.state, TicketState::Queued | TicketState::Offered))
                .map(|open| open.ticket.id).collect();
            let past = Past::default();
            let round = memory.round(&commands, &past, now, now);
            ledger.write(&round, now);

            for id in waited {
                let ticket = &ledger.tickets[&id].ticket;
                let left = |command: &Command| command.contact() == Some(ticket.contact);
                if let Some(beside) = &ticket.beside {
                    prop_assert!(ticket.state != TicketState::HandedOff);
                    let of = ledger.tickets[&beside.of].ticket.state;
                    // A race ends whenever its offer does.
                    let may_end =
                        of != TicketState::Assigned || ticket.raced().is_some() || commands.iter().any(left);
                    prop_assert!(ticket.state != TicketState::Withdrawn || may_end, "ended by itself");
                    continue;
                }
                match ticket.state {
                    TicketState::Withdrawn => prop_assert!(commands.iter().any(left), "left the queue by itself"),
                    TicketState::HandedOff => prop_assert!(commands.iter().any(left), "handed off by itself"),
                    _ => {}
                }
            }
            let holders: HashSet<OfferId> = ledger.held.values().map(|(_, offer)| *offer).collect();
            let holding: HashSet<OfferId> = ledger.tickets.values().filter_map(|open| open.ticket.offer).collect();
            prop_assert_eq!(holders, holding, "slots are held for offers, and for nothing else");
            for open in ledger.tickets.values().filter(|open| open.ticket.offer.is_some()) {
                let counselor = open.ticket.counselor.as_ref().unwrap();
                prop_assert!(ledger.counselors.contains_key(counselor), "held by who is gone");
            }
            look_at_what_is_beside(&ledger);
            look_at_races(&ledger);
            prop_assert_eq!(shown(&memory), shown(&ledger.read(now)));
            prop_assert!(memory.next().is_none_or(|next| next > now), "what is due is done");
        }
    }
}
