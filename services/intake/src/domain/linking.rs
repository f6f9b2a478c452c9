//! Two contacts that are open at once, and turn out to be one person's (P4, P5): they are linked.
//!
//! The contact whose caller was identified goes on with the chain of the one that the person had: custody, referrals,
//! decisions and follow-ups are kept there from then on, so that the person has one owner and one plan. Both are as urgent as
//! the more urgent one, and both counselors see it. When a caller turns out to be somebody else after all, the contact is
//! a chain of its own again.

use harborline_types::{ContactId, Timestamp};

use super::contact::{Change, Contact};
use super::identification::Identified;

impl Contact {
    /// Whether the contact, whose caller was just identified, is to be linked with the person's other one. One that goes on
    /// with another already keeps its chain.
    pub(crate) fn is_to_be_linked_with(&self, other: &Self) -> bool {
        let are_open = !self.state.is_ended() && !other.state.is_ended();
        are_open && self.origin().is_none() && self.id != other.chain()
    }

    /// The contact joins the chain of the person's other one.
    pub(crate) fn join(mut self, other: &Self, now: Timestamp) -> Change {
        self.carried.origin = Some(other.chain());
        self.joined_at = Some(now);
        self.linked_with(other, now)
    }

    /// Another open contact turned out to be the same person's.
    pub(crate) fn linked_with(mut self, other: &Self, now: Timestamp) -> Change {
        if !self.linked.contains(&other.id) {
            self.linked.push(other.id);
        }
        let change = self.carry(other.assessment.acuity, now);
        if change.is_change { change } else { Change::of(change.contact, now) }
    }

    /// Whether the caller is still the person whose contacts are linked.
    pub(crate) fn is_still(&self, who: Identified) -> bool {
        self.participant == Some(who.participant) && who.verified_caller().is_some()
    }

    /// The contact is not the same person's as `other`. One that had joined the chain and leaves it is a chain of its own again,
    /// and asks for follow-ups if it has ended: its end had left them to the others.
    pub(crate) fn part(mut self, other: ContactId, leaves: bool, now: Timestamp) -> Change {
        self.linked.retain(|linked| *linked != other);
        if !leaves || self.joined_at.is_none() {
            return Change::of(self, now);
        }
        (self.carried.origin, self.joined_at) = (None, None);
        let asks_follow_ups = self.state.is_ended();
        Change { asks_follow_ups, ..Change::of(self, now) }
    }
}

#[cfg(test)]
#[path = "linking_tests.rs"]
mod tests;
