//! One counselor on duty, with what is in hand.

use harborline_types::{Channel, TicketId, Timestamp};

use super::{OnDuty, Slot};

/// A counselor on duty with what they have in hand.
#[derive(Clone, Debug)]
pub(super) struct Seat {
    pub(super) on_duty: OnDuty,
    /// Since when the stream counts as broken; none while it is open. Real time.
    pub(super) broken_since: Option<Timestamp>,
    /// What is in hand: offers, conversations, wrap-ups.
    pub(super) held: Vec<Held>,
}

/// A slot that is held.
#[derive(Clone, Debug)]
pub(super) struct Held {
    /// Whether the contact takes the whole counselor.
    pub(super) exclusive: bool,
    pub(super) slot: Slot,
    pub(super) ticket: TicketId,
    /// Whether the contact is of acuity 1 or 2.
    pub(super) urgent: bool,
}

/// A share of a counselor's capacity, in parts that every capacity divides.
pub(super) type Load = usize;

/// The parts of a whole capacity: divided by each of 1 to 8.
const WHOLE: Load = 840;

impl Seat {
    pub(super) fn is_askable(&self) -> bool {
        self.broken_since.is_none() && !self.on_duty.on_break && !self.on_duty.leaving
    }

    pub(super) fn has_room_for_message(&self) -> bool {
        super::slots_for(&self.on_duty.counselor, Channel::Message, &self.taken()).is_some()
    }

    /// What is held, as [`super::slots_for`] reads it.
    pub(super) fn taken(&self) -> Vec<(bool, i16)> {
        self.taken_apart_from(|_| false)
    }

    /// The same without what is held for some tickets.
    pub(super) fn taken_apart_from(&self, is_apart: impl Fn(TicketId) -> bool) -> Vec<(bool, i16)> {
        let held = self.held.iter().filter(|held| !is_apart(held.ticket));
        held.map(|held| (held.exclusive, held.slot.number)).collect()
    }

    /// Whether a contact of acuity 1 or 2 is in hand, apart from some tickets.
    pub(super) fn has_urgent_apart_from(&self, is_apart: impl Fn(TicketId) -> bool) -> bool {
        self.held.iter().any(|held| held.urgent && !is_apart(held.ticket))
    }

    /// The share of the capacity that is in hand, apart from some tickets.
    pub(super) fn load_apart_from(&self, is_apart: impl Fn(TicketId) -> bool) -> Load {
        let held = self.held.iter().filter(|held| !is_apart(held.ticket)).count();
        let capacity = usize::try_from(self.on_duty.counselor.message_capacity).unwrap_or_default().max(1);
        held * WHOLE / capacity
    }
}
