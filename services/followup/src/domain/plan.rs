//! A follow-up plan: from the end of a contact until the person is reached, declines, or somebody must decide.
//!
//! While a plan is open its last attempt is open, and only that one; an ended plan has no open attempt. Its acuity only
//! rises, and an open attempt is only ever brought forward. Anything may be told twice or too late: it then changes
//! nothing. What intake asks for, and when that opens an ended plan again, is in [`super::asking`].

use harborline_types::{Acuity, ContactId, ParticipantId, PlanId, Timestamp, text_enum};

use super::attempt::{Attempt, AttemptOutcome, AttemptState};
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
        /// All attempts were made, in vain; a supervisor decides.
        NotReached = "not_reached",
        /// Neither the acuity nor the ending asks for an attempt, or there is nobody to call.
        NotNeeded = "not_needed",
        /// A supervisor decided that nobody calls.
        Stopped = "stopped",
        /// The caller was back: the contact in which they were asks anew when it ends.
        Returned = "returned",
    }
}

/// Why no follow-up of a contact is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanEnd {
    /// Nobody is to be called.
    NotNeeded,
    /// The person was reached, or was back by themselves.
    Reached,
    /// The person wants no more.
    Declined,
    /// All attempts were made, in vain.
    NotReached,
    /// A supervisor decided that nobody calls.
    Stopped,
}

impl PlanState {
    /// Why nothing is left; `None` while the plan is open.
    pub fn end(self) -> Option<PlanEnd> {
        match self {
            Self::Open => None,
            Self::Reached | Self::Returned => Some(PlanEnd::Reached),
            Self::Declined => Some(PlanEnd::Declined),
            Self::NotReached => Some(PlanEnd::NotReached),
            Self::NotNeeded => Some(PlanEnd::NotNeeded),
            Self::Stopped => Some(PlanEnd::Stopped),
        }
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
    /// The newest of what intake asked for the contact; only rises. 0 before intake counted.
    pub sequence: i64,
    /// When the contact ended.
    pub closed_at: Timestamp,
    /// From when the latest time of the first attempt is counted: when the contact ended, or when the plan opened anew.
    pub opened_at: Timestamp,
    /// The first attempt that is counted. What was made before the plan opened anew is not.
    pub counted_from: i32,
    /// When a supervisor was told that the open attempt was not made by its `due_by`.
    pub overdue_told_at: Option<Timestamp>,
    /// When the plan was made.
    pub created_at: Timestamp,
}

/// The plan never had an attempt of this number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSuchAttempt;

impl Plan {
    /// The attempt that is planned or underway, if one is.
    pub fn open_attempt(&self) -> Option<&Attempt> {
        self.attempts.last().filter(|attempt| attempt.is_open())
    }

    pub(super) fn open_attempt_mut(&mut self) -> Option<&mut Attempt> {
        self.attempts.last_mut().filter(|attempt| attempt.is_open())
    }

    /// The attempt that is planned, if one is.
    pub fn planned(&self) -> Option<&Attempt> {
        self.open_attempt().filter(|attempt| attempt.is_planned())
    }

    /// An outbound contact is open for a planned attempt. Changes nothing when the attempt is not planned any more, and
    /// then answers false.
    pub fn begin(&mut self, number: i32, outbound: ContactId) -> bool {
        let planned = self.open_attempt_mut().filter(|attempt| attempt.is_planned());
        let Some(attempt) = planned.filter(|attempt| attempt.number == number) else { return false };
        attempt.state = AttemptState::Underway;
        attempt.outbound_contact = Some(outbound);
        true
    }

    /// An attempt has ended: ends the plan, or plans the next attempt. Answers the ended attempt, or nothing when it had
    /// ended before.
    ///
    /// An attempt that no counselor made is none: another one takes its place, to be made by the same time, however many
    /// there were.
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
        let ended = attempt.end(outcome.state(), ended_at);
        let schedule = schedules.of(self.acuity);
        match outcome {
            AttemptOutcome::Reached => self.state = PlanState::Reached,
            AttemptOutcome::Declined => self.state = PlanState::Declined,
            AttemptOutcome::NotMade => self.plan_attempt(ended_at + schedule.not_made_retry_after, ended.due_by),
            // An ending, or a supervisor, may ask for an attempt where the acuity asks for none.
            AttemptOutcome::NotReached if self.attempts_made() >= schedule.max_attempts.max(1) => {
                self.state = PlanState::NotReached;
            }
            AttemptOutcome::NotReached => {
                let due_at = ended_at + schedule.retry_after;
                self.plan_attempt(due_at, due_at + schedule.retry_after);
                self.overdue_told_at = None;
            }
        }
        Ok(Some(ended))
    }

    /// A supervisor decided that nobody calls. Answers the attempt that is not made; nothing when the plan had ended.
    pub fn stop(&mut self, now: Timestamp) -> Option<Attempt> {
        let stopped = self.open_attempt_mut()?.end(AttemptState::Stopped, now);
        self.state = PlanState::Stopped;
        Some(stopped)
    }

    /// The caller is back: nobody needs to call, and what was decided about calls is over. Answers the attempt that is not
    /// made, if one was open.
    pub fn come_back(&mut self, now: Timestamp) -> Option<Attempt> {
        let stopped = self.open_attempt_mut().map(|attempt| attempt.end(AttemptState::Stopped, now));
        self.state = PlanState::Returned;
        stopped
    }

    /// The open attempt, while no supervisor was told that it is late.
    pub fn awaited(&self) -> Option<&Attempt> {
        self.open_attempt().filter(|_| self.overdue_told_at.is_none())
    }

    /// A supervisor was told that an attempt was not made by `due_by`. Answers the open attempt, or nothing when that was
    /// noted before, or when another attempt was made meanwhile.
    pub fn note_overdue(&mut self, due_by: Timestamp, now: Timestamp) -> Option<Attempt> {
        let late = self.awaited().filter(|attempt| attempt.due_by <= due_by).cloned()?;
        self.overdue_told_at = Some(now);
        Some(late)
    }

    /// Attempts of the present count that a counselor made in vain.
    fn attempts_made(&self) -> usize {
        self.counted().filter(|attempt| attempt.state == AttemptState::NotReached).count()
    }

    /// The attempts of the present count.
    pub(super) fn counted(&self) -> impl DoubleEndedIterator<Item = &Attempt> {
        self.attempts.iter().filter(|attempt| attempt.number >= self.counted_from)
    }

    /// The number of the attempt that is planned next.
    pub(super) fn next_number(&self) -> i32 {
        self.attempts.last().map_or(0, |attempt| attempt.number) + 1
    }

    pub(super) fn plan_attempt(&mut self, due_at: Timestamp, due_by: Timestamp) {
        self.attempts.push(Attempt::planned(self.next_number(), due_at, due_by));
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
pub(super) mod tests;
