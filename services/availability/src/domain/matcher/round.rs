//! One round, as a fold over the pool's open state.

use std::collections::{HashMap, HashSet};

use harborline_types::{OfferId, PersonId, Timestamp};
use uuid::Uuid;

use super::choose::choose;
use super::{Connection, OnDuty, PoolState};
use crate::domain::{Change, NewOffer, Step, TicketState};

/// Offers in a row that run out before the counselor is put on break.
const SILENT_OFFERS: i16 = 2;

/// What a round decided.
#[derive(Clone, Debug, Default)]
pub struct Round {
    /// Tickets that change, in the order of the queue.
    pub changes: Vec<Change>,
    /// Counselors who are off duty now, with the session that ended.
    pub ended: Vec<(PersonId, Uuid)>,
    /// Counselors who let offers run out.
    pub silences: Vec<Silence>,
    /// When something runs out next, if nothing changes before. Real time.
    pub next: Option<Timestamp>,
}

/// A counselor who let an offer run out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence {
    /// Who.
    pub counselor: PersonId,
    /// Offers in a row that ran out, this one included; begins again with a break.
    pub count: i16,
    /// Whether the counselor is put on break.
    pub on_break: bool,
}

/// Decides about everything that is due or possible now.
pub fn round(mut pool: PoolState) -> Round {
    let mut round = Round::default();
    pool.tickets.sort_by_key(|open| open.ticket.place());
    let mut changes: Vec<_> = pool.tickets.iter().map(|open| Change::of(open.ticket.clone())).collect();

    end_presences(&mut pool, &mut changes, &mut round);
    expire_offers(&mut pool, &mut changes, &mut round);
    tell_and_widen(&mut pool, &mut changes);
    make_offers(&mut pool, &mut changes);
    hand_off(&mut pool, &mut changes);

    round.next = next_instant(&pool);
    round.changes = changes.into_iter().filter(|change| !change.is_empty()).collect();
    round
}

/// Takes a step and shows it to the rest of the round.
fn take(pool: &mut PoolState, changes: &mut [Change], index: usize, step: Step) {
    if changes[index].take(step).is_err() {
        return;
    }
    let open = &mut pool.tickets[index];
    open.ticket = changes[index].ticket.clone();
    if open.ticket.offer.is_none() {
        open.slots.clear();
        open.expires_at = None;
    }
}

/// Ends the presence of who did not come back in time and of who leaves with nothing in hand. What they held waits
/// again; a wrap-up ends by itself.
fn end_presences(pool: &mut PoolState, changes: &mut [Change], round: &mut Round) {
    let grace = pool.times.presence_grace;
    let holding = pool.tickets.iter().filter(|open| open.ticket.offer.is_some());
    let holders: HashSet<_> = holding.filter_map(|open| open.ticket.counselor.clone()).collect();
    let is_over = |on_duty: &OnDuty| match on_duty.connection {
        Connection::Broken { since } if since + grace <= pool.now => true,
        _ => on_duty.leaving && !holders.contains(&on_duty.counselor.id),
    };
    let (ended, stay): (Vec<_>, Vec<_>) = pool.counselors.iter().cloned().partition(is_over);
    pool.counselors = stay;
    round.ended = ended.into_iter().map(|on_duty| (on_duty.counselor.id, on_duty.session)).collect();

    let present: HashSet<_> = pool.counselors.iter().map(|on_duty| on_duty.counselor.id.clone()).collect();
    for index in 0..changes.len() {
        let ticket = &pool.tickets[index].ticket;
        if ticket.offer.is_none() || ticket.counselor.as_ref().is_some_and(|id| present.contains(id)) {
            continue;
        }
        let step = match ticket.state {
            TicketState::Offered => Step::TakeBack,
            TicketState::Assigned => Step::LoseCounselor { at: pool.now },
            _ => Step::FinishWrapUp,
        };
        take(pool, changes, index, step);
    }
}

