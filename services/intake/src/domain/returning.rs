//! A caller who was there before (P5): hanging up and calling again lowers nothing, and a contact that is open is not
//! opened twice.
//!
//! A **verified** caller is linked to the contact before: its last level counts (a signed lowering included), so does the
//! time really waited, and the counselor is known. The same number alone is *possibly* the same person: it raises the
//! acuity, and nothing of anybody's is shown or merged.

use chrono::TimeDelta;
use harborline_types::{Acuity, CallerKind, Channel, ContactId, ParticipantId, PersonId, Timestamp};

use super::contact::{Change, Contact, ContactState, Direction, Refusal};
use super::facts::Facts;
use super::provisional;
use super::task::Task;

/// A caller whom the front end or an access token vouches for, as contacts are found by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VerifiedCaller(String);

impl VerifiedCaller {
    /// A participant.
    pub(crate) fn participant(id: ParticipantId) -> Self {
        Self(format!("participant:{id}"))
    }

    /// The holder of an access token who calls about a participant, or about nobody.
    pub(crate) fn token_holder(id: &PersonId, caller: CallerKind, about: Option<ParticipantId>) -> Self {
        let about = about.map_or_else(String::new, |about| about.to_string());
        Self(format!("{caller}:{about}:{id}"))
    }

    /// As it was stored.
    pub(crate) fn stored(key: String) -> Self {
        Self(key)
    }

    /// The form in which it is stored.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// What earlier contacts of the same caller carry over to a new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Carried {
    /// The first of the verified caller's contacts in a row. None where only the number is the same.
    pub(crate) origin: Option<ContactId>,
    /// The level that the new contact is not less urgent than.
    pub(crate) acuity: Option<Acuity>,
    /// The time that the caller has waited in vain.
    pub(crate) waited: TimeDelta,
    /// The counselor whom the caller knows.
    pub(crate) counselor: Option<PersonId>,
}

impl Carried {
    /// Nothing: the caller was not there before.
    pub(crate) const NOTHING: Self = Self { origin: None, acuity: None, waited: TimeDelta::zero(), counselor: None };

    /// By the last contact of the verified caller, and the most urgent level of others with the same number.
    pub(crate) fn of(last: Option<&Contact>, same_number: Option<Acuity>) -> Self {
        let Some(last) = last else { return Self { acuity: same_number, ..Self::NOTHING } };
        let level = last.assessment.acuity;
        let counselor = last.counselor.as_ref().map(|counselor| counselor.id.clone());
        Self {
            origin: Some(last.chain()),
            acuity: Some(same_number.map_or(level, |other| level.raised_to(other))),
            waited: waited_in_vain(last),
            counselor: counselor.or_else(|| last.carried.counselor.clone()),
        }
    }
}

/// The time that a caller has waited when a contact ended, this one and those before it: nothing once the wait was over by
/// a conversation that a counselor ended.
fn waited_in_vain(last: &Contact) -> TimeDelta {
    let is_in_vain = matches!(last.state, ContactState::Left | ContactState::HandedOff);
    if !is_in_vain || last.direction() == Direction::Outbound {
        return TimeDelta::zero();
    }
    let until = last.answered_at.or(last.ended_at).unwrap_or(last.opened_at);
    last.carried.waited + (until - last.opened_at).max(TimeDelta::zero())
}

/// What a caller says when reaching out again while the contact is open.
pub(crate) struct Statement<'a> {
    pub(crate) channel: Channel,
    /// None: as before.
    pub(crate) language: Option<String>,
    /// None: as before.
    pub(crate) jurisdiction: Option<String>,
    pub(crate) facts: &'a Facts,
    /// The most urgent level of others with the same number.
    pub(crate) same_number: Option<Acuity>,
    pub(crate) at: Timestamp,
}

impl Statement<'_> {
    /// Whether triage would judge by it differently than without.
    pub(crate) fn is_news(&self, contact: &Contact) -> bool {
        let is_elsewhere = self.language.as_ref().is_some_and(|language| *language != contact.language)
            || self.jurisdiction.is_some() && self.jurisdiction != contact.jurisdiction;
        self.facts.is_to_be_judged() || is_elsewhere || channel_now(contact.channel, self.channel) != contact.channel
    }
}

