//! Races: an emergency is offered to several counselors at once, and whoever accepts first has it
//! ([`TicketKind::Race`], with the design in [`crate::domain::Beside`]'s module).
//!
//! # Invariants
//! - Who is asked by a race is left over: nobody in the queue could be served by them. As soon as somebody could, and by
//!   nobody free, the race gives way in the same round; and in the order of the queue, so that a less urgent caller does
//!   not take the room that it leaves.
//! - The contact's own ticket is OFFERED while a race for it is open. When whom it asked is gone and nobody is free, it
//!   goes on with the offer of a race.

use std::collections::BTreeSet;

use harborline_types::{Acuity, PersonId, TicketId};

use super::beside::beside_of;
use super::bits::Bits;
use super::choose::{choose, may_be_asked};
use super::explain::explain;
use super::seat::Seat;
use super::turn::{Holds, Turn};
use super::waiting::{may_ask_with_urgent_in_hand, requirements};
use super::{Considered, Pool, slots_for};
use crate::domain::{Beside, Requirements, Step, Target, Ticket, TicketKind, TicketState};

/// What is raced, and by what: nothing but of emergencies.
#[derive(Clone, Debug, Default)]
pub(super) struct Races {
    /// The contacts' own tickets that are offered, and for which others may be asked too.
    raced: BTreeSet<TicketId>,
    /// The races that are open.
    open: BTreeSet<TicketId>,
}

impl Races {
    /// Notes how a ticket stands now.
    pub(super) fn note(&mut self, ticket: &Ticket) {
        if ticket.acuity != Acuity::Emergency {
            return;
        }
        let among = match ticket.kind() {
            TicketKind::Answer => &mut self.raced,
            TicketKind::Race => &mut self.open,
            TicketKind::WarmTransfer | TicketKind::ColdTransfer | TicketKind::Conference => return,
        };
        if ticket.state == TicketState::Offered {
            among.insert(ticket.id);
        } else {
            among.remove(&ticket.id);
        }
    }
}

impl Pool {
    /// Asks others for the emergencies that somebody is asked for, from who is left over now that the queue was served.
    pub(super) fn race(&mut self, turn: &mut Turn, holds: &mut Holds) {
        let most = self.times.response.races();
        for own in self.races.raced.clone() {
            let mut asked = self.races_of(own).len();
            while asked < most && self.ask_another(turn, own, holds) {
                asked += 1;
            }
        }
    }

    /// Asks one more counselor for a contact. False when there is nobody.
    fn ask_another(&mut self, turn: &mut Turn, own: TicketId, holds: &mut Holds) -> bool {
        self.note_within(own);
        let Some(open) = self.tickets.get(&own) else { return false };
        let Some(position) = choose(&self.seats, open, &self.times, turn.now) else { return false };
        let considered = explain(&self.seats, open);
        let beside = Beside { kind: TicketKind::Race, of: own, by: None, target: Target::Skilled, why: None };
        let id = TicketId::new();
        let race = beside_of(&open.ticket, id, None, beside, turn.now);
        let race = Ticket { preferred: open.ticket.preferred.clone(), ..race };
        self.enter(turn, race);
        self.offer(turn, id, position, holds);
        turn.considered.insert(id, Considered { ticket: id, ..considered });
        true
    }

    /// The open races for the contact of this ticket, the oldest first.
    fn races_of(&self, own: TicketId) -> Vec<TicketId> {
        if self.races.open.is_empty() {
            return Vec::new();
        }
        let contact = self.tickets.get(&own).map(|open| open.ticket.contact);
        let besides = contact.map(|contact| self.besides(contact)).unwrap_or_default();
        besides.into_iter().filter(|id| self.races.open.contains(id)).collect()
    }

    /// A counselor takes the contact that they are asked for by this race: its own ticket takes its offer back, goes on
    /// with theirs, and is accepted. False when the contact is somebody's already, or has ended.
    pub(super) fn win(&mut self, turn: &mut Turn, race: TicketId) -> bool {
        let Some(own) = self.tickets.get(&race).and_then(|open| open.ticket.raced()) else { return false };
        self.take(turn, own, Step::TakeBack);
        self.pass_on(turn, race).is_some() && self.take(turn, own, Step::Accept)
    }

