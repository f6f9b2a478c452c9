//! Who is asked for one ticket.

use harborline_types::{Channel, Timestamp};

use super::bits::Bits;
use super::seats::Seats;
use super::waiting::requirements;
use super::{OpenTicket, Times};
use crate::domain::Counselor;

/// Steps of widening after which somebody who let an offer run out may be asked again.
pub(super) const ASK_AGAIN: i16 = 3;

/// The slots that a counselor would give to a contact on this channel: all for phone and video, which need all of them
/// free; the first free one for messages. None when there is not enough. `held` lists what others hold, with whether
/// they take the whole counselor.
pub fn slots_for(counselor: &Counselor, channel: Channel, held: &[(bool, i16)]) -> Option<Vec<i16>> {
    let all = 0..counselor.message_capacity;
    match channel {
        Channel::Phone | Channel::Video => held.is_empty().then(|| all.collect()),
        Channel::Message if held.iter().any(|(exclusive, _)| *exclusive) => None,
        Channel::Message => {
            let free = |slot: &i16| held.iter().all(|(_, taken)| taken != slot);
            // A capacity that was lowered meanwhile counts too, and not only the slots' numbers.
            let room = held.len() < all.len();
            all.clone().find(free).filter(|_| room).map(|slot| vec![slot])
        }
    }
}

/// The seat to ask: the known one, who was not asked before, who has not had enough for now, the least flexible, the
/// longest idle. Who let an offer for this very ticket run out comes after who has had enough: nobody waits through the
/// same silence again for somebody's rest.
pub(super) fn choose(seats: &Seats, open: &OpenTicket, times: &Times, now: Timestamp) -> Option<usize> {
    let ticket = &open.ticket;
    let [candidates, asked_before] = may_be_asked(seats, open, seats.candidates(&requirements(ticket)));
    let waited = (now - ticket.waiting_since).to_std().unwrap_or_default();
    let known = ticket.preferred.as_ref().filter(|_| waited <= times.preferred).and_then(|id| seats.position(id));
    let known = known.filter(|position| candidates.contains(*position) || asked_before.contains(*position));
    let spared = seats.spared(ticket.acuity);
    known.filter(|position| !spared.contains(*position)).or_else(|| {
        let fresh = |all: &Bits| seats.best(&all.without(spared));
        let any = |all: &Bits| known.filter(|position| all.contains(*position)).or_else(|| seats.best(all));
        [&candidates, &asked_before].into_iter().find_map(|all| fresh(all).or_else(|| any(all)))
    })
}

/// Of the candidates, who was not asked for this ticket before, and who let an offer for it run out and may be asked
/// again by now.
pub(super) fn may_be_asked(seats: &Seats, open: &OpenTicket, mut candidates: Bits) -> [Bits; 2] {
    for id in open.declined.iter().chain(&open.within) {
        seats.position(id).inspect(|position| candidates.set(*position, false));
    }
    let mut asked_before = Bits::default();
    for position in open.silent.iter().filter_map(|id| seats.position(id)) {
        // Somebody may have been silent more than once.
        if candidates.contains(position) {
            asked_before.set(position, open.ticket.widened >= ASK_AGAIN);
            candidates.set(position, false);
        }
    }
    [candidates, asked_before]
}