/// The way to a caller who has reached out by both: a call is not given up for a message.
pub(crate) fn channel_now(before: Channel, again: Channel) -> Channel {
    match again {
        Channel::Message => before,
        Channel::Phone | Channel::Video => again,
    }
}

impl Contact {
    /// The caller reaches out again while the contact is open: what is said adds up, and lowers nothing. A caller who had
    /// left the counselor is back.
    pub(crate) fn reach_out_again(mut self, again: &Statement<'_>) -> Change {
        let is_news = again.is_news(&self);
        self.openings += 1;
        self.last_opened_at = again.at;
        let is_back = self.caller_left_at.take().is_some();
        if is_back {
            (self.channel, self.channels) = (again.channel, Vec::new());
        }
        self.channel = channel_now(self.channel, again.channel);
        if !self.channels.contains(&again.channel) {
            self.channels.push(again.channel);
        }
        if let Some(language) = &again.language {
            self.language.clone_from(language);
        }
        if again.jurisdiction.is_some() {
            self.jurisdiction.clone_from(&again.jurisdiction);
        }
        if again.facts.callback_number.is_some() {
            self.call_back_rules = again.facts.call_back_rules;
        }
        if self.awaits_triage() {
            // Nothing is judged yet, so what is assumed is assumed of all that was said.
            self.assume(provisional::acuity(again.facts));
            let need = &mut self.assessment.need;
            (need.channel, need.language) = (self.channel, self.language.clone());
            need.jurisdiction.clone_from(&self.jurisdiction);
        }
        if let Some(level) = again.same_number {
            self.hold_at(level);
        }
        let asks = is_news || self.assessment.is_assumed();
        let tasks = [is_back.then_some(Task::Withdraw), asks.then_some(Task::Assess)];
        Change::of(self, again.at).owing(tasks.into_iter().flatten()).owing_raise()
    }

    /// The caller left by one way, or by all. While another way is open the contact goes on by that one.
    pub(crate) fn leave_by(mut self, way: Option<Channel>, now: Timestamp) -> Result<Change, Refusal> {
        let Some(way) = way.filter(|_| !self.state.is_ended()) else { return self.leave(now) };
        if !self.channels.contains(&way) {
            return Ok(Change::none(self, now));
        }
        let others: Vec<Channel> = self.channels.iter().copied().filter(|other| *other != way).collect();
        let Some(first) = others.first() else { return self.leave(now) };
        self.channel = others.iter().fold(*first, |before, again| channel_now(before, *again));
        self.channels = others;
        if self.awaits_triage() {
            self.assessment.need.channel = self.channel;
        }
        Ok(Change::of(self, now).owing([Task::Assess]))
    }

    /// Triage does not answer about what the caller said: it is taken for as urgent as what was never judged.
    pub(crate) fn assume_unjudged(mut self, facts: &Facts, now: Timestamp) -> Change {
        let before = self.assessment.clone();
        if self.state.is_ended() || !facts.is_to_be_judged() {
            return Change::none(self, now);
        }
        self.assume(provisional::acuity(facts));
        if self.assessment == before {
            return Change::none(self, now);
        }
        Change::of(self, now).owing_raise()
    }

    /// An earlier contact of the same caller turns out to have been more urgent, when this one is open already.
    pub(crate) fn carry(mut self, level: Acuity, now: Timestamp) -> Change {
        if self.state.is_ended() || self.assessment.acuity <= level {
            return Change::none(self, now);
        }
        self.hold_at(level);
        Change::of(self, now).owing([Task::Assess]).owing_raise()
    }

    /// Raises the level to that of an earlier contact, until triage has taken it in.
    pub(super) fn hold_at(&mut self, level: Acuity) {
        self.carried.acuity = Some(self.carried.acuity.map_or(level, |known| known.raised_to(level)));
        self.raise_because(level, provisional::CARRIED);
    }

    fn assume(&mut self, level: Acuity) {
        self.raise_because(level, provisional::PROVISIONAL);
    }

    fn raise_because(&mut self, level: Acuity, reason: &str) {
        if self.assessment.acuity <= level {
            return;
        }
        self.assessment.acuity = level;
        if !self.assessment.reasons.iter().any(|known| known == reason) {
            self.assessment.reasons.push(reason.to_owned());
        }
    }
}

#[cfg(test)]
#[path = "returning_tests.rs"]
mod tests;
