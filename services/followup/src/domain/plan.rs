//! A follow-up plan: from the close of a contact until the person is reached, declines, or somebody must decide.
//!
//! While a plan is open its last attempt is open, and only that one; an ended plan has no open attempt. Its acuity only
//! rises, and the next attempt is only ever brought forward. Anything may be told twice or too late: it then changes
//! nothing.

use harborline_types::{Acuity, CallerKind, ContactId, ParticipantId, PlanId, Timestamp, text_enum};

use super::schedule::Schedules;

text_enum! {
    /// Where a plan stands.
    pub enum PlanState {
        /// An attempt is planned or underway.
        Open = "open",
        /// The person was reached.
        Reached = "reached",
        /// The person wants no more.
        Declined = "declined",
        /// All attempts were in vain; the responsible clinician decides.
        NotReached = "not_reached",
        /// The acuity asks for none, or there is nobody to follow up.
        NotNeeded = "not_needed",
    }
}

text_enum! {
    /// Where an attempt stands.
    pub enum AttemptState {
        /// Due at an instant.
        Planned = "planned",
        /// An outbound contact is open for it.
        Underway = "underway",
        /// The person was reached.
        Reached = "reached",
        /// In vain.
        NotReached = "not_reached",
        /// The person wants no more.
        Declined = "declined",
    }
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// The person was reached.
    Reached,
    /// In vain.
    NotReached,
    /// The person wants no more.
    Declined,
}

/// What intake says of a contact that has closed.
#[derive(Clone)]
pub struct Closed {
    /// Which.
    pub contact: ContactId,
    /// `None` for an unknown caller.
    pub participant: Option<ParticipantId>,
    /// How urgent it was.
    pub acuity: Acuity,
    /// Who reached out.
    pub caller: CallerKind,
    /// When it closed.
    pub at: Timestamp,
    /// Whether there is a number to call back.
    pub reachable: bool,
    /// Reasons of the assessment, for the digest.
    pub reasons: Vec<String>,
}

impl Closed {
    /// Whether somebody is to be called again. A family member is so only with their own consent, which is not asked
    /// for yet.
    fn needs_follow_up(&self, schedules: &Schedules) -> bool {
        let is_asked_for = schedules.of(self.acuity).max_attempts > 0;
        let is_possible = self.participant.is_some() || self.reachable;
        is_asked_for && is_possible && self.caller != CallerKind::FamilyMember
    }
}

/// One try to reach somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// From 1.
    pub number: i32,
    /// Where it stands.
    pub state: AttemptState,
    /// When it is made.
    pub due_at: Timestamp,
    /// When it must be made at the latest.
    pub due_by: Timestamp,
    /// The contact that intake opened for it.
    pub outbound_contact: Option<ContactId>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

impl Attempt {
    fn is_open(&self) -> bool {
        matches!(self.state, AttemptState::Planned | AttemptState::Underway)
    }
}

/// A plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Which.
    pub id: PlanId,
    /// The contact that it follows.
    pub contact: ContactId,
    /// `None` for an unknown caller.
    pub participant: Option<ParticipantId>,
    /// How urgent the contact was.
    pub acuity: Acuity,
    /// Where it stands.
    pub state: PlanState,
    /// In order of their numbers, from 1 without gap.
    pub attempts: Vec<Attempt>,
    /// When the contact closed.
    pub closed_at: Timestamp,
    /// When the plan was made.
    pub created_at: Timestamp,
}

/// The plan never had an attempt of this number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSuchAttempt;

impl Plan {
    /// The plan of a contact that has closed.
    pub fn new(closed: &Closed, schedules: &Schedules, now: Timestamp) -> Self {
        let mut plan = Self {
            id: PlanId::new(),
            contact: closed.contact,
            participant: closed.participant,
            acuity: closed.acuity,
            state: PlanState::NotNeeded,
            attempts: Vec::new(),
            // A close that lies ahead of this clock must not put the first attempt off.
            closed_at: closed.at.min(now),
            created_at: now,
        };
        if closed.needs_follow_up(schedules) {
            plan.open(schedules);
        }
        plan
    }

