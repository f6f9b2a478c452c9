//! One round: what was asked, what ran out, which services must be told, which counselors are asked, which callers are
//! offered the backup line.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use harborline_types::{OfferId, PersonId, TicketId, Timestamp};
use uuid::Uuid;

use super::choose::choose;
use super::explain::explain;
use super::seat::Held;
use super::turn::{Holds, Turn};
use super::waiting::Asked;
use super::{Answer, Command, Considered, OnDuty, Past, Pool, Refused, Slot, slots_for};
use crate::domain::{Change, NewOffer, SILENT_OFFERS, Step, Strain, TicketState};

/// What a round decided.
#[derive(Clone, Debug, Default)]
pub struct Round {
    /// Tickets that change, in the order of the queue.
    pub changes: Vec<Change>,
    /// Slots that are free again, with what the counselor's day has been by then; none of who is off duty.
    pub releases: Vec<(PersonId, Slot, Option<Strain>)>,
    /// Slots that are held for the offers that are made.
    pub holds: Vec<(PersonId, Slot, OfferId)>,
    /// Counselors who are off duty now, with the session that ended.
    pub ended: Vec<(PersonId, Uuid)>,
    /// Counselors whose day changed.
    pub presences: Vec<Presence>,
    /// What decisions were made from.
    pub considered: Vec<Considered>,
    /// The answers to the commands, in their order.
    pub answers: Vec<Result<Answer, Refused>>,
    /// Who has a contact into which somebody is asked, and how that stands changed.
    pub askers: Vec<PersonId>,
    /// When something runs out next, if nothing changes before. Real time.
    pub next: Option<Timestamp>,
}

impl Round {
    /// Counselors who have something else before them after it.
    pub fn concerned(&self) -> BTreeSet<&PersonId> {
        let of_changes = self.changes.iter().flat_map(|change| {
            change.events.iter().filter_map(|event| event.counselor.as_ref()).chain(&change.ticket.counselor)
        });
        let of_presences = self.presences.iter().map(|presence| &presence.counselor);
        of_changes
            .chain(of_presences)
            .chain(&self.askers)
            .chain(self.ended.iter().map(|(counselor, _)| counselor))
            .collect()
    }
}

/// How a counselor's day stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presence {
    /// Who.
    pub counselor: PersonId,
    /// Takes no new offers for now.
    pub on_break: bool,
    /// Takes no new offers any more.
    pub leaving: bool,
    /// Offers in a row that ran out; begins again when a break ends, or is begun by choice.
    pub silent_count: i16,
    /// When the last break ended, or the counselor came on duty. Real time.
    pub rested_at: Timestamp,
}

impl Pool {
    /// Does what was asked, and decides about everything that is due or possible now. `now` is real time, `today` an
    /// instant of the domain's clock.
    pub fn round(&mut self, commands: &[Command], past: &Past, now: Timestamp, today: Timestamp) -> Round {
        let mut turn = Turn::new(now, today);
        self.seats.advance(now, today);
        self.waiting.advance(now);
        let answers = commands.iter().map(|command| self.obey(&mut turn, past, command)).collect();
        self.note_silent_replicas(&turn);
        self.end_presences(&mut turn);
        self.look_at_what_is_due(&mut turn);
        self.settle(&mut turn);
        self.ask_supervisors_in(&mut turn);
        self.tell_and_widen(&mut turn);
        let mut holds = self.make_offers(&mut turn);
        self.offer_backup(&mut turn);
        if self.settle(&mut turn) {
            holds.extend(self.make_offers(&mut turn));
        }
        self.race(&mut turn, &mut holds);
        self.finish(turn, answers, holds)
    }

    /// The streams of a replica that has fallen silent are broken since it was heard last; those of one that is heard
    /// again are open.
    fn note_silent_replicas(&mut self, turn: &Turn) {
        let silence = self.times.silence;
        let mut turned = BTreeSet::new();
        for replica in self.replicas.values_mut() {
            let is_silent = replica.heard + silence <= turn.now;
            if is_silent != replica.is_silent {
                replica.is_silent = is_silent;
                turned.extend(replica.seats.iter().cloned());
            }
        }
        turned.iter().for_each(|id| self.hear_again(id));
    }

