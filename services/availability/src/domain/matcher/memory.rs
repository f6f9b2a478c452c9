//! The pool as its matcher keeps it between rounds.
//!
//! # Invariants
//! - It is what the database would show: every change is in the statement of the same round, and a statement that failed
//!   costs the whole memory, which is then read again.
//! - A ticket is in a line of [`Waiting`] exactly while it is QUEUED; a seat holds a slot exactly while the ticket's
//!   offer is open, accepted, or in wrap-up.

use std::collections::{BTreeSet, HashMap, HashSet};

use harborline_types::{ContactId, OfferId, Person, PersonId, TicketId, Timestamp};
use uuid::Uuid;

use super::race::Races;
use super::seat::{Held, Seat};
use super::seats::Seats;
use super::waiting::Waiting;
use super::{Command, OnDuty, OpenTicket, PoolState, Times};
use crate::domain::{BreakReason, CounselorState, HeldTicket, Ticket, TicketState};

/// A pool: who is on duty, who waits, and when something runs out.
#[derive(Clone, Debug)]
pub struct Pool {
    pub(super) seats: Seats,
    pub(super) tickets: HashMap<TicketId, OpenTicket>,
    /// The ticket that answers each contact.
    pub(super) contacts: HashMap<ContactId, TicketId>,
    /// Tickets beside those, of the few contacts that have any.
    pub(super) beside: HashMap<ContactId, BTreeSet<TicketId>>,
    /// Offers that are open, accepted, or in wrap-up.
    pub(super) offers: HashMap<OfferId, TicketId>,
    pub(super) waiting: Waiting,
    pub(super) races: Races,
    /// When something runs out for a ticket.
    pub(super) alarms: BTreeSet<(Timestamp, TicketId)>,
    armed: HashMap<TicketId, Timestamp>,
    /// When the grace of a broken stream is over, counted from its beginning: the grace itself may change.
    pub(super) broken: BTreeSet<(Timestamp, PersonId)>,
    pub(super) replicas: HashMap<Uuid, Replica>,
    pub(super) times: Times,
    /// Who may have gone off duty; looked at in the next round.
    pub(super) leaving: BTreeSet<PersonId>,
    /// Tickets to look at in the next round, though nothing runs out for them.
    pub(super) look_at: BTreeSet<TicketId>,
}

/// A replica that holds Attend streams.
#[derive(Clone, Debug)]
pub(super) struct Replica {
    pub(super) heard: Timestamp,
    pub(super) is_silent: bool,
    pub(super) seats: HashSet<PersonId>,
}

impl Pool {
    /// The memory of a pool that was read just now.
    pub fn load(state: PoolState) -> Self {
        let mut pool = Self {
            seats: Seats::empty(state.times.fatigue.clone()),
            tickets: HashMap::new(),
            contacts: HashMap::new(),
            beside: HashMap::new(),
            offers: HashMap::new(),
            waiting: Waiting::empty(state.times.response.ageing),
            races: Races::default(),
            alarms: BTreeSet::new(),
            armed: HashMap::new(),
            broken: BTreeSet::new(),
            replicas: HashMap::new(),
            times: state.times,
            leaving: BTreeSet::new(),
            look_at: BTreeSet::new(),
        };
        for (replica, heard) in state.replicas {
            pool.replicas.insert(replica, Replica { heard, is_silent: false, seats: HashSet::new() });
        }
        for on_duty in state.counselors {
            pool.on_duty(on_duty, state.today);
        }
        for open in state.tickets {
            pool.add(open);
        }
        pool
    }

    /// Whether nobody waits and nobody is on duty.
    pub fn is_idle(&self) -> bool {
        self.tickets.is_empty() && self.seats.len() == 0
    }

    /// The pool's times are these from now on.
    pub fn set_times(&mut self, times: Times) {
        if self.times != times {
            self.seats.set_fatigue(times.fatigue.clone());
            self.waiting.set_ageing(times.response.ageing);
            self.times = times;
            self.look_at.extend(self.tickets.keys());
        }
    }

    /// Who is supervisor on call from now on; none was named.
    pub fn set_on_call(&mut self, supervisor: Option<PersonId>) {
        self.seats.on_call = supervisor;
    }

    /// A counselor is on duty like this: seated, or seated anew. What they hold, the epochs that they hold it in, and
    /// what the day has been are as they were.
    pub fn on_duty(&mut self, mut on_duty: OnDuty, today: Timestamp) {
        let id = on_duty.counselor.id.clone();
        let before = self.forget_streams(&id);
        let held = before.map(|seat| {
            on_duty.epochs = seat.on_duty.epochs;
            on_duty.strain = seat.on_duty.strain;
            seat.held
        });
        for replica in on_duty.streams.values() {
            if let Some(replica) = self.replicas.get_mut(replica) {
                replica.seats.insert(id.clone());
            }
        }
        let broken_since = self.broken_since(&on_duty);
        self.broken.extend(broken_since.map(|since| (since, id.clone())));
        if on_duty.leaving {
            self.leaving.insert(id);
        }
        self.seats.put(Seat { on_duty, broken_since, held: held.unwrap_or_default() }, today);
    }

