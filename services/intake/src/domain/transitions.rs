//! What may happen to a contact: functions from a contact and an event to the contact after it, and what follows.
//!
//! # Invariants
//! - Ended stays ended: only a late assessment and a late assignment are noted, neither moves the state.
//! - A contact leaves the queue only to a counselor, because the caller left, or by a recorded hand-off (P2).
//! - Events of the other services may come late, twice and in any order: assignments and assessments are numbered, and
//!   an older number changes nothing.

use harborline_types::{CallerKind, Channel, ClosingDuty, ContactId, ParticipantId, Person, Timestamp};

use super::assessment::Assessment;
use super::closing::open_duties;
use super::contact::{Actor, Change, Contact, ContactState, Direction, FollowUp, Outcome, Refusal, Requested, Task};
use super::custody::Custodian;
use super::provisional;

/// What an inbound contact begins with.
pub(crate) struct Opening {
    pub(crate) id: ContactId,
    pub(crate) channel: Channel,
    pub(crate) caller: CallerKind,
    pub(crate) participant: Option<ParticipantId>,
    pub(crate) language: String,
    pub(crate) jurisdiction: Option<String>,
    pub(crate) assessment: Assessment,
}

impl Change {
    /// Nothing happened.
    fn none(contact: Contact, at: Timestamp) -> Self {
        Self { contact, is_change: false, at, custodian: None, owed: Vec::new() }
    }

    /// Something happened that whoever watches the contact sees.
    fn of(mut contact: Contact, at: Timestamp) -> Self {
        contact.revision += 1;
        Self { is_change: true, ..Self::none(contact, at) }
    }

    fn handing_to(self, custodian: Custodian) -> Self {
        Self { custodian: Some(custodian), ..self }
    }

    fn owing(mut self, tasks: impl IntoIterator<Item = Task>) -> Self {
        self.owed.extend(tasks);
        self
    }

    /// Owes telling the queue, when the queue's word is outdated.
    fn owing_raise(self) -> Self {
        let raise = self.contact.to_request().map(|_| Task::Raise);
        self.owing(raise)
    }
}

impl Contact {
    /// A caller reaches out.
    pub(crate) fn open(opening: Opening, now: Timestamp) -> Change {
        let Opening { id, channel, caller, participant, language, jurisdiction, assessment } = opening;
        let contact = Contact {
            id,
            state: ContactState::Received,
            channel,
            caller,
            participant,
            language,
            jurisdiction,
            assessment,
            completed_duties: Vec::new(),
            counselor: None,
            assignment: 0,
            requested: None,
            outcome: None,
            opened_at: now,
            answered_at: None,
            ended_at: None,
            follow_up: None,
            revision: 0,
        };
        Change::of(contact, now).handing_to(Custodian::OnDuty).owing([Task::Route])
    }

    /// A follow-up of `self` is due: opens the outbound contact for it.
    pub(crate) fn open_follow_up(
        &self,
        id: ContactId,
        follow_up: FollowUp,
        channel: Channel,
        now: Timestamp,
    ) -> Change {
        let opening = Opening {
            id,
            channel,
            caller: self.caller,
            participant: self.participant,
            language: self.language.clone(),
            jurisdiction: self.jurisdiction.clone(),
            assessment: provisional::follow_up(&self.assessment, channel, now),
        };
        let opened = Self::open(opening, now).handing_to(Custodian::FollowsUpUnlessTalking);
        Change { contact: Contact { follow_up: Some(follow_up), ..opened.contact }, ..opened }
    }

    /// The queue has the contact.
    pub(crate) fn queued(mut self, requested: Requested, now: Timestamp) -> Change {
        if self.state.is_ended() {
            // It may have ended before the ticket was there to be withdrawn.
            return Change::none(self, now).owing([Task::Withdraw]);
        }
        if self.requested.is_some() {
            return Change::none(self, now);
        }
        self.requested = Some(requested);
        if self.state == ContactState::Received {
            self.state = ContactState::Waiting;
        }
        Change::of(self, now).owing_raise()
    }

    /// The queue knows the newest assessment. Nobody sees that, so the revision stays.
    pub(crate) fn raised(mut self, requested: Requested, now: Timestamp) -> Change {
        let is_change = self.requested.is_some_and(|asked| requested.sequence > asked.sequence);
        if is_change {
            self.requested = Some(requested);
        }
        Change { is_change, ..Change::none(self, now) }
    }

    /// Triage has assessed the contact, perhaps long after it ended.
    pub(crate) fn assess(mut self, assessment: Assessment, now: Timestamp) -> Change {
        if !self.assessment.yields_to(&assessment) {
            return Change::none(self, now);
        }
        let before = std::mem::replace(&mut self.assessment, assessment).acuity;
        let plan_again =
            self.state.is_ended() && self.direction() == Direction::Inbound && self.assessment.acuity != before;
        Change::of(self, now).owing_raise().owing(plan_again.then_some(Task::FollowUp))
    }

