//! Measures of the counselors' time.

use std::collections::BTreeMap;
use std::time::Duration;

use harborline_types::{PersonId, Timestamp, text_enum};

use super::Cuts;

text_enum! {
    /// A counselor's presence.
    pub enum PresenceState {
        /// On duty, and takes offers.
        Here = "here",
        /// On duty, and takes none for now.
        OnBreak = "on_break",
        /// The connection is broken; the grace runs.
        Reconnecting = "reconnecting",
        /// Not on duty.
        OffDuty = "off_duty",
    }
}

/// The presence of a counselor from an instant on. Real time.
#[derive(Clone, Debug)]
pub struct PresenceFact {
    /// The counselor.
    pub counselor: PersonId,
    /// The instant.
    pub at: Timestamp,
    /// The presence.
    pub state: PresenceState,
}

/// An acceptance, and the end of what it began. Real time.
#[derive(Clone, Debug)]
pub struct EngagementFact {
    /// The counselor.
    pub counselor: PersonId,
    /// When it was accepted.
    pub from: Timestamp,
    /// When the slot was free again; none when it is not yet.
    pub until: Option<Timestamp>,
}

/// Time of counselors, added up. Each instant of a counselor on duty is in one of the four.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StaffTime {
    /// With a conversation or wrap-up in hand, also on a break or reconnecting.
    pub engaged: Duration,
    /// Present, with nothing in hand.
    pub available: Duration,
    /// On a break.
    pub on_break: Duration,
    /// Reconnecting.
    pub reconnecting: Duration,
}

impl StaffTime {
    /// The engaged share of the time in which the counselors were engaged or available, 0 to 1.
    pub fn occupancy(&self) -> Option<f64> {
        let (engaged, available) = (self.engaged.as_secs_f64(), self.available.as_secs_f64());
        (engaged + available > 0.0).then(|| engaged / (engaged + available))
    }

    /// All of it.
    pub fn on_duty(&self) -> Duration {
        self.engaged + self.available + self.on_break + self.reconnecting
    }

    fn add(&mut self, state: PresenceState, is_engaged: bool, time: Duration) {
        let part = match state {
            _ if is_engaged => &mut self.engaged,
            PresenceState::Here => &mut self.available,
            PresenceState::OnBreak => &mut self.on_break,
            PresenceState::Reconnecting => &mut self.reconnecting,
            PresenceState::OffDuty => return,
        };
        *part += time;
    }
}

/// A change in a counselor's day.
#[derive(Clone, Copy)]
enum Turn {
    Presence(PresenceState),
    Begins,
    Ends,
}

/// Adds up the time of all counselors, in each interval and altogether, until `now` at most. `presences` has those of
/// the span and the last one of each counselor before it, in their order.
pub fn staff(
    presences: impl IntoIterator<Item = PresenceFact>,
    engagements: impl IntoIterator<Item = EngagementFact>,
    cuts: &Cuts,
    now: Timestamp,
) -> (StaffTime, Vec<StaffTime>) {
    let mut days: BTreeMap<PersonId, Vec<(Timestamp, Turn)>> = BTreeMap::new();
    for fact in presences {
        days.entry(fact.counselor).or_default().push((fact.at, Turn::Presence(fact.state)));
    }
    for fact in engagements {
        let day = days.entry(fact.counselor).or_default();
        day.push((fact.from, Turn::Begins));
        day.extend(fact.until.map(|until| (until, Turn::Ends)));
    }
    let mut intervals = vec![StaffTime::default(); cuts.len()];
    for mut day in days.into_values() {
        // The sort is stable: changes of one instant stay in their order.
        day.sort_by_key(|(at, _)| *at);
        add_day(&day, cuts, now, &mut intervals);
    }
    let all = intervals.iter().fold(StaffTime::default(), |all, time| StaffTime {
        engaged: all.engaged + time.engaged,
        available: all.available + time.available,
        on_break: all.on_break + time.on_break,
        reconnecting: all.reconnecting + time.reconnecting,
    });
    (all, intervals)
}

/// Walks through one counselor's day.
fn add_day(day: &[(Timestamp, Turn)], cuts: &Cuts, now: Timestamp, intervals: &mut [StaffTime]) {
    let (from, until) = cuts.span();
    let until = until.min(now);
    let (mut state, mut in_hand, mut since) = (PresenceState::OffDuty, 0_u32, from);
    let end = std::iter::once((until, None));
    for (at, turn) in day.iter().map(|(at, turn)| (*at, Some(*turn))).chain(end) {
        let at = at.min(until);
        while since < at {
            // In pieces that are in one interval each.
            let Some(index) = cuts.of(since) else { break };
            let piece = at.min(cuts.interval(index).1);
            intervals[index].add(state, in_hand > 0, (piece - since).to_std().unwrap_or_default());
            since = piece;
        }
        match turn {
            Some(Turn::Presence(next)) => state = next,
            Some(Turn::Begins) => in_hand += 1,
            Some(Turn::Ends) => in_hand = in_hand.saturating_sub(1),
            None => break,
        }
    }
}