fn expire_offers(pool: &mut PoolState, changes: &mut [Change], round: &mut Round) {
    for index in 0..changes.len() {
        let open = &pool.tickets[index];
        let is_over = open.expires_at.is_some_and(|expires_at| expires_at <= pool.now);
        if open.ticket.state != TicketState::Offered || !is_over {
            continue;
        }
        let Some(counselor) = open.ticket.counselor.clone() else { continue };
        take(pool, changes, index, Step::Expire);
        pool.tickets[index].silent.push(counselor.clone());
        let on_duty = pool.counselors.iter_mut().find(|on_duty| on_duty.counselor.id == counselor);
        round.silences.extend(on_duty.map(note_silence));
    }
}

fn note_silence(on_duty: &mut OnDuty) -> Silence {
    on_duty.silent_count += 1;
    if on_duty.silent_count >= SILENT_OFFERS {
        on_duty.silent_count = 0;
        on_duty.on_break = true;
    }
    let (count, on_break) = (on_duty.silent_count, on_duty.on_break);
    Silence { counselor: on_duty.counselor.id.clone(), count, on_break }
}

fn tell_and_widen(pool: &mut PoolState, changes: &mut [Change]) {
    for index in 0..changes.len() {
        let waited = (pool.now - pool.tickets[index].ticket.waiting_since).to_std().unwrap_or_default();
        if waited >= pool.times.page_after {
            take(pool, changes, index, Step::Page);
        }
        let widened = pool.times.widened_after(waited);
        take(pool, changes, index, Step::Widen(widened));
    }
}

/// Serves the queue in its order with who is free.
fn make_offers(pool: &mut PoolState, changes: &mut [Change]) {
    let positions: HashMap<_, _> =
        pool.counselors.iter().enumerate().map(|(index, on_duty)| (on_duty.counselor.id.clone(), index)).collect();
    let mut held = vec![Vec::new(); pool.counselors.len()];
    for open in &pool.tickets {
        let position = open.ticket.counselor.as_ref().and_then(|id| positions.get(id));
        if let (Some(_), Some(position)) = (open.ticket.offer, position) {
            held[*position].extend(open.slots.iter().map(|slot| (open.is_exclusive(), *slot)));
        }
    }
    for index in 0..changes.len() {
        let open = &pool.tickets[index];
        if open.ticket.state != TicketState::Queued {
            continue;
        }
        let Some((position, slots)) = choose(pool, open, &held) else { continue };
        held[position].extend(slots.iter().map(|slot| (open.is_exclusive(), *slot)));
        let counselor = pool.counselors[position].counselor.id.clone();
        let offer = NewOffer {
            id: OfferId::new(),
            preferred: open.ticket.preferred.as_ref() == Some(&counselor),
            counselor,
            slots: slots.clone(),
            expires_at: pool.now + pool.times.offer_timeout(open.ticket.acuity),
        };
        let expires_at = offer.expires_at;
        take(pool, changes, index, Step::Offer(offer));
        pool.tickets[index].slots = slots;
        pool.tickets[index].expires_at = Some(expires_at);
    }
}

/// Hands to the backup line who waited too long and could not be offered to anybody.
fn hand_off(pool: &mut PoolState, changes: &mut [Change]) {
    for index in 0..changes.len() {
        if pool.tickets[index].ticket.waiting_since + pool.times.backup_after <= pool.now {
            take(pool, changes, index, Step::HandOff);
        }
    }
}

/// The earliest instant at which a round would decide something that this one did not.
fn next_instant(pool: &PoolState) -> Option<Timestamp> {
    let times = &pool.times;
    let of_tickets = pool.tickets.iter().flat_map(|open| {
        let since = open.ticket.waiting_since;
        let waits = matches!(open.ticket.state, TicketState::Queued | TicketState::Offered);
        let widen = times.widen_after.iter().map(move |step| since + *step);
        let told = [since + times.page_after, since + times.backup_after].into_iter().chain(widen);
        let offer = open.expires_at.filter(|_| open.ticket.state == TicketState::Offered);
        told.filter(move |_| waits).chain(offer)
    });
    let of_counselors = pool.counselors.iter().map(|on_duty| match on_duty.connection {
        Connection::Open { silent_at } => silent_at,
        Connection::Broken { since } => since + times.presence_grace,
    });
    of_tickets.chain(of_counselors).filter(|instant| *instant > pool.now).min()
}