    /// The contact's own ticket, which waits, goes on with the offer of a race. None when that is not so.
    fn pass_on(&mut self, turn: &mut Turn, race: TicketId) -> Option<()> {
        let open = self.tickets.get(&race).filter(|_| self.races.open.contains(&race))?;
        let (own, counselor, offer) = (open.ticket.raced()?, open.ticket.counselor.clone()?, open.ticket.offer?);
        if !self.take(turn, own, Step::Adopt { counselor: counselor.clone(), offer }) {
            return None;
        }
        self.take(turn, race, Step::PassOn);
        let open = self.tickets.get_mut(&race)?;
        let (slots, expires_at) = (std::mem::take(&mut open.slots), open.expires_at.take());
        let open = self.tickets.get_mut(&own)?;
        (open.slots, open.expires_at) = (slots, expires_at);
        self.seats.change(&counselor, |seat| {
            seat.held.iter_mut().filter(|held| held.ticket == race).for_each(|held| held.ticket = own);
        });
        self.offers.insert(offer, own);
        Some(())
    }

    /// Contacts that wait, though others are asked for them still, go on with the offer of one of those.
    pub(super) fn keep_asking(&mut self, turn: &mut Turn) {
        for race in self.races.open.clone() {
            self.pass_on(turn, race);
        }
    }

    /// Who could be asked by these requirements if the races that they are asked in gave way; perhaps also with an urgent
    /// contact in hand.
    pub(super) fn yielding(&self, asked: &Requirements<'_>, urgent_in_hand_too: bool) -> Bits {
        let is_race = |ticket: TicketId| self.races.open.contains(&ticket);
        let mut yielding = Bits::default();
        for race in &self.races.open {
            let counselor = self.tickets.get(race).and_then(|open| open.ticket.counselor.as_ref());
            let Some(position) = counselor.and_then(|id| self.seats.position(id)) else { continue };
            let has_room = |seat: &Seat| {
                slots_for(&seat.on_duty.counselor, asked.channel, &seat.taken_apart_from(is_race)).is_some()
                    && (urgent_in_hand_too || !seat.has_urgent_apart_from(is_race))
            };
            yielding.set(position, self.seats.at(position).is_some_and(has_room));
        }
        if !yielding.is_empty() {
            yielding.and(&self.seats.able(asked));
        }
        yielding
    }

    /// Makes room for a ticket that nobody free can take, and says where. A contact that is raced goes on with its race.
    pub(super) fn give_way(&mut self, turn: &mut Turn, id: TicketId) -> Option<usize> {
        if let Some(race) = self.races_of(id).first() {
            self.pass_on(turn, *race);
            return None;
        }
        let open = self.tickets.get(&id)?;
        let urgent_in_hand_too = may_ask_with_urgent_in_hand(&open.ticket);
        let yielding = self.yielding(&requirements(&open.ticket), urgent_in_hand_too);
        let spared = self.seats.spared(open.ticket.acuity);
        let is_race = |ticket: TicketId| self.races.open.contains(&ticket);
        let [fresh, asked_before] = may_be_asked(&self.seats, open, yielding);
        let all = fresh.iter().map(|position| (false, position));
        let all = all.chain(asked_before.iter().map(|position| (true, position)));
        let order = |(was_silent, position): &(bool, usize)| {
            let urgent = self.seats.at(*position).is_some_and(|seat| seat.has_urgent_apart_from(is_race));
            let order = self.seats.order_apart_from(*position, is_race);
            (urgent, *was_silent, spared.contains(*position), order)
        };
        let (_, position) = all.min_by_key(order)?;
        let channel = open.ticket.need.channel;
        self.clear(turn, position, |seat| {
            slots_for(&seat.on_duty.counselor, channel, &seat.taken()).is_some()
                && (urgent_in_hand_too || !seat.has_urgent_apart_from(|_| false))
        });
        Some(position)
    }

    /// Takes the races back in which somebody is asked, the last first, until there is room.
    fn clear(&mut self, turn: &mut Turn, position: usize, has_room: impl Fn(&Seat) -> bool) {
        while let Some(seat) = self.seats.at(position).filter(|seat| !has_room(seat)) {
            let race = seat.held.iter().rev().map(|held| held.ticket).find(|id| self.races.open.contains(id));
            if !race.is_some_and(|race| self.take(turn, race, Step::TakeBack)) {
                return;
            }
        }
    }

    /// Who is asked for the contact of this ticket, by itself or by a race.
    pub(super) fn asked_for(&self, own: TicketId) -> Vec<PersonId> {
        let asked = self.races_of(own).into_iter().chain([own]).filter_map(|id| self.tickets.get(&id));
        let asked = asked.filter(|open| open.ticket.state == TicketState::Offered);
        asked.filter_map(|open| open.ticket.counselor.clone()).collect()
    }
}
