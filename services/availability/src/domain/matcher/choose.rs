//! Who is asked for one ticket.

use std::cmp::Reverse;

use harborline_types::{Channel, PersonId, Timestamp};

use super::{Connection, OnDuty, OpenTicket, PoolState};
use crate::domain::{Counselor, Requirements};

/// Steps of widening after which somebody who let an offer run out may be asked again.
const ASK_AGAIN: i16 = 3;

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

/// Whether a counselor may be asked for a ticket, capacity aside.
pub fn eligible(on_duty: &OnDuty, open: &OpenTicket, today: Timestamp) -> bool {
    let ticket = &open.ticket;
    let present = matches!(on_duty.connection, Connection::Open { .. }) && !on_duty.on_break && !on_duty.leaving;
    let id = &on_duty.counselor.id;
    let may_be_asked = !open.declined.contains(id) && (ticket.widened >= ASK_AGAIN || !open.silent.contains(id));
    present
        && may_be_asked
        && Requirements::of(&ticket.need, ticket.acuity, ticket.widened).met_by(&on_duty.counselor, today)
}

/// The counselor to ask, by position among those on duty, and the slots to hold. `held` lists per counselor what is
/// taken.
pub(super) fn choose(pool: &PoolState, open: &OpenTicket, held: &[Vec<(bool, i16)>]) -> Option<(usize, Vec<i16>)> {
    let ticket = &open.ticket;
    let waited = (pool.now - ticket.queued_at).to_std().unwrap_or_default();
    let known_first = ticket.preferred.as_ref().filter(|_| waited <= pool.preferred);
    let candidates = pool.counselors.iter().zip(held).enumerate().filter_map(|(index, (on_duty, held))| {
        let slots = slots_for(&on_duty.counselor, ticket.need.channel, held)?;
        eligible(on_duty, open, pool.today).then_some((index, on_duty, slots))
    });
    let (index, _, slots) = candidates.min_by_key(|(_, on_duty, _)| rank(on_duty, open, known_first))?;
    Some((index, slots))
}

/// Who is asked before whom: the known one, who was not asked before, the least flexible, the longest idle.
fn rank<'a>(
    on_duty: &'a OnDuty,
    open: &OpenTicket,
    known_first: Option<&PersonId>,
) -> (Reverse<bool>, bool, usize, Timestamp, &'a PersonId) {
    let id = &on_duty.counselor.id;
    let known = known_first == Some(id);
    (Reverse(known), open.silent.contains(id), on_duty.counselor.flexibility(), on_duty.idle_since, id)
}