    /// Ends the presence of who did not come back in time and of who leaves with nothing in hand. What they held waits
    /// again; a wrap-up ends by itself.
    fn end_presences(&mut self, turn: &mut Turn) {
        let grace = self.times.response.presence_grace;
        let over = self.broken.iter().take_while(|(since, _)| *since + grace <= turn.now);
        let mut gone: Vec<PersonId> = over.map(|(_, id)| id.clone()).collect();
        for id in std::mem::take(&mut self.leaving) {
            if self.seats.get(&id).is_some_and(|seat| seat.on_duty.leaving && seat.held.is_empty()) {
                gone.push(id);
            }
        }
        for id in gone {
            let Some(seat) = self.seats.get(&id) else { continue };
            turn.ended.push((id.clone(), seat.on_duty.session));
            self.off_duty(&id, turn.today);
        }
        // Also after a start, when the record of who is on duty and the tickets may be from different instants.
        for id in std::mem::take(&mut self.look_at) {
            turn.touched.insert(id);
            let Some(open) = self.tickets.get(&id).filter(|open| open.ticket.offer.is_some()) else { continue };
            if open.ticket.counselor.as_ref().is_some_and(|counselor| self.seats.get(counselor).is_some()) {
                continue;
            }
            if open.ticket.state == TicketState::Assigned && self.inherit(turn, id) {
                continue;
            }
            let Some(open) = self.tickets.get(&id) else { continue };
            let step = match open.ticket.state {
                TicketState::Offered => Step::TakeBack,
                TicketState::Assigned => Step::LoseCounselor { at: turn.now },
                _ => Step::FinishWrapUp,
            };
            self.take(turn, id, step);
        }
    }

    fn look_at_what_is_due(&mut self, turn: &mut Turn) {
        let due = self.alarms.iter().take_while(|(at, _)| *at <= turn.now);
        turn.touched.extend(due.map(|(_, id)| *id));
        for id in turn.touched.clone() {
            let Some(open) = self.tickets.get(&id) else { continue };
            let is_over = open.expires_at.is_some_and(|expires_at| expires_at <= turn.now);
            if open.ticket.state == TicketState::Offered && is_over {
                let counselor = open.ticket.counselor.clone();
                self.take(turn, id, Step::Expire);
                counselor.inspect(|counselor| self.note_silence(turn, counselor));
            }
        }
    }

    /// A counselor let an offer run out.
    fn note_silence(&mut self, turn: &mut Turn, counselor: &PersonId) {
        let noted = self.seats.change(counselor, |seat| {
            seat.on_duty.silent_count += 1;
            // The count stays while the break lasts: it tells why there is one.
            seat.on_duty.on_break |= seat.on_duty.silent_count >= SILENT_OFFERS;
        });
        if noted.is_some() {
            turn.presences.insert(counselor.clone());
        }
    }

    fn tell_and_widen(&mut self, turn: &mut Turn) {
        for id in turn.touched.clone() {
            let Some(open) = self.tickets.get(&id) else { continue };
            let waited = (turn.now - open.ticket.waiting_since).to_std().unwrap_or_default();
            if waited >= self.times.response.page_after {
                self.take(turn, id, Step::Page);
            }
            let widened = self.times.response.widened_after(waited);
            self.take(turn, id, Step::Widen(widened));
        }
    }

    /// Serves the queue in its order with who is free, and with whom a race gives way: the heads of the lines, and behind
    /// a head while the line can be served.
    fn make_offers(&mut self, turn: &mut Turn) -> Holds {
        let mut holds = Vec::new();
        let with_somebody = self.waiting.heads().filter(|(asked, _)| self.has_somebody(asked));
        let (lines, heads): (Vec<_>, Vec<_>) = with_somebody.map(|(asked, place)| (asked.clone(), place)).unzip();
        let mut heads: BinaryHeap<_> =
            heads.into_iter().enumerate().map(|(line, place)| Reverse((place, line))).collect();
        while let Some(Reverse((place, line))) = heads.pop() {
            let behind = self.waiting.behind(&lines[line], place);
            self.note_within(place.ticket);
            let Some(open) = self.tickets.get(&place.ticket) else { continue };
            let free = choose(&self.seats, open, &self.times, turn.now);
            match free.or_else(|| self.give_way(turn, place.ticket)) {
                Some(position) => self.offer(turn, place.ticket, position, &mut holds),
                None if !self.has_somebody(&lines[line]) => continue,
                None => {}
            }
            heads.extend(behind.map(|next| Reverse((next, line))));
        }
        self.keep_asking(turn);
        for id in &turn.touched {
            self.note_within(*id);
            let Some(open) = self.tickets.get(id).filter(|open| open.ticket.state == TicketState::Queued) else {
                continue;
            };
            if turn.changes.contains_key(id) {
                turn.considered.insert(*id, explain(&self.seats, open));
            }
        }
        holds
    }

