//! Who is asked for one ticket.

use harborline_types::{Channel, Timestamp, text_enum};

use super::bits::Bits;
use super::seats::Seats;
use super::waiting::{may_ask_with_urgent_in_hand, requirements};
use super::{OpenTicket, Times};
use crate::domain::Counselor;

text_enum! {
    /// What is preferred among the counselors who could be asked for a ticket.
    pub enum Preference {
        /// Has no contact of acuity 1 or 2 in hand. Others are not asked at all before the first widening of the ticket.
        NothingUrgentInHand = "nothing urgent in hand",
        /// The caller knows the counselor, and the wait is in its first seconds.
        Known = "known to the caller",
        /// Did not let an offer for this very ticket run out: nobody waits through the same silence again.
        NotSilentBefore = "not silent for this ticket before",
        /// Has not had enough for now, as the fatigue rules say.
        Rested = "rested",
        /// Has the smaller share of the capacity in hand: offers, conversations and wrap-ups.
        LeastLoaded = "least loaded",
        /// Can do less: scarce languages, licenses and skills are kept free.
        LeastFlexible = "least flexible",
        /// Had nothing new for longer.
        LongestIdle = "longest idle",
    }
}

/// Which eligible counselor is asked: the first of these that tells two of them apart decides. The README has
/// the same table, and a test holds both to each other and to [`choose`].
pub const ASKING_ORDER: [Preference; 7] = [
    Preference::NothingUrgentInHand,
    Preference::Known,
    Preference::NotSilentBefore,
    Preference::Rested,
    Preference::LeastLoaded,
    Preference::LeastFlexible,
    Preference::LongestIdle,
];

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

/// The seat to ask, by [`ASKING_ORDER`].
pub(super) fn choose(seats: &Seats, open: &OpenTicket, times: &Times, now: Timestamp) -> Option<usize> {
    let ticket = &open.ticket;
    let [fresh, asked_before] = may_be_asked(seats, open, seats.candidates(&requirements(ticket)));
    let waited = (now - ticket.waiting_since).to_std().unwrap_or_default();
    let known = ticket.preferred.as_ref().filter(|_| waited <= times.preferred).and_then(|id| seats.position(id));
    let (urgent_in_hand, spared) = (&seats.urgent_in_hand, seats.spared(ticket.acuity));
    let among = |groups: [Bits; 2]| {
        let known = known.filter(|position| groups.iter().any(|group| group.contains(*position)));
        let best = |group: &Bits| seats.best(&group.without(spared)).or_else(|| seats.best(group));
        known.or_else(|| groups.iter().find_map(best))
    };
    among([fresh.without(urgent_in_hand), asked_before.without(urgent_in_hand)]).or_else(|| {
        let last = may_ask_with_urgent_in_hand(ticket);
        last.then(|| among([fresh, asked_before])).flatten()
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
