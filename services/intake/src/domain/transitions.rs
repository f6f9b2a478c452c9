//! What may happen to a contact: functions from a contact and an event to the contact after it, and what follows.
//!
//! # Invariants
//! - Ended stays ended: only a late assessment and a late assignment are noted, neither moves the state.
//! - A contact leaves the queue only to a counselor, because the caller left, or by a hand-off that was confirmed (P2).
//! - A contact that ends asks for follow-ups in the same change, and an urgent one whose caller is gone asks a supervisor.
//!   Who owns it then follows from what is open (`custody.rs`), and is nobody's business here.
//! - Events of the other services may come late, twice and in any order: assignments and assessments are numbered, and
//!   an older number changes nothing.

use harborline_types::{Acuity, CallerKind, Channel, ClosingDuty, ContactId, ParticipantId, Person, Timestamp};

use super::assessment::Assessment;
use super::closing::{MayWait, all_open_duties, noted, open_duties};
use super::contact::{Actor, Change, Contact, ContactState, Direction, FollowUp, Outcome, Refusal, Requested};
use super::decision::{DecisionKind, Question};
use super::facts::CallBackRules;
use super::provisional;
use super::returning::{Carried, VerifiedCaller};
use super::task::Task;

/// What an inbound contact begins with.
pub(crate) struct Opening {
    pub(crate) id: ContactId,
    pub(crate) channel: Channel,
    pub(crate) caller: CallerKind,
    pub(crate) participant: Option<ParticipantId>,
    pub(crate) language: String,
    pub(crate) jurisdiction: Option<String>,
    pub(crate) assessment: Assessment,
    pub(crate) call_back_rules: CallBackRules,
    pub(crate) verified_caller: Option<VerifiedCaller>,
    pub(crate) carried: Carried,
}

impl Change {
    /// Nothing happened.
    pub(super) fn none(contact: Contact, at: Timestamp) -> Self {
        let (owed, asks_follow_ups, question, settled, carries) = (Vec::new(), false, None, Vec::new(), None);
        Self { contact, is_change: false, at, owed, asks_follow_ups, question, settled, carries }
    }

    /// Something happened that a front end that watches the contact sees.
    pub(super) fn of(mut contact: Contact, at: Timestamp) -> Self {
        contact.revision += 1;
        Self { is_change: true, ..Self::none(contact, at) }
    }

    pub(super) fn owing(mut self, tasks: impl IntoIterator<Item = Task>) -> Self {
        self.owed.extend(tasks);
        self
    }

    /// Owes telling the queue, when the queue's word is outdated.
    pub(super) fn owing_raise(self) -> Self {
        let raise = self.contact.to_request().map(|_| Task::Raise);
        self.owing(raise)
    }

    /// The contact has ended with this change: what follows is told or planned, and an urgent caller who is gone is a
    /// supervisor's to decide about.
    fn ending(mut self) -> Self {
        self.asks_follow_ups = self.contact.asks_follow_ups();
        self.question = self.contact.is_at_risk_and_gone().then(|| self.contact.question(DecisionKind::BrokenOff));
        // What was found in a call that we made counts for the contact in which the person is meanwhile.
        let is_found = self.contact.direction() == Direction::Outbound && self.contact.assessment.id.is_some();
        self.carries = is_found.then_some(self.contact.assessment.acuity);
        let tells = self.contact.follow_up.map(|_| Task::Attempt);
        self.owing(tells)
    }
}

