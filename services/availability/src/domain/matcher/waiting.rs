//! Who waits, by what they ask: tickets that ask the same are one line, in the order of the queue.
//!
//! Where waits age ([`Ageing`]), places move by themselves. Each round first moves whose time has come. No round is done
//! for that alone: an order matters only while somebody is free, and then nobody waits whom they could take.
//!
//! A round looks at the head of each line, and behind it only while somebody in the line can be served; it does not
//! look at everybody who waits.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::time::Duration;

use harborline_types::{Acuity, Channel, CounselorKind, Skill, TicketId, Timestamp};

use crate::domain::{Ageing, Requirements, Target, Ticket};

/// A place in the queue. The order of the fields is that of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// The riskiest first, by what the ticket counts as.
    counts_as: Acuity,
    /// Callers on the line before calls that we make.
    outbound: bool,
    /// The longest wait first.
    queued_at: Timestamp,
    pub(super) ticket: TicketId,
}

/// What a ticket asks at this moment of its wait.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Asked {
    channel: Channel,
    at_least: Option<CounselorKind>,
    language: Option<String>,
    jurisdiction: Option<String>,
    skills: Vec<Skill>,
    only: Option<Target>,
    /// Whether it may ask, at last, counselors who have an urgent contact in hand.
    urgent_in_hand_too: bool,
}

impl Asked {
    fn of(ticket: &Ticket) -> Self {
        let Requirements { channel, at_least, language, jurisdiction, skills, only } = requirements(ticket);
        let (language, jurisdiction) = (language.map(str::to_owned), jurisdiction.map(str::to_owned));
        let (skills, only) = (skills.to_vec(), only.cloned());
        let urgent_in_hand_too = may_ask_with_urgent_in_hand(ticket);
        Self { channel, at_least, language, jurisdiction, skills, only, urgent_in_hand_too }
    }

    /// Whether it may ask, at last, counselors who have an urgent contact in hand.
    pub(super) fn urgent_in_hand_too(&self) -> bool {
        self.urgent_in_hand_too
    }

    /// As requirements.
    pub(super) fn requirements(&self) -> Requirements<'_> {
        Requirements {
            channel: self.channel,
            at_least: self.at_least,
            language: self.language.as_deref(),
            jurisdiction: self.jurisdiction.as_deref(),
            skills: &self.skills,
            only: self.only.as_ref(),
        }
    }
}

/// What is left of a ticket's need at this moment of its wait.
pub(super) fn requirements(ticket: &Ticket) -> Requirements<'_> {
    let Ticket { need, acuity, widened, .. } = ticket;
    match &ticket.beside {
        None => Requirements::of(need, *acuity, *widened),
        Some(beside) => Requirements::beside(need, *acuity, *widened, &beside.target),
    }
}

/// Whether a ticket may ask counselors who have a contact of acuity 1 or 2 in hand, when nobody else is eligible: after
/// the first widening. One that asks for one person may at once, since nobody else will ever be eligible for it.
pub(super) fn may_ask_with_urgent_in_hand(ticket: &Ticket) -> bool {
    ticket.widened >= 1 || requirements(ticket).only.is_some()
}

/// Everybody who waits.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    lines: BTreeMap<Asked, BTreeSet<Place>>,
    placed: HashMap<TicketId, Placed>,
    ageing: Ageing,
    /// The real instant up to which places are right.
    now: Timestamp,
    /// When places move by themselves.
    turns: BTreeSet<(Timestamp, TicketId)>,
}

/// Where a ticket waits.
#[derive(Clone, Debug)]
struct Placed {
    asked: Asked,
    place: Place,
    /// Its own, whatever it counts as.
    acuity: Acuity,
    /// When its place moves by itself.
    turn: Option<Timestamp>,
}

impl Waiting {
    /// Nobody yet, before any time: the first instant that it is told is later, whichever it is.
    pub(super) fn empty(ageing: Ageing) -> Self {
        let (lines, placed, turns) = (BTreeMap::new(), HashMap::new(), BTreeSet::new());
        Self { lines, placed, ageing, now: Timestamp::MIN_UTC, turns }
    }

    /// The place of a ticket now, if it waits.
    pub(super) fn place(&self, ticket: &Ticket) -> Place {
        let Ticket { id, acuity, outbound, queued_at, .. } = *ticket;
        let counts_as = self.ageing.counts_as(acuity, self.waited(queued_at));
        Place { counts_as, outbound, queued_at, ticket: id }
    }

    fn waited(&self, queued_at: Timestamp) -> Duration {
        (self.now - queued_at).to_std().unwrap_or_default()
    }

    /// Puts a ticket where it belongs now.
    pub(super) fn put(&mut self, ticket: &Ticket) {
        self.remove(ticket.id);
        self.insert(Asked::of(ticket), self.place(ticket), ticket.acuity);
    }

    fn insert(&mut self, asked: Asked, place: Place, acuity: Acuity) {
        let Place { queued_at, ticket, .. } = place;
        let turn = self.ageing.next_change(acuity, self.waited(queued_at)).map(|wait| queued_at + wait);
        self.turns.extend(turn.map(|turn| (turn, ticket)));
        self.lines.entry(asked.clone()).or_default().insert(place);
        self.placed.insert(ticket, Placed { asked, place, acuity, turn });
    }

    pub(super) fn remove(&mut self, ticket: TicketId) {
        self.take_out(ticket);
    }

    fn take_out(&mut self, ticket: TicketId) -> Option<Placed> {
        let placed = self.placed.remove(&ticket)?;
        if let Some(line) = self.lines.get_mut(&placed.asked) {
            line.remove(&placed.place);
            if line.is_empty() {
                self.lines.remove(&placed.asked);
            }
        }
        placed.turn.inspect(|turn| {
            self.turns.remove(&(*turn, ticket));
        });
        Some(placed)
    }

    /// Lets waits age up to this real instant.
    pub(super) fn advance(&mut self, now: Timestamp) {
        self.now = now;
        while let Some((_, ticket)) = self.turns.first().copied().filter(|(turn, _)| *turn <= now) {
            self.place_again(ticket);
        }
    }

    /// Waits age like this from now on.
    pub(super) fn set_ageing(&mut self, ageing: Ageing) {
        if self.ageing != ageing {
            self.ageing = ageing;
            let all: Vec<TicketId> = self.placed.keys().copied().collect();
            all.into_iter().for_each(|ticket| self.place_again(ticket));
        }
    }

    fn place_again(&mut self, ticket: TicketId) {
        let Some(Placed { asked, place, acuity, .. }) = self.take_out(ticket) else { return };
        let counts_as = self.ageing.counts_as(acuity, self.waited(place.queued_at));
        self.insert(asked, Place { counts_as, ..place }, acuity);
    }

    /// Everybody's place.
    #[cfg(test)]
    pub(super) fn places(&self) -> BTreeMap<TicketId, Place> {
        self.placed.iter().map(|(ticket, placed)| (*ticket, placed.place)).collect()
    }

    /// The lines with their heads.
    pub(super) fn heads(&self) -> impl Iterator<Item = (&Asked, Place)> {
        self.lines.iter().filter_map(|(asked, line)| Some((asked, *line.first()?)))
    }

    /// The place behind this one in its line.
    pub(super) fn behind(&self, asked: &Asked, place: Place) -> Option<Place> {
        let line = self.lines.get(asked)?;
        line.range((Bound::Excluded(place), Bound::Unbounded)).next().copied()
    }
}