    /// A counselor is off duty, or was never on; what is on record says so.
    pub fn off_duty(&mut self, id: &PersonId, today: Timestamp) {
        self.forget_streams(id);
        if let Some(seat) = self.seats.remove(id, today) {
            self.look_at.extend(seat.held.iter().map(|held| held.ticket));
        }
    }

    fn forget_streams(&mut self, id: &PersonId) -> Option<Seat> {
        let seat = self.seats.get(id)?.clone();
        for replica in seat.on_duty.streams.values() {
            if let Some(replica) = self.replicas.get_mut(replica) {
                replica.seats.remove(id);
            }
        }
        if let Some(since) = seat.broken_since {
            self.broken.remove(&(since, id.clone()));
        }
        Some(seat)
    }

    /// One of a counselor's streams is broken since this real instant.
    pub fn stream_broke(&mut self, id: &PersonId, session: Uuid, now: Timestamp) {
        let left = self.seats.change(id, |seat| {
            let replica = seat.on_duty.streams.remove(&session)?;
            seat.on_duty.disconnected_at = Some(now);
            let holds_another = seat.on_duty.streams.values().any(|other| *other == replica);
            Some((replica, holds_another))
        });
        let Some((replica, holds_another)) = left.flatten() else { return };
        if let Some(replica) = self.replicas.get_mut(&replica).filter(|_| !holds_another) {
            replica.seats.remove(id);
        }
        self.hear_again(id);
    }

    /// Since when nobody hears this counselor: the last stream broke, or the replica that holds it has fallen silent.
    fn broken_since(&self, on_duty: &OnDuty) -> Option<Timestamp> {
        let mut since = on_duty.disconnected_at;
        for replica in on_duty.streams.values() {
            let silent = self.replicas.get(replica).filter(|replica| replica.is_silent)?;
            since = since.max(Some(silent.heard));
        }
        since
    }

    /// Looks whether this counselor is heard, after a stream or a replica has changed.
    pub(super) fn hear_again(&mut self, id: &PersonId) {
        let Some(since) = self.seats.get(id).map(|seat| self.broken_since(&seat.on_duty)) else { return };
        let before = self.seats.change(id, |seat| std::mem::replace(&mut seat.broken_since, since)).flatten();
        if let Some(before) = before {
            self.broken.remove(&(before, id.clone()));
        }
        self.broken.extend(since.map(|since| (since, id.clone())));
    }

    /// A replica was heard at this real instant.
    pub fn heard(&mut self, replica: Uuid, at: Timestamp) {
        let fresh = || Replica { heard: at, is_silent: false, seats: HashSet::new() };
        let known = self.replicas.entry(replica).or_insert_with(fresh);
        known.heard = known.heard.max(at);
    }

    /// Counselors whom commands are about and who are not seated: perhaps their stream is only just open.
    pub fn strangers(&self, commands: &[Command]) -> Vec<PersonId> {
        let about = commands.iter().filter_map(|command| match command {
            Command::SetBreak(id, _) | Command::LeaveShift(id) => Some(id),
            _ => None,
        });
        about.filter(|id| self.seats.get(id).is_none()).cloned().collect()
    }

    /// Whether this contact's ticket is open.
    pub fn has_contact(&self, contact: ContactId) -> bool {
        self.contacts.contains_key(&contact)
    }

    /// Whether this offer is open, accepted, or in wrap-up.
    pub fn has_offer(&self, offer: OfferId) -> bool {
        self.offers.contains_key(&offer)
    }

    /// The state of a counselor on duty, as the counselor is shown it.
    pub fn counselor_state(&self, id: &PersonId) -> Option<CounselorState> {
        let seat = self.seats.get(id)?;
        let tickets: BTreeSet<TicketId> = seat.held.iter().map(|held| held.ticket).collect();
        let open = tickets.iter().filter_map(|ticket| self.tickets.get(ticket));
        let held = open.map(|open| HeldTicket { ticket: open.ticket.clone(), expires_at: open.expires_at });
        let mut held: Vec<HeldTicket> = held.collect();
        held.sort_by_key(|one| one.ticket.offer);
        let contacts = held.iter().filter_map(|one| one.ticket.answered_contact());
        let transfers = contacts.flat_map(|contact| self.transfers_of(contact)).collect();
        let streams = seat.on_duty.streams.keys().copied().collect();
        let on_break = BreakReason::of(seat.on_duty.on_break, seat.on_duty.silent_count);
        let connected = seat.broken_since.is_none();
        Some(CounselorState { streams, connected, on_break, held, transfers })
    }