    /// Whether anybody is there who could be asked by a line.
    fn has_somebody(&self, asked: &Asked) -> bool {
        let (requirements, urgent_in_hand_too) = (asked.requirements(), asked.urgent_in_hand_too());
        let mut candidates = self.seats.candidates(&requirements);
        if !urgent_in_hand_too {
            candidates = candidates.without(&self.seats.urgent_in_hand);
        }
        !candidates.is_empty() || !self.yielding(&requirements, urgent_in_hand_too).is_empty()
    }

    /// Asks who sits here for a ticket.
    pub(super) fn offer(&mut self, turn: &mut Turn, id: TicketId, position: usize, holds: &mut Holds) {
        let (Some(open), Some(seat)) = (self.tickets.get(&id), self.seats.at(position)) else { return };
        let (ticket, exclusive, urgent) = (&open.ticket, open.is_exclusive(), open.ticket.acuity.is_urgent());
        let Some(numbers) = slots_for(&seat.on_duty.counselor, ticket.need.channel, &seat.taken()) else { return };
        turn.considered.insert(id, explain(&self.seats, open));
        let counselor = seat.on_duty.counselor.id.clone();
        let offer = NewOffer {
            id: OfferId::new(),
            preferred: ticket.preferred.as_ref() == Some(&counselor),
            counselor: counselor.clone(),
            slots: numbers.clone(),
            expires_at: turn.now + self.times.response.offer_timeout(ticket.acuity),
        };
        let (offer_id, expires_at) = (offer.id, offer.expires_at);
        if !self.take(turn, id, Step::Offer(offer)) {
            return;
        }
        let slots = self.seats.change(&counselor, |seat| {
            let slots: Vec<Slot> =
                numbers.into_iter().map(|number| next_epoch(&mut seat.on_duty.epochs, number)).collect();
            seat.held.extend(slots.iter().map(|slot| Held { exclusive, slot: *slot, ticket: id, urgent }));
            slots
        });
        let slots = slots.unwrap_or_default();
        holds.extend(slots.iter().map(|slot| (counselor.clone(), *slot, offer_id)));
        self.offers.insert(offer_id, id);
        if let Some(open) = self.tickets.get_mut(&id) {
            open.slots = slots;
            open.expires_at = Some(expires_at);
        }
    }

    /// Offers the backup line to callers who waited too long and could not be offered to any counselor. They keep their
    /// place in the queue.
    fn offer_backup(&mut self, turn: &mut Turn) {
        for id in turn.touched.clone() {
            let since = self.tickets.get(&id).map(|open| open.ticket.waiting_since);
            if since.is_some_and(|since| since + self.times.response.backup_after <= turn.now) {
                self.take(turn, id, Step::OfferBackup);
            }
        }
    }

    fn finish(&mut self, mut turn: Turn, answers: Vec<Result<Answer, Refused>>, holds: Holds) -> Round {
        for id in &turn.touched {
            let alarm = self.tickets.get(id).and_then(|open| self.next_alarm(open, turn.now));
            self.arm(*id, alarm);
            self.drop_closed(*id);
        }
        let presence = |id: &PersonId| {
            let on_duty = &self.seats.get(id)?.on_duty;
            let OnDuty { on_break, leaving, silent_count, strain, .. } = *on_duty;
            Some(Presence { counselor: id.clone(), on_break, leaving, silent_count, rested_at: strain.rested_at })
        };
        let release = |(id, slot): (PersonId, Slot)| {
            let strain = self.seats.get(&id).map(|seat| seat.on_duty.strain);
            (id, slot, strain)
        };
        let releases = turn.releases.into_iter().map(release).collect();
        let presences = turn.presences.iter().filter_map(presence).collect();
        let mut changes: Vec<Change> = turn.changes.drain().map(|(_, change)| change).collect();
        changes.retain(|change| !change.is_empty());
        changes.sort_by_key(|change| self.waiting.place(&change.ticket));
        let considered = changes.iter().filter_map(|change| {
            let considered = turn.considered.remove(&change.ticket.id)?;
            Some(Considered { step: change.ticket.steps, ..considered })
        });
        let askers = self.askers(changes.iter().map(|change| &change.ticket));
        Round {
            askers,
            considered: considered.collect(),
            changes,
            releases,
            holds,
            ended: turn.ended,
            presences,
            answers,
            next: self.next(),
        }
    }
}

/// Begins the next epoch of a slot.
fn next_epoch(epochs: &mut Vec<i32>, number: i16) -> Slot {
    let index = usize::try_from(number).unwrap_or_default();
    if epochs.len() <= index {
        epochs.resize(index + 1, 0);
    }
    epochs[index] += 1;
    Slot { number, epoch: epochs[index] }
}
