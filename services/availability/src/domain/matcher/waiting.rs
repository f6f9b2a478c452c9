//! Who waits, by what they ask: tickets that ask the same are one line, in the order of the queue.
//!
//! A round looks at the head of each line, and behind it only while somebody in the line can be served; it does not
//! look at everybody who waits.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use harborline_types::{Acuity, Channel, CounselorKind, Skill, TicketId, Timestamp};

use crate::domain::{Requirements, Target, Ticket};

/// A place in the queue: the riskiest first, then the longest wait.
pub(super) type Place = (Acuity, Timestamp, TicketId);

/// What a ticket asks at this moment of its wait.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Asked {
    channel: Channel,
    at_least: Option<CounselorKind>,
    language: Option<String>,
    jurisdiction: Option<String>,
    skills: Vec<Skill>,
    only: Option<Target>,
}

impl Asked {
    fn of(ticket: &Ticket) -> Self {
        let Requirements { channel, at_least, language, jurisdiction, skills, only } = requirements(ticket);
        let (language, jurisdiction) = (language.map(str::to_owned), jurisdiction.map(str::to_owned));
        Self { channel, at_least, language, jurisdiction, skills: skills.to_vec(), only: only.cloned() }
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

/// Everybody who waits.
#[derive(Clone, Debug, Default)]
pub(super) struct Waiting {
    lines: BTreeMap<Asked, BTreeSet<Place>>,
    placed: HashMap<TicketId, (Asked, Place)>,
}

impl Waiting {
    /// Puts a ticket where it belongs now.
    pub(super) fn put(&mut self, ticket: &Ticket) {
        self.remove(ticket.id);
        let (asked, place) = (Asked::of(ticket), ticket.place());
        self.lines.entry(asked.clone()).or_default().insert(place);
        self.placed.insert(ticket.id, (asked, place));
    }

    pub(super) fn remove(&mut self, ticket: TicketId) {
        let Some((asked, place)) = self.placed.remove(&ticket) else { return };
        if let Some(line) = self.lines.get_mut(&asked) {
            line.remove(&place);
            if line.is_empty() {
                self.lines.remove(&asked);
            }
        }
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