    /// Triage tells of an assessment that a counselor caused. While triage has not seen what the caller stated, it speaks
    /// from a part of the facts only: then it may raise what is assumed, and does not replace it (P5).
    pub(crate) fn report(mut self, assessment: Assessment, now: Timestamp) -> Change {
        if !self.awaits_triage() {
            return self.assess(assessment, now);
        }
        let raised = self.assessment.raised_by(assessment);
        if raised == self.assessment {
            return Change::none(self, now);
        }
        self.assessment = raised;
        Change::of(self, now).owing_raise()
    }

    /// A counselor has accepted. Also says whether the counselor is in the contact now: not when it had ended.
    pub(crate) fn assign(mut self, counselor: Person, assignment: i32, at: Timestamp) -> (Change, bool) {
        let open = !self.state.is_ended();
        if assignment <= self.assignment {
            return (Change::none(self, at), open);
        }
        self.assignment = assignment;
        if !open {
            return (Change::of(self, at).owing([Task::Release]), false);
        }
        self.state = ContactState::Answered;
        self.answered_at = self.answered_at.or(Some(at));
        self.counselor = Some(counselor.clone());
        (Change::of(self, at).handing_to(Custodian::Counselor(counselor)), true)
    }

    /// The counselor's connection did not come back. This may be told before the assignment itself.
    pub(crate) fn lose_counselor(mut self, assignment: i32, now: Timestamp) -> Change {
        let is_known = assignment <= self.assignment;
        let is_current = assignment >= self.assignment;
        match self.state {
            ContactState::Answered if is_current => {
                self.state = ContactState::Waiting;
                self.assignment = assignment;
                Change::of(self, now).handing_to(Custodian::OnDuty).owing_raise()
            }
            ContactState::Received | ContactState::Waiting if !is_known => {
                self.assignment = assignment;
                Change::of(self, now)
            }
            _ => Change::none(self, now),
        }
    }

    /// The contact was handed to the backup line. When it is a follow-up nobody is on the line, so nobody goes over.
    pub(crate) fn hand_off(mut self, now: Timestamp) -> Change {
        match self.state {
            ContactState::Received | ContactState::Waiting => {
                self.state = ContactState::HandedOff;
                self.ended_at = Some(now);
                let custodian = match self.direction() {
                    Direction::Inbound => Custodian::BackupLine,
                    Direction::Outbound => Custodian::FollowsUp,
                };
                Change::of(self, now).handing_to(custodian).owing([Task::FollowUp])
            }
            ContactState::Answered | ContactState::Closed | ContactState::Left | ContactState::HandedOff => {
                Change::none(self, now)
            }
        }
    }

    /// The caller left.
    pub(crate) fn leave(mut self, now: Timestamp) -> Result<Change, Refusal> {
        match self.state {
            ContactState::Received | ContactState::Waiting => {
                self.state = ContactState::Left;
                self.ended_at = Some(now);
                let change = Change::of(self, now).handing_to(Custodian::FollowsUp);
                Ok(change.owing([Task::Withdraw, Task::FollowUp]))
            }
            // The counselor closes it.
            ContactState::Answered => Ok(Change::none(self, now)),
            ContactState::Closed | ContactState::Left | ContactState::HandedOff => Err(Refusal::Ended),
        }
    }

    /// Closing duties are done.
    pub(crate) fn complete(mut self, done: &[ClosingDuty], by: Actor<'_>, now: Timestamp) -> Result<Change, Refusal> {
        self.admit(by)?;
        let before = self.completed_duties.len();
        for duty in done {
            if !self.completed_duties.contains(duty) {
                self.completed_duties.push(*duty);
            }
        }
        let is_new = self.completed_duties.len() > before;
        Ok(if is_new { Change::of(self, now) } else { Change::none(self, now) })
    }

    /// The conversation has ended.
    pub(crate) fn close(mut self, outcome: Outcome, by: Actor<'_>, now: Timestamp) -> Result<Change, Refusal> {
        self.admit(by)?;
        if outcome.is_of_follow_up() && self.direction() == Direction::Inbound {
            return Err(Refusal::OutcomeOfFollowUp);
        }
        let assessment = &self.assessment;
        let open = open_duties(&assessment.closing_duties, &self.completed_duties, &assessment.reasons, outcome);
        if !open.is_empty() {
            return Err(Refusal::DutiesOpen(open));
        }
        self.state = ContactState::Closed;
        self.outcome = Some(outcome);
        self.ended_at = Some(now);
        Ok(Change::of(self, now).handing_to(Custodian::FollowsUp).owing([Task::Release, Task::FollowUp]))
    }

    /// Whether `by` may act in the conversation, and there is one.
    fn admit(&self, by: Actor<'_>) -> Result<(), Refusal> {
        match self.state {
            ContactState::Closed | ContactState::Left | ContactState::HandedOff => return Err(Refusal::Ended),
            ContactState::Received | ContactState::Waiting => return Err(Refusal::NotAnswered),
            ContactState::Answered => {}
        }
        match by {
            Actor::Supervisor => Ok(()),
            Actor::Person(id) if self.counselor.as_ref().is_some_and(|counselor| counselor.id == *id) => Ok(()),
            Actor::Person(_) => Err(Refusal::NotInContact),
        }
    }
}