    /// A counselor on duty, as records name them.
    pub fn person(&self, id: &PersonId) -> Option<Person> {
        let counselor = &self.seats.get(id)?.on_duty.counselor;
        Some(Person { id: counselor.id.clone(), name: counselor.name.clone() })
    }

    /// The replicas that hold a counselor's streams; none of who is off duty.
    pub fn replicas_of(&self, id: &PersonId) -> Option<BTreeSet<Uuid>> {
        Some(self.seats.get(id)?.on_duty.streams.values().copied().collect())
    }

    /// Everybody of whom a replica holds a stream; who has several is named once for each.
    pub fn seated(&self) -> impl Iterator<Item = &PersonId> {
        self.replicas.values().flat_map(|replica| &replica.seats)
    }

    /// Takes an open ticket in.
    pub(super) fn add(&mut self, open: OpenTicket) {
        let ticket = &open.ticket;
        let id = ticket.id;
        if ticket.beside.is_some() {
            self.beside.entry(ticket.contact).or_default().insert(id);
        } else {
            self.contacts.insert(ticket.contact, id);
        }
        self.offers.extend(ticket.offer.map(|offer| (offer, id)));
        if ticket.state == TicketState::Queued && !ticket.is_held() {
            self.waiting.put(ticket);
        }
        self.races.note(ticket);
        if let Some(counselor) = &ticket.counselor {
            let (exclusive, urgent) = (open.is_exclusive(), ticket.acuity.is_urgent());
            let held = open.slots.iter().map(|slot| Held { exclusive, slot: *slot, ticket: id, urgent });
            let held: Vec<Held> = held.collect();
            self.seats.change(counselor, |seat| seat.held.extend(held));
        }
        self.look_at.insert(id);
        self.tickets.insert(id, open);
    }

    /// Lets go of a ticket that is not open any more.
    pub(super) fn drop_closed(&mut self, id: TicketId) {
        let Some(open) = self.tickets.get(&id).filter(|open| !is_open(&open.ticket)) else { return };
        let contact = open.ticket.contact;
        if open.ticket.beside.is_none() {
            self.contacts.remove(&contact);
        } else if let Some(besides) = self.beside.get_mut(&contact) {
            besides.remove(&id);
            if besides.is_empty() {
                self.beside.remove(&contact);
            }
        }
        self.waiting.remove(id);
        self.arm(id, None);
        self.tickets.remove(&id);
    }

    /// Sets when something runs out next for a ticket.
    pub(super) fn arm(&mut self, id: TicketId, at: Option<Timestamp>) {
        if let Some(before) = self.armed.remove(&id) {
            self.alarms.remove(&(before, id));
        }
        if let Some(at) = at {
            self.armed.insert(id, at);
            self.alarms.insert((at, id));
        }
    }

    /// When something runs out next for a ticket, after `now`.
    pub(super) fn next_alarm(&self, open: &OpenTicket, now: Timestamp) -> Option<Timestamp> {
        let (since, times) = (open.ticket.waiting_since, &self.times.response);
        if !matches!(open.ticket.state, TicketState::Queued | TicketState::Offered) || open.ticket.is_held() {
            return None;
        }
        let offer = open.expires_at.filter(|_| open.ticket.state == TicketState::Offered);
        if open.ticket.raced().is_some() {
            // It does not wait: its contact does.
            return offer;
        }
        let backup = open.ticket.may_be_offered_backup().then_some(&times.backup_after);
        let told = [&times.page_after].into_iter().chain(backup);
        let waits = times.widen_after.iter().chain(told).map(|wait| since + *wait);
        waits.chain(offer).filter(|instant| *instant > now).min()
    }

    /// When a round would decide something, if nothing changes before.
    pub(super) fn next(&self) -> Option<Timestamp> {
        let silence = self.times.silence;
        let listening = self.replicas.values().filter(|replica| !replica.is_silent && !replica.seats.is_empty());
        let silent_at = listening.map(|replica| replica.heard + silence).min();
        let grace = self.broken.first().map(|(since, _)| *since + self.times.response.presence_grace);
        [self.alarms.first().map(|(at, _)| *at), grace, silent_at].into_iter().flatten().min()
    }
}

/// Whether a ticket waits or holds slots.
fn is_open(ticket: &Ticket) -> bool {
    matches!(ticket.state, TicketState::Queued | TicketState::Offered | TicketState::Assigned) || ticket.offer.is_some()
}