    /// The contact turned out to be more urgent: opens a plan that was not needed, brings the planned attempt forward.
    /// An ended plan stays as it is. Returns whether anything changed.
    pub fn raise(&mut self, closed: &Closed, schedules: &Schedules) -> bool {
        if closed.acuity >= self.acuity {
            return false;
        }
        match self.state {
            PlanState::NotNeeded if closed.needs_follow_up(schedules) => {
                self.acuity = closed.acuity;
                self.open(schedules);
            }
            PlanState::NotNeeded => self.acuity = closed.acuity,
            PlanState::Open => {
                self.acuity = closed.acuity;
                self.bring_forward(schedules);
            }
            PlanState::Reached | PlanState::Declined | PlanState::NotReached => return false,
        }
        true
    }

    /// The attempt that is planned, if one is.
    pub fn planned(&self) -> Option<&Attempt> {
        self.attempts.last().filter(|attempt| attempt.state == AttemptState::Planned)
    }

    /// Whether an attempt of this number is still planned.
    pub fn is_planned(&self, number: i32) -> bool {
        self.planned().is_some_and(|attempt| attempt.number == number)
    }

    /// An outbound contact is open for a planned attempt. Changes nothing when the attempt is not planned any more, and
    /// then answers false.
    pub fn begin(&mut self, number: i32, outbound: ContactId) -> bool {
        let planned = self.attempts.last_mut().filter(|attempt| attempt.state == AttemptState::Planned);
        let Some(attempt) = planned.filter(|attempt| attempt.number == number) else { return false };
        attempt.state = AttemptState::Underway;
        attempt.outbound_contact = Some(outbound);
        true
    }

    /// An attempt has ended: ends the plan, or plans the next attempt. Answers the ended attempt, or nothing when it had
    /// ended before.
    ///
    /// # Errors
    /// When the plan never had this attempt.
    pub fn record(
        &mut self,
        number: i32,
        outcome: AttemptOutcome,
        ended_at: Timestamp,
        schedules: &Schedules,
        now: Timestamp,
    ) -> Result<Option<Attempt>, NoSuchAttempt> {
        let attempt = self.attempts.iter_mut().find(|attempt| attempt.number == number).ok_or(NoSuchAttempt)?;
        if !attempt.is_open() {
            return Ok(None);
        }
        // An end that lies ahead of this clock must not put the next attempt off.
        let ended_at = ended_at.min(now);
        attempt.ended_at = Some(ended_at);
        (attempt.state, self.state) = match outcome {
            AttemptOutcome::Reached => (AttemptState::Reached, PlanState::Reached),
            AttemptOutcome::Declined => (AttemptState::Declined, PlanState::Declined),
            AttemptOutcome::NotReached => (AttemptState::NotReached, PlanState::NotReached),
        };
        let ended = attempt.clone();
        let schedule = schedules.of(self.acuity);
        if outcome == AttemptOutcome::NotReached && self.attempts.len() < schedule.max_attempts {
            self.state = PlanState::Open;
            self.plan_attempt(ended_at + schedule.retry_after, ended.due_by);
        }
        Ok(Some(ended))
    }

    fn open(&mut self, schedules: &Schedules) {
        let schedule = schedules.of(self.acuity);
        self.state = PlanState::Open;
        self.plan_attempt(self.closed_at + schedule.first_attempt_after, self.closed_at + schedule.due_by);
    }

    fn plan_attempt(&mut self, due_at: Timestamp, due_by: Timestamp) {
        let number = self.attempts.last().map_or(0, |attempt| attempt.number) + 1;
        let due_by = due_by.max(due_at);
        let state = AttemptState::Planned;
        self.attempts.push(Attempt { number, state, due_at, due_by, outbound_contact: None, ended_at: None });
    }

    fn bring_forward(&mut self, schedules: &Schedules) {
        let schedule = schedules.of(self.acuity);
        let before = self.attempts.iter().rev().nth(1).and_then(|attempt| attempt.ended_at);
        let due_at = before.map_or(self.closed_at + schedule.first_attempt_after, |ended| ended + schedule.retry_after);
        let due_by = self.closed_at + schedule.due_by;
        if let Some(attempt) = self.attempts.last_mut().filter(|attempt| attempt.state == AttemptState::Planned) {
            attempt.due_at = attempt.due_at.min(due_at);
            attempt.due_by = attempt.due_by.min(due_by).max(attempt.due_at);
        }
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
