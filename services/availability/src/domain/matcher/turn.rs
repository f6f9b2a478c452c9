//! What one round has decided so far.

use std::collections::{BTreeSet, HashMap};

use harborline_types::{Acuity, OfferId, PersonId, TicketId, Timestamp};
use uuid::Uuid;

use super::{Considered, OpenTicket, Pool, Slot};
use crate::domain::{Change, OfferState, Step, Ticket, TicketState};

/// Slots that are held for the offers that are made.
pub(super) type Holds = Vec<(PersonId, Slot, OfferId)>;

/// A round in the making.
pub(super) struct Turn {
    /// Real time, by the database's clock.
    pub(super) now: Timestamp,
    /// Now on the domain's clock.
    pub(super) today: Timestamp,
    pub(super) changes: HashMap<TicketId, Change>,
    /// Tickets for which something may have run out, or that changed.
    pub(super) touched: BTreeSet<TicketId>,
    pub(super) releases: Vec<(PersonId, Slot)>,
    /// Offers that ended in this round.
    pub(super) ended_offers: HashMap<OfferId, (PersonId, OfferState)>,
    /// Counselors whose presence changed.
    pub(super) presences: BTreeSet<PersonId>,
    pub(super) ended: Vec<(PersonId, Uuid)>,
    pub(super) considered: HashMap<TicketId, Considered>,
}

impl Turn {
    pub(super) fn new(now: Timestamp, today: Timestamp) -> Self {
        Self {
            now,
            today,
            changes: HashMap::new(),
            touched: BTreeSet::new(),
            releases: Vec::new(),
            ended_offers: HashMap::new(),
            presences: BTreeSet::new(),
            ended: Vec::new(),
            considered: HashMap::new(),
        }
    }
}

impl Pool {
    /// Puts a new ticket into the queue.
    pub(super) fn enter(&mut self, turn: &mut Turn, ticket: Ticket) {
        let change = Change::entering(ticket);
        let id = change.ticket.id;
        self.add(OpenTicket::new(change.ticket.clone()));
        self.look_at.remove(&id);
        turn.changes.insert(id, change);
        turn.touched.insert(id);
    }

    /// Takes a step with a ticket and shows it to the rest of the round. False when the ticket's state does not allow it.
    pub(super) fn take(&mut self, turn: &mut Turn, id: TicketId, step: Step) -> bool {
        let Some(open) = self.tickets.get_mut(&id) else { return false };
        let change = turn.changes.entry(id).or_insert_with(|| Change::of(open.ticket.clone()));
        let steps = change.events.len();
        let (moved, counselor) = (change.moved.len(), open.ticket.counselor.clone());
        let was_urgent = open.ticket.acuity.is_urgent();
        if change.take(step).is_err() {
            return false;
        }
        if change.events.len() == steps {
            return true;
        }
        open.ticket = change.ticket.clone();
        turn.touched.insert(id);
        let urgent = open.ticket.acuity.is_urgent();
        if urgent != was_urgent
            && let Some(counselor) = &counselor
        {
            self.seats.change(counselor, |seat| {
                seat.held.iter_mut().filter(|held| held.ticket == id).for_each(|held| held.urgent = urgent);
            });
        }
        let ends = change.moved[moved..].iter().find(|(_, state)| *state != OfferState::Accepted).copied();
        if let (Some((offer, state)), Some(counselor)) = (ends, counselor) {
            let slots = std::mem::take(&mut open.slots);
            open.expires_at = None;
            open.note(&counselor, state);
            let was_in_it = (state == OfferState::Ended).then_some(open.ticket.acuity);
            // An answer to a race is one to its contact.
            if let Some(own) = open.ticket.raced().and_then(|own| self.tickets.get_mut(&own)) {
                own.note(&counselor, state);
            }
            self.free(turn, id, &counselor, slots, was_in_it);
            self.offers.remove(&offer);
            turn.ended_offers.insert(offer, (counselor, state));
        }
        self.queue_up(id);
        true
    }

    /// Gives slots back; the counselor's idle time begins. `was_in_it` is the acuity of a contact that the counselor had.
    fn free(
        &mut self,
        turn: &mut Turn,
        ticket: TicketId,
        counselor: &PersonId,
        slots: Vec<Slot>,
        was_in_it: Option<Acuity>,
    ) {
        let now = turn.now;
        let leaves = self.seats.change(counselor, |seat| {
            seat.held.retain(|held| held.ticket != ticket);
            seat.on_duty.idle_since = now;
            if let Some(acuity) = was_in_it {
                seat.on_duty.strain = seat.on_duty.strain.after_contact(acuity, now);
            }
            seat.on_duty.leaving
        });
        if leaves == Some(true) {
            self.leaving.insert(counselor.clone());
        }
        turn.releases.extend(slots.into_iter().map(|slot| (counselor.clone(), slot)));
    }

    /// Puts a ticket into the line where it belongs, or takes it out, and notes whether it is raced or a race.
    fn queue_up(&mut self, id: TicketId) {
        let Some(ticket) = self.tickets.get(&id).map(|open| &open.ticket) else { return };
        if ticket.state == TicketState::Queued && !ticket.is_held() {
            self.waiting.put(ticket);
        } else {
            self.waiting.remove(id);
        }
        self.races.note(ticket);
    }
}