impl Contact {
    /// A caller reaches out.
    pub(crate) fn open(opening: Opening, now: Timestamp) -> Change {
        let Opening { id, channel, caller, participant, language, jurisdiction, mut assessment, .. } = opening;
        if let Some(level) = opening.carried.acuity {
            assessment.acuity = assessment.acuity.raised_to(level);
        }
        let contact = Contact {
            id,
            state: ContactState::Received,
            channel,
            caller,
            participant,
            language,
            jurisdiction,
            assessment,
            rule_duties: Vec::new(),
            completed_duties: Vec::new(),
            counselor: None,
            assignment: 0,
            requested: None,
            outcome: None,
            opened_at: now,
            answered_at: None,
            backup_offered_at: None,
            caller_left_at: None,
            ended_at: None,
            follow_up: None,
            call_back_rules: opening.call_back_rules,
            verified_caller: opening.verified_caller,
            carried: opening.carried,
            openings: 1,
            last_opened_at: now,
            channels: vec![channel],
            linked: Vec::new(),
            joined_at: None,
            revision: 0,
        };
        Change::of(contact, now).owing([Task::Route])
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
            call_back_rules: self.call_back_rules,
            verified_caller: self.verified_caller.clone(),
            carried: Carried::NOTHING,
        };
        let opened = Self::open(opening, now);
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
        let is_newer = |asked: Requested| requested.sequence > asked.sequence || requested.acuity < asked.acuity;
        let is_change = self.requested.is_some_and(is_newer);
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
        let was_urgent = before.is_urgent();
        let is_late = self.state.is_ended() && self.assessment.acuity != before;
        let change = Change::of(self, now).owing_raise();
        if !is_late {
            return change;
        }
        let mut change = if change.contact.asks_follow_ups() { change.ending() } else { change };
        change.carries = (change.contact.assessment.acuity < before).then_some(change.contact.assessment.acuity);
        let is_broken_off = change.contact.is_broken_off();
        if was_urgent && is_broken_off && change.question.is_none() {
            change.settled.push(DecisionKind::BrokenOff);
        }
        if change.contact.outcome.is_some_and(|outcome| change.contact.has_done_all(outcome)) {
            change.settled.push(DecisionKind::DutiesOpen);
        }
        change
    }

    /// Whether nothing is left of what the acuity, as it is known now, asks for before a contact closes so.
    fn has_done_all(&self, outcome: Outcome) -> bool {
        self.open_duties(outcome).is_empty()
    }

    /// Whether the end of the contact, as it is known now, asks for follow-ups: that of an inbound contact does, and of a
    /// call that we made if the person was found at risk in it.
    pub(crate) fn asks_follow_ups(&self) -> bool {
        match self.direction() {
            Direction::Inbound => true,
            Direction::Outbound => {
                // A person who wants no more calls is called again only where a life may be in danger.
                let at_most = if self.outcome == Some(Outcome::Declined) { Acuity::VeryHigh } else { Acuity::High };
                let was_found_at_risk = self.assessment.id.is_some() && self.assessment.acuity <= at_most;
                self.answered_at.is_some() && was_found_at_risk
            }
        }
    }

    /// What is still to be done before the contact may close so.
    fn open_duties(&self, outcome: Outcome) -> Vec<ClosingDuty> {
        open_duties(&self.closing_duties(), &self.assessment, &self.completed_duties, outcome)
    }

    /// Program rules ask for more before the contact closes. What was asked once stays asked.
    pub(crate) fn ask_duties(mut self, asked: &[ClosingDuty], now: Timestamp) -> Change {
        let before = self.rule_duties.len();
        for duty in asked {
            if !self.rule_duties.contains(duty) {
                self.rule_duties.push(*duty);
            }
        }
        let is_news = self.rule_duties.len() > before && !self.state.is_ended();
        if is_news { Change::of(self, now) } else { Change::none(self, now) }
    }

    /// What a supervisor is asked about the contact.
    pub(crate) fn question(&self, kind: DecisionKind) -> Question {
        Question {
            kind,
            subject: self.id.to_string(),
            acuity: self.assessment.acuity,
            open_duties: all_open_duties(&self.closing_duties(), &self.assessment, &self.completed_duties),
        }
    }

    /// Triage tells of an assessment that a counselor caused. While triage has not seen all that the caller stated, it speaks
    /// from a part of the facts only: then it may raise what is assumed, and does not replace it (P5).
    pub(crate) fn report(mut self, assessment: Assessment, now: Timestamp) -> Change {
        if !self.assessment.is_assumed() {
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
        self.counselor = Some(counselor);
        (Change::of(self, at), true)
    }

    /// The counselor's connection did not come back. This may be told before the assignment itself. Where the caller had
    /// left before, there is nobody to ring for: the contact ends, and the person is called back.
    pub(crate) fn lose_counselor(mut self, assignment: i32, now: Timestamp) -> Change {
        let is_known = assignment <= self.assignment;
        let is_current = assignment >= self.assignment;
        match self.state {
            ContactState::Answered if is_current && self.caller_left_at.is_some() => {
                self.state = ContactState::Left;
                self.assignment = assignment;
                self.ended_at = Some(now);
                Change::of(self, now).owing([Task::Withdraw]).ending()
            }
            ContactState::Answered if is_current => {
                self.state = ContactState::Waiting;
                self.assignment = assignment;
                // A new wait: nobody has offered the backup line in it.
                self.backup_offered_at = None;
                Change::of(self, now).owing_raise()
            }
            ContactState::Received | ContactState::Waiting if !is_known => {
                self.assignment = assignment;
                Change::of(self, now)
            }
            _ => Change::none(self, now),
        }
    }

    /// Nobody could answer in the program's time: the caller is offered the backup line, and keeps the place. A call that
    /// we make has nobody on the line to offer it to.
    pub(crate) fn offer_backup(mut self, now: Timestamp) -> Change {
        let waits = matches!(self.state, ContactState::Received | ContactState::Waiting);
        if !waits || self.direction() == Direction::Outbound || self.backup_offered_at.is_some() {
            return Change::none(self, now);
        }
        self.backup_offered_at = Some(now);
        Change::of(self, now)
    }

    /// The backup line has the caller, as the front end or the channel's adapter has seen. A counselor who has taken the
    /// contact meanwhile keeps it, and sees that the caller is gone.
    pub(crate) fn confirm_hand_off(mut self, now: Timestamp) -> Result<Change, Refusal> {
        match self.state {
            ContactState::HandedOff => return Ok(Change::none(self, now)),
            ContactState::Closed | ContactState::Left => return Err(Refusal::Ended),
            ContactState::Received | ContactState::Waiting | ContactState::Answered => {}
        }
        if self.channel != Channel::Phone || self.backup_offered_at.is_none() {
            return Err(Refusal::HandOffNotOffered);
        }
        if self.state == ContactState::Answered {
            return self.leave(now);
        }
        self.state = ContactState::HandedOff;
        self.ended_at = Some(now);
        Ok(Change::of(self, now).owing([Task::Withdraw]).ending())
    }

    /// The caller left. A counselor who has the contact closes it, or calls back.
    pub(crate) fn leave(mut self, now: Timestamp) -> Result<Change, Refusal> {
        match self.state {
            ContactState::Received | ContactState::Waiting => {
                self.state = ContactState::Left;
                self.ended_at = Some(now);
                Ok(Change::of(self, now).owing([Task::Withdraw]).ending())
            }
            ContactState::Answered if self.caller_left_at.is_none() => {
                self.caller_left_at = Some(now);
                Ok(Change::of(self, now).owing([Task::Withdraw]))
            }
            ContactState::Answered => Ok(Change::none(self, now)),
            ContactState::Closed | ContactState::Left | ContactState::HandedOff => Err(Refusal::Ended),
        }
    }

    /// Closing duties are done.
    pub(crate) fn complete(mut self, done: &[ClosingDuty], by: Actor<'_>, now: Timestamp) -> Result<Change, Refusal> {
        self.admit(by)?;
        let before = self.completed_duties.len();
        for duty in noted(done, &self.closing_duties(), &self.assessment)? {
            if !self.completed_duties.contains(&duty) {
                self.completed_duties.push(duty);
            }
        }
        let is_new = self.completed_duties.len() > before;
        Ok(if is_new { Change::of(self, now) } else { Change::none(self, now) })
    }

    /// The conversation has ended. Open duties that may wait hold no counselor up: a supervisor decides about them.
    pub(crate) fn close(
        mut self,
        outcome: Outcome,
        by: Actor<'_>,
        may_wait: MayWait,
        now: Timestamp,
    ) -> Result<Change, Refusal> {
        self.admit(by)?;
        if outcome.is_of_follow_up() && self.direction() == Direction::Inbound {
            return Err(Refusal::OutcomeOfFollowUp);
        }
        let open = self.open_duties(outcome);
        if !open.iter().all(|duty| may_wait.covers(*duty)) {
            return Err(Refusal::DutiesOpen(open));
        }
        self.state = ContactState::Closed;
        self.outcome = Some(outcome);
        self.ended_at = Some(now);
        let mut change = Change::of(self, now).owing([Task::Release]).ending();
        if change.question.is_none() && !open.is_empty() {
            change.question = Some(change.contact.question(DecisionKind::DutiesOpen));
        }
        Ok(change)
    }

    /// Whether `by` may act in the conversation, and there is one.
    pub(crate) fn admit(&self, by: Actor<'_>) -> Result<(), Refusal> {
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
